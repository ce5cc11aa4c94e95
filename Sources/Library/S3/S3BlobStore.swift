import Crypto
import Files

/// Blobs as objects of a bucket, on a service that speaks S3.
///
/// The key of a blob is `<prefix>/blobs/<tenant>/<env>/<first two digits>/<sha256>`, with `FolderName`'s names. A blob
/// is written to a local temporary file first, since its key is its digest. Several processes, on several machines, may
/// work on one bucket; see ``S3BlobStore/remove(_:in:publishedBefore:)`` for how they do not lose each other's blobs.
///
/// The service has to be consistent: what was put, listed and removed is seen by whoever asks then. AWS, Ceph and Google
/// are. The credentials have to allow reading, putting and deleting objects, and listing the bucket: without the last, AWS
/// does not say of a blob that it is missing.
public final class S3BlobStore: BlobStore {
    /// Where tests step in between.
    package struct Hooks: Sendable {
        /// A remover has put its marker and is about to look at the blob again.
        package var didMark: @Sendable () async -> Void = {}
        /// A remover has found a blob old and is about to delete it.
        package var willDelete: @Sendable () async -> Void = {}
        /// A publisher has put a blob and is about to look for removers.
        package var didPut: @Sendable () async -> Void = {}
        /// A publisher waits for a remover.
        package var isWaiting: @Sendable () -> Void = {}
        /// When an object counts as put; by its key and the server's date.
        package var published: @Sendable (_ key: String, _ lastModified: Timestamp) -> Timestamp = { $1 }

        package init() {}
    }

    /// How blobs travel.
    package struct Sizes: Sendable {
        /// Larger blobs go in parts.
        package var singlePut: Int64 = 16 << 20
        /// The least size of a part.
        package var part: Int64 = 16 << 20

        package init() {}
    }

    let location: S3Location
    package let client: S3Client
    let temporary: String
    let hooks: Hooks
    private let sizes: Sizes
    /// Stamps of the objects that were found whole, by key.
    private let verified = RecentMemo<String, String>(capacity: 4096)

    /// Does not ask the service anything yet.
    ///
    /// - Parameter temporaryFolder: for blobs that are written, and read as files; made when there is none.
    /// - Throws: ``LibraryError`` `inputOutput`.
    public convenience init(_ location: S3Location, temporaryFolder: String) throws {
        try self.init(location, temporaryFolder: temporaryFolder, retries: S3Retries())
    }

    package init(
        _ location: S3Location, temporaryFolder: String, retries: S3Retries, sizes: Sizes = Sizes(),
        hooks: Hooks = Hooks()
    ) throws {
        do {
            try FileSystem.makeFolder(temporaryFolder)
        } catch {
            throw LibraryError(error, "the folder for temporary files cannot be made")
        }
        self.location = location
        self.sizes = sizes
        self.hooks = hooks
        temporary = FileSystem.realPath(temporaryFolder) ?? temporaryFolder
        client = S3Client(location, retries: retries)
    }

    /// Closes all connections; everything fails from here on. A store that is let go of closes them, too, a little later.
    public func close() async {
        await client.close()
    }

    /// The key of a blob; nil for what is no digest.
    package func key(of sha256: String, in scope: Scope) -> String? {
        guard BlobDigest.isValid(sha256) else { return nil }
        let tenant = FolderName.path(for: scope.tenantID)
        return "\(blobsPrefix)\(tenant)/\(FolderName.path(for: scope.env))/\(sha256.prefix(2))/\(sha256)"
    }

    /// Begins the keys of all blobs.
    package var blobsPrefix: String { (location.prefix.isEmpty ? "" : location.prefix + "/") + "blobs/" }

    // MARK: - Writing

    public func stage() async throws -> any StagedBlob {
        let spool = try await blocking("storing bytes failed") { try SpoolFile(in: self.temporary) }
        return S3StagedBlob(store: self, spool: spool)
    }

    /// Puts a blob there, so that no remover takes it for an old one.
    func publish(_ file: OpenFile, _ facts: ContentFacts, in scope: Scope) async throws {
        guard let key = key(of: facts.sha256, in: scope) else { throw Self.missing }
        try await asking("storing bytes failed") {
            repeat {
                try await put(key, file, facts)
                await hooks.didPut()
                try await waitForRemovers(of: key)
            } while try await client.headIfPresent(key) == nil
        }
    }

    private func put(_ key: String, _ file: OpenFile, _ facts: ContentFacts) async throws {
        if facts.sizeBytes <= sizes.singlePut {
            try await client.put(key, Self.read(file, 0..<facts.sizeBytes), sha256: facts.sha256)
        } else {
            let partBytes = S3Client.partBytes(of: facts.sizeBytes, atLeast: sizes.part)
            try await client.putInParts(key, size: facts.sizeBytes, partBytes: partBytes) { range in
                try await Self.read(file, range)
            }
        }
    }

    private static func read(_ file: OpenFile, _ range: Range<Int64>) async throws -> [UInt8] {
        try await BlockingWork.run { _ in
            do {
                let bytes = try file.read(at: range.lowerBound, count: range.count)
                guard bytes.count == range.count else { throw FileError("read", number: 0) }
                return bytes
            } catch let error as FileError {
                throw LibraryError(error, "a temporary file cannot be read")
            }
        }
    }

