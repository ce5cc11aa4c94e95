/// Bytes by scope and SHA-256. Bytes of a digest never change; what is published is whole and on disk.
public protocol BlobStore: Sendable {
    /// Starts a blob that nobody sees until it is published.
    func stage() async throws -> any StagedBlob
    /// Reads bytes; all of them when `range` is nil, and then they are checked against the digest.
    ///
    /// - Throws: ``LibraryError`` `blobMissing`, `blobDamaged` (also for a range beyond the end), `inputOutput`.
    func read(_ sha256: String, in scope: Scope, range: Range<Int64>?) async throws -> [UInt8]
    /// Checks the bytes against the digest. Blobs that were checked before and whose file did not change since are not
    /// read again.
    ///
    /// - Returns: the size in bytes.
    /// - Throws: ``LibraryError`` `blobMissing`, `blobDamaged`, `inputOutput`.
    func verify(_ sha256: String, in scope: Scope) async throws -> Int64
    /// Gives the bytes as a file for as long as a closure runs.
    ///
    /// - Throws: ``LibraryError`` `blobMissing`; what `body` throws.
    func withFile<Value: Sendable>(
        _ sha256: String, in scope: Scope, _ body: @Sendable (_ path: String) async throws -> Value
    ) async throws -> Value
    /// Removes bytes, unless they were published at that moment or later. Nobody can publish them in between.
    ///
    /// - Returns: false when there are none, or newer ones.
    func remove(_ sha256: String, in scope: Scope, publishedBefore moment: Timestamp) async throws -> Bool
    /// Blobs whose last publication lies before a moment.
    func blobs(publishedBefore moment: Timestamp) async throws -> [Scope: [String]]
}

extension BlobStore {
    /// Stores bytes that are in memory.
    public func keep(_ bytes: [UInt8], in scope: Scope) async throws -> ContentFacts {
        let staged = try await stage()
        do {
            try await staged.append(bytes)
            return try await staged.publish(in: scope)
        } catch {
            await staged.discard()
            throw error
        }
    }

    /// Removes bytes; nothing when there are none.
    public func remove(_ sha256: String, in scope: Scope) async throws {
        _ = try await remove(sha256, in: scope, publishedBefore: Timestamp(millisecondsSince1970: .max))
    }
}

/// A blob that is being written: bytes go to a temporary place and are hashed as they come.
public protocol StagedBlob: AnyObject, Sendable {
    /// Adds bytes.
    ///
    /// - Throws: ``LibraryError`` `inputOutput`, say when the disk is full.
    func append(_ bytes: [UInt8]) async throws
    /// Makes the blob durable and visible in a scope. Publishing bytes that are there already replaces them, which
    /// heals damaged ones and lets their grace period start again.
    ///
    /// - Returns: digest and size.
    func publish(in scope: Scope) async throws -> ContentFacts
    /// Forgets the bytes. Safe to call at any time, also after publishing.
    func discard() async
}
