import Foundation
import Library
import Synchronization

/// The stores that keep the promises of `BlobStore`; a further one is a further case here.
enum BlobBackend: String, CaseIterable, Sendable {
    case folder
    case memory

    /// Runs a test on an empty store.
    func withStore(_ body: (BlobBench) async throws -> Void) async throws {
        switch self {
        case .folder:
            let folder = try ScratchFolder()
            try await body(BlobBench(folder: folder))
            withExtendedLifetime(folder) {}
        case .memory:
            try await body(BlobBench())
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

    let store: any BlobStore
    private let clock = Clock()

    init(folder: ScratchFolder) throws {
        store = try FolderBlobStore(root: folder.path)
    }

    init() {
        store = MemoryBlobStore(now: { [clock] in clock.now })
    }

    /// Publishes bytes as if it had been so many seconds ago.
    @discardableResult
    func publish(_ bytes: [UInt8], in scope: Scope, secondsAgo: Int64 = 0) async throws -> ContentFacts {
        clock.lateness.withLock { $0 = secondsAgo * 1000 }
        defer { clock.lateness.withLock { $0 = 0 } }
        let staged = try await store.stage()
        try await staged.append(bytes)
        let facts = try await staged.publish(in: scope)
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
