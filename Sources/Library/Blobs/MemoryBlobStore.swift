import Crypto
import Files
import Synchronization

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Blobs in memory, for tests and for what need not outlive the process.
public final class MemoryBlobStore: BlobStore {
    private struct Key: Hashable {
        let scope: Scope
        let sha256: String
    }

    private struct Blob {
        var bytes: [UInt8]
        var publishedAt: Timestamp
    }

    private let now: @Sendable () -> Timestamp
    private let blobs = Mutex<[Key: Blob]>([:])

    /// - Parameter now: the clock that dates publications.
    public init(now: @escaping @Sendable () -> Timestamp = { .now }) {
        self.now = now
    }

    public func stage() async throws -> any StagedBlob { Staged(store: self) }

    public func read(_ sha256: String, in scope: Scope, range: Range<Int64>?) async throws -> [UInt8] {
        let bytes = try bytes(sha256, in: scope)
        guard let range else {
            try Self.check(bytes, against: sha256)
            return bytes
        }
        guard range.lowerBound >= 0, range.upperBound <= Int64(bytes.count) else { throw Self.damaged }
        return Array(bytes[Int(range.lowerBound)..<Int(range.upperBound)])
    }

    public func verify(_ sha256: String, in scope: Scope) async throws -> Int64 {
        let bytes = try bytes(sha256, in: scope)
        try Self.check(bytes, against: sha256)
        return Int64(bytes.count)
    }

    public func withFile<Value: Sendable>(
        _ sha256: String, in scope: Scope, _ body: @Sendable (_ path: String) async throws -> Value
    ) async throws -> Value {
        let bytes = try bytes(sha256, in: scope)
        let path = FileManager.default.temporaryDirectory.path + "/" + LibraryID.make("cueline-blob")
        do {
            try await BlockingWork.run { _ in
                try OpenFile(path: path, for: .creating).write(bytes, at: 0)
            }
            let value = try await body(path)
            await Self.forget(path)
            return value
        } catch {
            await Self.forget(path)
            if let error = error as? FileError { throw LibraryError(error, "a temporary file cannot be made") }
            throw error
        }
    }

    public func remove(
        _ sha256: String, in scope: Scope, publishedBefore moment: Timestamp
    ) async throws -> Bool {
        let key = Key(scope: scope, sha256: sha256)
        return blobs.withLock { blobs in
            guard let blob = blobs[key], blob.publishedAt < moment else { return false }
            blobs[key] = nil
            return true
        }
    }

    public func blobs(publishedBefore moment: Timestamp) async throws -> [Scope: [String]] {
        blobs.withLock { blobs in
            Dictionary(grouping: blobs.filter { $0.value.publishedAt < moment }.keys, by: \.scope)
                .mapValues { $0.map(\.sha256) }
        }
    }

    /// Puts other bytes in place of a blob's, as a failing disk would.
    package func damage(_ sha256: String, in scope: Scope, bytes: [UInt8]) {
        blobs.withLock { $0[Key(scope: scope, sha256: sha256)]?.bytes = bytes }
    }

    private func bytes(_ sha256: String, in scope: Scope) throws -> [UInt8] {
        guard let blob = blobs.withLock({ $0[Key(scope: scope, sha256: sha256)] }) else {
            throw LibraryError(.blobMissing, "the bytes are not there")
        }
        return blob.bytes
    }

    fileprivate func publish(_ bytes: [UInt8], in scope: Scope) -> ContentFacts {
        let sha256 = hexadecimal(SHA256.hash(data: bytes))
        blobs.withLock { $0[Key(scope: scope, sha256: sha256)] = Blob(bytes: bytes, publishedAt: now()) }
        return ContentFacts(sha256: sha256, sizeBytes: Int64(bytes.count))
    }

    private static let damaged = LibraryError(.blobDamaged, "the stored bytes are damaged")

    private static func check(_ bytes: [UInt8], against sha256: String) throws {
        guard hexadecimal(SHA256.hash(data: bytes)) == sha256 else { throw damaged }
    }

    private static func forget(_ path: String) async {
        await BlockingWork.runAlways { _ = try? FileSystem.remove(path) }
    }
}

extension MemoryBlobStore {
    /// Bytes that wait to be published.
    private final class Staged: StagedBlob {
        private let store: MemoryBlobStore
        /// nil when published or forgotten.
        private let bytes = Mutex<[UInt8]?>([])

        init(store: MemoryBlobStore) {
            self.store = store
        }

        func append(_ more: [UInt8]) async throws {
            try bytes.withLock { bytes in
                guard bytes != nil else { throw Self.gone }
                bytes?.append(contentsOf: more)
            }
        }

        func publish(in scope: Scope) async throws -> ContentFacts {
            let whole = bytes.withLock { bytes in
                defer { bytes = nil }
                return bytes
            }
            guard let whole else { throw Self.gone }
            return store.publish(whole, in: scope)
        }

        func discard() async {
            bytes.withLock { $0 = nil }
        }

        private static let gone = LibraryError(
            .inputOutput, "bytes cannot be added to what was published or forgotten")
    }
}
