import Crypto
import Files

/// Reads recordings that lie in buckets, below the places that an operator allowed.
///
/// A recording is named `s3://bucket/key`, with nothing in it escaped. What lies elsewhere is refused in the same way as
/// what is not there, so that nobody learns what there is.
public final class S3SourceReader: Sendable {
    /// What tells whether a recording changed.
    public struct Facts: Sendable, Hashable {
        /// As the service wrote it, with its quotation marks. Changes with the bytes.
        public let etag: String
        public let sizeBytes: Int64

        /// One line that differs whenever the recording does: `etag:size`.
        public var stamp: String { "\(etag):\(sizeBytes)" }

        public init(etag: String, sizeBytes: Int64) {
            self.etag = etag
            self.sizeBytes = sizeBytes
        }
    }

    private struct Root: Hashable {
        let bucket: String
        /// Empty, or ends in a slash.
        let prefix: String
    }

    private let client: S3Client
    private let roots: [Root]
    private let temporary: String

    /// Does not ask the service anything yet.
    ///
    /// - Parameters:
    ///   - location: the service; its bucket and prefix do not matter.
    ///   - roots: such as `s3://bucket/prefix/`: what lies below may be read.
    ///   - temporaryFolder: for recordings that are read as files; made when there is none.
    /// - Throws: ``LibraryError`` `inputOutput`.
    public convenience init(_ location: S3Location, roots: [String], temporaryFolder: String) throws {
        try self.init(location, roots: roots, temporaryFolder: temporaryFolder, retries: S3Retries())
    }

    package init(_ location: S3Location, roots: [String], temporaryFolder: String, retries: S3Retries) throws {
        client = S3Client(location, retries: retries)
        self.roots = try roots.map { text in
            guard let (bucket, key) = Self.parts(text), (try? location.with(bucket: bucket)) != nil else {
                throw LibraryError(.inputOutput, "a root of recordings is written s3:, two slashes, bucket, prefix")
            }
            return Root(bucket: bucket, prefix: key.isEmpty || key.hasSuffix("/") ? key : key + "/")
        }
        do {
            try FileSystem.makeFolder(temporaryFolder)
        } catch {
            throw LibraryError(error, "the folder for temporary files cannot be made")
        }
        temporary = FileSystem.realPath(temporaryFolder) ?? temporaryFolder
    }

    /// Closes all connections; everything fails from here on.
    public func close() async {
        await client.close()
    }

    /// What there is of a recording, without its bytes.
    ///
    /// - Throws: ``LibraryError`` `blobMissing` for what is not there or not allowed; `inputOutput`.
    public func facts(_ uri: String) async throws -> Facts {
        let (client, key) = try allowed(uri)
        return try await asking { Self.facts(try await client.head(key)) }
    }

    /// Digest and size of a recording, whose bytes are read once.
    ///
    /// - Throws: ``LibraryError`` `blobMissing`, `inputOutput`, also when it changes meanwhile.
    public func content(_ uri: String) async throws -> ContentFacts {
        let (client, key) = try allowed(uri)
        return try await asking {
            var hash = SHA256()
            let object = try await client.download(key) { hash.update(data: $0) }
            return ContentFacts(sha256: hexadecimal(hash.finalize()), sizeBytes: object.sizeBytes)
        }
    }

    /// A part of a recording.
    ///
    /// - Parameters:
    ///   - etag: the tag that it has to have.
    ///   - range: not empty, and not beyond the end.
    /// - Throws: ``LibraryError`` `blobMissing`; `inputOutput`, also when it is another one by now.
    public func read(_ uri: String, expecting etag: String, range: Range<Int64>) async throws -> [UInt8] {
        let (client, key) = try allowed(uri)
        return try await asking {
            var bytes: [UInt8] = []
            try await client.download(key, range: range, etag: etag) { bytes += $0 }
            guard bytes.count == range.count else { throw S3Failure.changed }
            return bytes
        }
    }

    /// Removes temporary files of this machine that nobody holds.
    ///
    /// - Returns: how many.
    @discardableResult
    public func removeAbandonedTemporaryFiles() async throws -> Int {
        let folder = temporary
        return try await BlockingWork.run { _ in
            do throws(FileError) {
                return try SpoolFile.removeAbandoned(in: folder)
            } catch {
                throw LibraryError(error, "removing temporary files failed")
            }
        }
    }

    /// Gives a recording as a file for as long as a closure runs.
    ///
    /// - Parameter expecting: the tag that it has to have, from ``facts(_:)``.
    /// - Throws: ``LibraryError`` `blobMissing`; `inputOutput`, also when it is another one by now; what `body` throws.
    public func withFile<Value: Sendable>(
        _ uri: String, expecting etag: String, _ body: @Sendable (_ path: String) async throws -> Value
    ) async throws -> Value {
        let (client, key) = try allowed(uri)
        let folder = temporary
        let spool = try await BlockingWork.run { _ in
            do throws(FileError) {
                return try SpoolFile(in: folder)
            } catch {
                throw LibraryError(error, Self.message)
            }
        }
        do {
            try await asking {
                let object = try await client.download(key, etag: etag) { try await spool.append($0) }
                guard try await spool.finished().facts.sizeBytes == object.sizeBytes else { throw S3Failure.changed }
            }
            let value = try await body(spool.path)
            await spool.discard()
            return value
        } catch {
            await spool.discard()
            throw error
        }
    }

    /// - Throws: ``LibraryError`` as if it were not there.
    private func allowed(_ uri: String) throws -> (S3Client, key: String) {
        guard let (bucket, key) = Self.parts(uri), (1...1024).contains(key.utf8.count), !S3Location.climbs(key),
            roots.contains(where: { $0.bucket == bucket && key.utf8.starts(with: $0.prefix.utf8) })
        else { throw Self.missing }
        return (try client.with(bucket: bucket), key)
    }

    /// Bucket and key of a URI; nil for what is none.
    package static func parts(_ uri: String) -> (bucket: String, key: String)? {
        guard uri.hasPrefix("s3://") else { return nil }
        let parts = uri.dropFirst(5).split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let bucket = parts.first, !bucket.isEmpty else { return nil }
        return (String(bucket), parts.count < 2 ? "" : String(parts[1]))
    }

    private static func facts(_ object: S3Object) -> Facts {
        Facts(etag: object.etag, sizeBytes: object.sizeBytes)
    }

    private static let message = "reading a recording failed"
    private static let missing = LibraryError(.blobMissing, "the recording is not there, or may not be read")

    private func asking<Value>(_ work: () async throws -> Value) async throws -> Value {
        do {
            return try await work()
        } catch let failure as S3Failure {
            // Who may not list a bucket is told 403 of what is not there.
            if failure.isMissing || failure.status == 403 && failure.code != "RequestTimeTooSkewed" {
                throw Self.missing
            }
            let message = failure == .changed ? "the recording changed while it was read" : Self.message
            throw LibraryError(
                failure.isTransient ? .unavailable : .inputOutput, message, underlying: failure.description)
        }
    }
}