    // MARK: - Reading

    public func read(_ sha256: String, in scope: Scope, range: Range<Int64>?) async throws -> [UInt8] {
        guard let key = key(of: sha256, in: scope) else { throw Self.missing }
        return try await asking("reading bytes failed") {
            guard let range else { return try await whole(key, sha256) }
            if range.lowerBound < 0 || range.isEmpty {
                let object = try await client.head(key)
                guard range.lowerBound >= 0, range.upperBound <= object.sizeBytes else { throw Self.damaged }
                return []
            }
            return try await part(key, range)
        }
    }

    private func whole(_ key: String, _ sha256: String) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        try await client.download(key) { object in
            // What a server says of sizes is not worth much memory yet.
            bytes.reserveCapacity(Int(clamping: min(object.sizeBytes, 1 << 24)))
        } consume: { piece in
            bytes += piece
        }
        guard hexadecimal(SHA256.hash(data: bytes)) == sha256 else { throw Self.damaged }
        return bytes
    }

    private func part(_ key: String, _ range: Range<Int64>) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        do {
            // No object is so large. Not every server knows what to do with the largest of numbers.
            let asked = min(range.lowerBound, 1 << 52)..<min(range.upperBound, 1 << 53)
            try await client.download(key, range: asked) { object in
                guard range.upperBound <= object.sizeBytes else { throw Self.damaged }
            } consume: { piece in
                bytes += piece
            }
        } catch let failure as S3Failure where failure.status == 416 {
            throw Self.damaged
        }
        guard bytes.count == range.count else { throw Self.damaged }
        return bytes
    }

    public func verify(_ sha256: String, in scope: Scope) async throws -> Int64 {
        guard let key = key(of: sha256, in: scope) else { throw Self.missing }
        return try await asking("reading bytes failed") {
            if let known = verified[key] {
                let object = try await client.head(key)
                if Self.stamp(object) == known { return object.sizeBytes }
            }
            var hash = SHA256()
            let object = try await client.download(key) { hash.update(data: $0) }
            guard hexadecimal(hash.finalize()) == sha256 else { throw Self.damaged }
            verified[key] = Self.stamp(object)
            return object.sizeBytes
        }
    }

    private static func stamp(_ object: S3Object) -> String {
        "\(object.stamp):\(object.lastModified.millisecondsSince1970)"
    }

    /// The file is there for as long as the closure runs. The bytes are checked against the digest first.
    ///
    /// - Throws: also ``LibraryError`` `blobDamaged`, `inputOutput`.
    public func withFile<Value: Sendable>(
        _ sha256: String, in scope: Scope, _ body: @Sendable (_ path: String) async throws -> Value
    ) async throws -> Value {
        guard let key = key(of: sha256, in: scope) else { throw Self.missing }
        let spool = try await blocking("reading bytes failed") { try SpoolFile(in: self.temporary) }
        do {
            try await asking("reading bytes failed") {
                try await client.download(key) { try await spool.append($0) }
                guard try await spool.finished().facts.sha256 == sha256 else { throw Self.damaged }
            }
            let value = try await body(spool.path)
            await spool.discard()
            return value
        } catch {
            await spool.discard()
            throw error
        }
    }

    /// An address under which anybody can read a blob, without credentials, until it expires.
    ///
    /// Does not ask whether there is one.
    ///
    /// - Parameter expires: one second to a week.
    /// - Throws: ``LibraryError`` `blobMissing` for what is no digest; `inputOutput` for a period that S3 does not know.
    public func downloadURL(_ sha256: String, in scope: Scope, expires: Duration) throws -> String {
        guard let key = key(of: sha256, in: scope) else { throw Self.missing }
        return try client.presignedURL("GET", key, expires: expires)
    }

    /// An address under which anybody can put an object under a key of the bucket, without credentials, until it expires.
    ///
    /// Not for strangers: services that do not mind headers that were not signed take a header that names another object
    /// to copy it from. ``makeUpload(in:most:expires:)`` is.
    ///
    /// - Parameters:
    ///   - key: the whole of it; the store's prefix is not added.
    ///   - expires: one second to a week.
    /// - Throws: ``LibraryError`` `inputOutput` for a period that S3 does not know, or no key.
    package func uploadURL(key: String, expires: Duration) throws -> String {
        guard (1...1024).contains(key.utf8.count), !S3Location.climbs(key) else {
            throw LibraryError(.inputOutput, "that is no key of an object")
        }
        return try client.presignedURL("PUT", key, expires: expires)
    }

    // MARK: - Helpers

    static let missing = LibraryError(.blobMissing, "the bytes are not there")
    static let damaged = LibraryError(.blobDamaged, "the stored bytes are damaged")

    func asking<Value>(_ message: String, _ work: () async throws -> Value) async throws -> Value {
        do {
            return try await work()
        } catch let failure as S3Failure {
            throw LibraryError(failure, message)
        }
    }

    func blocking<Value: Sendable>(
        _ message: String, _ work: @escaping @Sendable () throws -> Value
    ) async throws -> Value {
        try await BlockingWork.run { _ in
            do {
                return try work()
            } catch let error as FileError {
                throw LibraryError(error, message)
            }
        }
    }
}
