import Crypto
import Files

/// Blobs as files below a folder.
///
/// A blob is written to a temporary file, brought to the disk, and then takes its name in one step, so that nobody ever
/// sees a part of one and a crash loses nothing that was published. Several processes may work on one folder.
public final class FolderBlobStore: BlobStore {
    private let layout: BlobLayout
    /// Stamps of the files that were found whole, by path.
    private let verified = RecentMemo<String, FileStamp>(capacity: 4096)
    /// Folders that are on the disk with all those above.
    private let durableFolders = RecentMemo<String, Bool>(capacity: 4096)

    /// Makes the folder when there is none, for this user only.
    ///
    /// - Throws: ``LibraryError`` `inputOutput`.
    public init(root: String) throws {
        do {
            try FileSystem.makeFolder(root)
            layout = BlobLayout(root: FileSystem.realPath(root) ?? root)
            try FileSystem.makeFolder(layout.blobs)
            try FileSystem.makeFolder(layout.temporary)
        } catch {
            throw LibraryError(error, "the folder for blobs cannot be made")
        }
    }

    // MARK: - Writing

    public func stage() async throws -> any StagedBlob {
        try await blocking("storing bytes failed") { _ in
            StagedFile(store: self, spool: try SpoolFile(in: self.layout.temporary))
        }
    }

    /// Gives a locked temporary file its final name. Blocks.
    func publish(_ file: OpenFile, at temporary: String, as sha256: String, in scope: Scope) throws {
        guard let folder = layout.folder(of: sha256, in: scope) else { throw Self.missing }
        let path = folder + "/" + sha256
        do {
            try prepare(folder)
            try file.synchronize()
            try withLock(.shared) {
                try file.touch()
                try FileSystem.rename(temporary, to: path)
            }
            try FileSystem.synchronizeFolder(folder)
        } catch let error as FileError {
            throw LibraryError(error, "storing bytes failed")
        }
    }

    /// Makes a folder and sees to it that a crash does not lose it.
    private func prepare(_ folder: String) throws(FileError) {
        if durableFolders[folder] == true, FileSystem.isFolder(folder) { return }
        try FileSystem.makeFolder(folder)
        var path = folder
        while path != layout.root, let parent = FileSystem.parent(of: path) {
            try FileSystem.synchronizeFolder(parent)
            path = parent
        }
        durableFolders[folder] = true
    }

    // MARK: - Reading

    public func read(_ sha256: String, in scope: Scope, range: Range<Int64>?) async throws -> [UInt8] {
        try await blocking("reading bytes failed") { _ in
            let (file, stamp, _) = try self.open(sha256, in: scope)
            if let range {
                guard range.lowerBound >= 0, range.upperBound <= stamp.size else { throw Self.damaged }
                let bytes = try file.read(at: range.lowerBound, count: range.count)
                guard bytes.count == range.count else { throw Self.damaged }
                return bytes
            }
            guard let count = Int(exactly: stamp.size) else { throw Self.damaged }
            let bytes = try file.read(at: 0, count: count)
            guard hexadecimal(SHA256.hash(data: bytes)) == sha256 else { throw Self.damaged }
            return bytes
        }
    }

    public func verify(_ sha256: String, in scope: Scope) async throws -> Int64 {
        // Looking at a file's stamp does not wait for its bytes: what was verified before costs no thread.
        if let path = layout.path(of: sha256, in: scope), let known = verified[path], FileStamp(path: path) == known {
            return known.size
        }
        return try await blocking("reading bytes failed") { isCancelled in
            let (file, stamp, path) = try self.open(sha256, in: scope)
            var hash = SHA256()
            var position: Int64 = 0
            var block = [UInt8](repeating: 0, count: Int(clamping: min(stamp.size, 1 << 20)) + 1)
            while true {
                guard !isCancelled() else { throw CancellationError() }
                let count = try file.read(into: &block, at: position)
                if count == 0 { break }
                block.withUnsafeBytes { hash.update(bufferPointer: UnsafeRawBufferPointer(rebasing: $0[..<count])) }
                position += Int64(count)
            }
            guard hexadecimal(hash.finalize()) == sha256 else { throw Self.damaged }
            // The stamp of before: a change while it was read makes the next verification read it again. Clocks of file
            // systems are coarse, so that a file that changed just now may change again under the same stamp.
            let age = Timestamp.now.millisecondsSince1970 - stamp.changedNs / 1_000_000
            if age > 1000 { self.verified[path] = stamp }
            return position
        }
    }

