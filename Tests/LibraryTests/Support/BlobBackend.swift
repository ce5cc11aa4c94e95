import Foundation
import Library
import Synchronization
import TestServers
import Testing

/// The stores that keep the promises of `BlobStore`; a further one is a further case here.
enum BlobBackend: String, CaseIterable, Sendable {
    case folder
    case memory
    case s3Moto
    case s3Ceph

    /// Runs a test on an empty store.
    func withStore(_ body: (BlobBench) async throws -> Void) async throws {
        switch self {
        case .folder:
            let folder = try ScratchFolder()
            try await body(BlobBench(folder: folder))
            withExtendedLifetime(folder) {}
        case .memory:
            try await body(BlobBench())
        case .s3Moto, .s3Ceph:
            let folder = try ScratchFolder()
            let location = try await (self == .s3Moto ? S3Server.moto : S3Server.ceph).location()
            let bench = try BlobBench(location: location, temporaryFolder: folder.path)
            try await body(bench)
            await (bench.store as? S3BlobStore)?.close()
            #expect(try folder.files(below: "").isEmpty)
        }
    }
}

/// A store with what tests do to its blobs behind its back.
struct BlobBench: Sendable {
    private final class Clock: Sendable {
        let lateness = Mutex<Int64>(0)
        var now: Timestamp {
            Timestamp(millisecondsSince1970: Timestamp.now.millisecondsSince1970 - lateness.withLock { $0 })
        }
    }

    /// By how many seconds objects of S3 count as older than they are, by key.
    private final class Ages: Sendable {
        let seconds = Mutex<[String: Int64]>([:])
    }

    let store: any BlobStore
    private let clock = Clock()
    private let ages = Ages()

    init(folder: ScratchFolder) throws {
        store = try FolderBlobStore(root: folder.path)
    }

    init() {
        store = MemoryBlobStore(now: { [clock] in clock.now })
    }

    init(location: S3Location, temporaryFolder: String) throws {
        var hooks = S3BlobStore.Hooks()
        hooks.published = { [ages] key, date in
            let seconds = ages.seconds.withLock { $0[key] ?? 0 }
            return Timestamp(millisecondsSince1970: date.millisecondsSince1970 - seconds * 1000)
        }
        store = try S3BlobStore(location, temporaryFolder: temporaryFolder, retries: S3Retries(), hooks: hooks)
    }

    /// Publishes bytes as if it had been so many seconds ago.
    @discardableResult
    func publish(_ bytes: [UInt8], in scope: Scope, secondsAgo: Int64 = 0) async throws -> ContentFacts {
        clock.lateness.withLock { $0 = secondsAgo * 1000 }
        defer { clock.lateness.withLock { $0 = 0 } }
        let staged = try await store.stage()
        try await staged.append(bytes)
        let facts = try await staged.publish(in: scope)
        if let key = (store as? S3BlobStore)?.key(of: facts.sha256, in: scope) {
            ages.seconds.withLock { $0[key] = secondsAgo }
        }
        if store is FolderBlobStore, secondsAgo > 0 {
            try await store.withFile(facts.sha256, in: scope) { path in
                try FileManager.default.setAttributes(
                    [.modificationDate: Date(timeIntervalSinceNow: -Double(secondsAgo))], ofItemAtPath: path)
            }
        }
        return facts
    }

    /// Changes one byte of a blob.
    func damage(_ sha256: String, in scope: Scope, at offset: Int = 0) async throws {
        var bytes = try await store.read(sha256, in: scope, range: nil)
        bytes[offset] ^= 1
        if let memory = store as? MemoryBlobStore {
            memory.damage(sha256, in: scope, bytes: bytes)
        } else if let s3 = store as? S3BlobStore, let key = s3.key(of: sha256, in: scope) {
            try await s3.client.put(key, bytes)
        } else {
            let changed = bytes[offset]
            try await store.withFile(sha256, in: scope) { path in
                guard let file = FileHandle(forUpdatingAtPath: path) else { throw CocoaError(.fileNoSuchFile) }
                try file.seek(toOffset: UInt64(offset))
                try file.write(contentsOf: [changed])
                try file.close()
            }
        }
    }
}
