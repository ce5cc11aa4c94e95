import Foundation

/// A file in memory, where the system has such a folder, for parsers that read files: one a process, written anew for
/// each input.
enum Scratch {
    private static let folder: String = {
        let folder = path(ofProcess: ProcessInfo.processInfo.processIdentifier)
        try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        return folder
    }()

    fileprivate static func path(ofProcess number: Int32) -> String {
        let memory = "/dev/shm"
        let parent =
            FileManager.default.isWritableFile(atPath: memory) ? memory : FileManager.default.temporaryDirectory.path
        return parent + "/cueline-fuzz-\(number)"
    }

    /// A folder of this process.
    static func folder(_ name: String) -> String {
        let path = folder + "/" + name
        try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        return path
    }

    /// Writes a file.
    ///
    /// - Returns: its path.
    static func file(_ name: String, _ bytes: [UInt8]) -> String {
        let path = folder + "/" + name
        try? Data(bytes).write(to: URL(filePath: path))
        return path
    }
}

/// Removes what the targets of a process that has ended left behind.
package func clearFuzzScratch(ofProcess number: Int32) {
    try? FileManager.default.removeItem(atPath: Scratch.path(ofProcess: number))
}