    /// The file may be removed while the closure runs, like any other, which does not hurt who has it open.
    public func withFile<Value: Sendable>(
        _ sha256: String, in scope: Scope, _ body: @Sendable (_ path: String) async throws -> Value
    ) async throws -> Value {
        let path = try await blocking("reading bytes failed") { _ in try self.open(sha256, in: scope).path }
        return try await body(path)
    }

    private func open(
        _ sha256: String, in scope: Scope
    ) throws -> (file: OpenFile, stamp: FileStamp, path: String) {
        guard let path = layout.path(of: sha256, in: scope) else { throw Self.missing }
        do throws(FileError) {
            let file = try OpenFile(path: path, for: .reading)
            guard let stamp = file.stamp else { throw FileError("fstat") }
            return (file, stamp, path)
        } catch {
            guard error.isMissing else { throw error }
            throw Self.missing
        }
    }

    // MARK: - Removing

    public func remove(
        _ sha256: String, in scope: Scope, publishedBefore moment: Timestamp
    ) async throws -> Bool {
        try await blocking("removing bytes failed") { _ in
            guard let path = self.layout.path(of: sha256, in: scope) else { return false }
            return try self.withLock(.exclusive) {
                guard let stamp = FileStamp(path: path), Self.isPublished(stamp, before: moment) else { return false }
                return try FileSystem.remove(path)
            }
        }
    }

    public func blobs(publishedBefore moment: Timestamp) async throws -> [Scope: [String]] {
        try await blocking("listing blobs failed") { isCancelled in
            var found: [Scope: [String]] = [:]
            for (scope, folder) in try self.layout.scopes() {
                guard !isCancelled() else { throw CancellationError() }
                let digests = try self.layout.digests(in: folder).filter { blob in
                    FileStamp(path: blob.path).map { Self.isPublished($0, before: moment) } ?? false
                }
                if !digests.isEmpty { found[scope] = digests.map(\.sha256) }
            }
            return found
        }
    }

    /// Removes what writers left behind that died before they published: temporary files that nobody holds.
    ///
    /// - Returns: how many.
    /// - Throws: ``LibraryError`` `inputOutput`.
    @discardableResult
    public func removeAbandonedFiles() async throws -> Int {
        try await blocking("removing temporary files failed") { _ in
            try SpoolFile.removeAbandoned(in: self.layout.temporary)
        }
    }

    private static func isPublished(_ stamp: FileStamp, before moment: Timestamp) -> Bool {
        stamp.modifiedNs / 1_000_000 < moment.millisecondsSince1970
    }

    // MARK: - Helpers

    private static let missing = LibraryError(.blobMissing, "the bytes are not there")
    private static let damaged = LibraryError(.blobDamaged, "the stored bytes are damaged")

    /// Keeps publishing and removing apart: a blob that was just published again is not removed for being old.
    private func withLock<Value>(_ mode: OpenFile.LockMode, _ body: () throws -> Value) throws -> Value {
        let file = try OpenFile(path: layout.lock, for: .writing)
        _ = try file.lock(mode, waiting: true)
        return try withExtendedLifetime(file) { try body() }
    }

    private func blocking<Value: Sendable>(
        _ message: String, _ work: @escaping @Sendable (_ isCancelled: @Sendable () -> Bool) throws -> Value
    ) async throws -> Value {
        try await BlockingWork.run { isCancelled in
            do {
                return try work(isCancelled)
            } catch let error as FileError {
                throw LibraryError(error, message)
            }
        }
    }
}
