import Foundation

/// Writing results so that a reader sees the old file or the new one, never a half.
enum OutputFile {
    /// Writes to a temporary name beside `path`, then renames.
    static func write(_ bytes: [UInt8], to path: String) throws {
        do {
            try Data(bytes).write(to: URL(filePath: path), options: .atomic)
        } catch {
            throw CommandError(status: .workFailed, message: "\(path) cannot be written")
        }
    }

    static func isDirectory(_ path: String) -> Bool {
        var isDirectory: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) && isDirectory.boolValue
    }

    static func makeDirectory(_ path: String) throws {
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        } catch {
            throw CommandError(status: .workFailed, message: "\(path) cannot be made a folder")
        }
    }
}
