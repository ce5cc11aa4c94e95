import Crypto
import Files
import Synchronization

/// A blob that is being written to a file of its own in the folder for temporary files.
///
/// The file's lock is held until the blob is published or forgotten: a file there that nobody holds was left behind.
final class StagedFile: StagedBlob {
    private struct State {
        /// nil when published or forgotten.
        var file: OpenFile?
        let path: String
        var hash = SHA256()
        /// Bytes that are not in the file yet.
        var waiting: [UInt8] = []
        var written: Int64 = 0
        /// How many bytes are on the disk.
        var durable: Int64 = 0
        /// Why the bytes in the file are not what was appended.
        var failure: LibraryError?
    }

    /// So many bytes are written at a time.
    private static let blockBytes = 1 << 18
    /// So many bytes may wait for the disk, lest one large upload fill the page cache and stall all others.
    private static let dirtyBytes: Int64 = 32 << 20

    private let store: FolderBlobStore
    private let state: Mutex<State>

    /// - Parameters:
    ///   - file: locked by the caller.
    ///   - path: where it is.
    init(store: FolderBlobStore, file: OpenFile, path: String) {
        self.store = store
        state = Mutex(State(file: file, path: path))
    }

    deinit {
        state.withLock { Self.forget(&$0) }
    }

    func append(_ bytes: [UInt8]) async throws {
        let isKept = try state.withLock { state in
            _ = try Self.file(state)
            guard state.waiting.count + bytes.count < Self.blockBytes else { return false }
            state.waiting += bytes
            return true
        }
        if isKept { return }
        try await BlockingWork.run(priority: .bulk) { _ in
            try self.state.withLock { state in
                try Self.flush(&state)
                try Self.write(bytes, &state)
            }
        }
    }

    func publish(in scope: Scope) async throws -> ContentFacts {
        try await BlockingWork.run { _ in
            try self.state.withLock { state in
                try Self.flush(&state)
                let file = try Self.file(state)
                let facts = ContentFacts(sha256: hexadecimal(state.hash.finalize()), sizeBytes: state.written)
                try self.store.publish(file, at: state.path, as: facts.sha256, in: scope)
                state.file = nil
                return facts
            }
        }
    }

    func discard() async {
        await BlockingWork.runAlways { self.state.withLock { Self.forget(&$0) } }
    }

    private static func file(_ state: borrowing State) throws -> OpenFile {
        if let failure = state.failure { throw failure }
        guard let file = state.file else {
            throw LibraryError(.inputOutput, "bytes cannot be added to what was published or forgotten")
        }
        return file
    }

    private static func flush(_ state: inout State) throws {
        let waiting = state.waiting
        state.waiting = []
        try write(waiting, &state)
    }

    private static func write(_ bytes: [UInt8], _ state: inout State) throws {
        let file = try file(state)
        guard !bytes.isEmpty else { return }
        state.hash.update(data: bytes)
        do {
            try file.write(bytes, at: state.written)
            state.written += Int64(bytes.count)
            if state.written - state.durable >= dirtyBytes {
                try file.synchronizeBytes()
                state.durable = state.written
            }
        } catch {
            let failure = LibraryError(error, "storing bytes failed")
            state.failure = failure
            throw failure
        }
    }

    private static func forget(_ state: inout State) {
        guard state.file != nil else { return }
        _ = try? FileSystem.remove(state.path)
        state.file = nil
        state.waiting = []
    }
}
