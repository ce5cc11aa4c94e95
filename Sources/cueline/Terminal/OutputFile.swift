import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Writing results so that a reader sees the old file or the new one, never a half.
enum OutputFile {
    /// Writes to a temporary name beside `path`, then renames; into a device or a pipe, which must not be replaced.
    static func write(_ bytes: [UInt8], to path: String) throws {
        do {
            var status = stat()
            if stat(path, &status) == 0, status.st_mode & S_IFMT != S_IFREG {
                try FileHandle(forWritingTo: URL(filePath: path)).write(contentsOf: Data(bytes))
                return
            }
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
