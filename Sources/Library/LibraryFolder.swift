import Files

/// A library in a folder: the database `library.sqlite` and the blobs.
public struct LibraryFolder: Sendable {
    /// Absolute, without symbolic links.
    public let path: String
    public let database: SQLLibrary
    public let blobs: FolderBlobStore

    /// Opens a library, making the folder when there is none, for this user only. Blocks, no longer than it takes others
    /// that open it at this moment.
    ///
    /// - Throws: ``LibraryError`` `newer`, `inputOutput`.
    public static func open(_ path: String) throws -> LibraryFolder {
        do {
            try FileSystem.makeFolder(path)
            guard let path = FileSystem.realPath(path) else { throw FileError("realpath") }
            // Making one database twice at once fails, so one opens after the other.
            let lock = try OpenFile(path: path + "/open.lock", for: .writing)
            _ = try lock.lock(.exclusive, waiting: true)
            return try withExtendedLifetime(lock) {
                // Made here, the database is this user's only, and so are the files that SQLite puts beside it.
                _ = try OpenFile(path: path + "/library.sqlite", for: .writing)
                return LibraryFolder(
                    path: path, database: try SQLLibrary(sqlite: path + "/library.sqlite"),
                    blobs: try FolderBlobStore(root: path))
            }
        } catch let error as FileError {
            throw LibraryError(error, "the folder of the library cannot be opened")
        }
    }

    /// Makes this process the library's only server, until the lock is let go.
    ///
    /// - Throws: ``LibraryError`` `inUse` when another one is; `inputOutput`.
    public func lockForServer() throws -> ServerLock {
        do {
            let file = try OpenFile(path: path + "/server.lock", for: .writing)
            guard try file.lock(.exclusive, waiting: false) else {
                throw LibraryError(.inUse, "another server uses this library")
            }
            return ServerLock(file: file)
        } catch let error as FileError {
            throw LibraryError(error, "the library cannot be locked")
        }
    }
}
