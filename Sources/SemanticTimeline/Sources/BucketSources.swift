public import Library

/// Recordings in buckets that assets may point to: only those below roots that the server was started with, and what a tenant
/// itself put to a place that it was given.
public struct BucketSources: Sendable {
    private let reader: S3SourceReader
    private let store: S3BlobStore?

    /// - Parameters:
    ///   - location: the service that the buckets are on.
    ///   - roots: such as `s3://bucket/prefix/`.
    ///   - store: where the library's own blobs are, if they are in a bucket.
    ///   - temporaryFolder: for recordings that are read as files.
    /// - Throws: `LibraryError`.
    public init(
        _ location: S3Location, roots: [String], store: S3BlobStore?, temporaryFolder: String
    ) throws {
        let roots = roots + (store.map { [$0.uploadsRoot] } ?? [])
        reader = try S3SourceReader(location, roots: roots, temporaryFolder: temporaryFolder)
        self.store = store
    }

    /// What there is at a URI now.
    ///
    /// - Throws: `LibraryError` `blobMissing` for what is not there and for what a scope may not read, the same.
    func facts(_ uri: String, in scope: Scope) async throws -> S3SourceReader.Facts {
        guard store?.allows(uri, in: scope) ?? true else {
            throw LibraryError(.blobMissing, "the recording is not there, or may not be read")
        }
        return try await reader.facts(uri)
    }

    /// Digest of the bytes, with the stamp of them.
    ///
    /// - Throws: `LibraryError`, also when they change meanwhile.
    func content(_ uri: String, _ facts: S3SourceReader.Facts) async throws -> ContentFacts {
        var content = try await reader.content(uri)
        guard try await reader.facts(uri) == facts, content.sizeBytes == facts.sizeBytes else {
            throw LibraryError(.inputOutput, "the recording changed while it was read")
        }
        content.stamp = facts.stamp
        return content
    }

    func read(_ uri: String, etag: String, range: Range<Int64>) async throws -> [UInt8] {
        try await reader.read(uri, expecting: etag, range: range)
    }

    /// Removes temporary files of this machine that nobody holds.
    func removeAbandonedTemporaryFiles() async throws { _ = try await reader.removeAbandonedTemporaryFiles() }

    func withFile<Value: Sendable>(
        _ uri: String, etag: String, _ body: @Sendable (_ path: String) async throws -> Value
    ) async throws -> Value {
        try await reader.withFile(uri, expecting: etag, body)
    }
}

extension SemanticTimelineService {
    /// Whether a URI is one of a bucket.
    package static func isBucketURI(_ uri: String) -> Bool { uri.lowercased().hasPrefix("s3:") }

    /// Gives the recording that a URI names as a file, for a closure's time, if the scope may read it.
    ///
    /// - Parameter field: what the URI was given as.
    /// - Throws: ``SemanticTimelineError`` `validation` for what may not be read or is not there, the same; what `body` throws.
    package func withSource<Value: Sendable>(
        at uri: String, field: String, in scope: Scope, _ body: @Sendable (_ path: String) async throws -> Value
    ) async throws -> Value {
        guard Self.isBucketURI(uri) else { return try await body(try fileSources.path(of: uri, field: field)) }
        let facts = try await bucketFacts(of: uri, field: field, in: scope)
        guard let buckets = options.bucketSources else { throw Self.noBuckets(field) }
        return try await buckets.withFile(uri, etag: facts.etag, body)
    }

    /// What a URI of a bucket names now, to be read in parts.
    ///
    /// - Throws: ``SemanticTimelineError``.
    package func bucketObject(
        at uri: String, in scope: Scope
    ) async throws -> (size: Int64, read: @Sendable (Range<Int64>) async throws -> [UInt8]) {
        let facts = try await bucketFacts(of: uri, field: "uri", in: scope)
        guard let buckets = options.bucketSources else { throw Self.noBuckets("uri") }
        return (facts.sizeBytes, { try await buckets.read(uri, etag: facts.etag, range: $0) })
    }

    /// Removes files of processes that are gone, of this machine.
    package func removeAbandonedSources() async {
        try? await options.bucketSources?.removeAbandonedTemporaryFiles()
    }

    /// What a URI was found to name.
    package enum Source: Sendable {
        case file(path: String)
        case bucket(sizeBytes: Int64)
    }

    /// Checks that a scope may read what a URI names.
    ///
    /// - Throws: ``SemanticTimelineError`` `validation`.
    package func checkSource(_ uri: String, field: String, in scope: Scope) async throws -> Source {
        guard Self.isBucketURI(uri) else { return .file(path: try fileSources.path(of: uri, field: field)) }
        return .bucket(sizeBytes: try await bucketFacts(of: uri, field: field, in: scope).sizeBytes)
    }

    private func bucketFacts(of uri: String, field: String, in scope: Scope) async throws -> S3SourceReader.Facts {
        guard let buckets = options.bucketSources else { throw Self.noBuckets(field) }
        do {
            return try await buckets.facts(uri, in: scope)
        } catch let error as LibraryError where error.code == .blobMissing {
            throw SemanticTimelineError.invalid(field, "is not an object below a place that this server may read")
        }
    }

    private static func noBuckets(_ field: String) -> SemanticTimelineError {
        SemanticTimelineError.invalid(field, "is an s3: URI, which this server has no access to")
    }
}
