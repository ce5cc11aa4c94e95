import Crypto
import Files
import Synchronization

/// Bytes that are written to a temporary file of their own, and hashed as they come.
///
/// The file's lock is held until the bytes are taken or forgotten: a file in the folder that nobody holds was left
/// behind.
final class SpoolFile: Sendable {
    private struct State {
        /// nil when taken or forgotten.
        var file: OpenFile?
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
    private static let namePrefix = "blob"

    let path: String
    private let state: Mutex<State>

    /// Makes a file in a folder. Blocks.
    init(in folder: String) throws(FileError) {
        while true {
            let path = folder + "/" + LibraryID.make(Self.namePrefix)
            let file = try OpenFile(path: path, for: .creating)
            // A cleaner may have taken the file for an abandoned one before it was locked.
            if try file.lock(.exclusive, waiting: false), file.hasName {
                self.path = path
                state = Mutex(State(file: file))
                return
            }
        }
    }

    deinit {
        state.withLock { Self.forget(&$0, path) }
    }

    /// Adds bytes.
    ///
    /// - Throws: ``LibraryError`` `inputOutput`.
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

    /// The file with all bytes that were added until now, and what they are. It keeps its name.
    func finished() async throws -> (file: OpenFile, facts: ContentFacts) {
        try await BlockingWork.run { _ in try self.state.withLock { try Self.finished(&$0) } }
    }

    /// Lets work give the file another name. Blocks.
    ///
    /// - Parameter move: is given the file with all bytes, and what they are.
    func move(_ move: (OpenFile, ContentFacts) throws -> Void) throws -> ContentFacts {
        try state.withLock { state in
            let (file, facts) = try Self.finished(&state)
            try move(file, facts)
            state.file = nil
            return facts
        }
    }

    /// Removes the file, unless it was moved. Safe to call at any time.
    func discard() async {
        await BlockingWork.runAlways { self.state.withLock { Self.forget(&$0, self.path) } }
    }

    /// Removes the files of a folder that nobody holds. Blocks.
    ///
    /// - Returns: how many.
    static func removeAbandoned(in folder: String) throws(FileError) -> Int {
        var count = 0
        for name in try FileSystem.names(in: folder) where name.hasPrefix(namePrefix + "_") {
            let path = folder + "/" + name
            guard let file = try? OpenFile(path: path, for: .reading), file.isRegularFile,
                try file.lock(.exclusive, waiting: false), try FileSystem.remove(path)
            else { continue }
            count += 1
        }
        return count
    }

    private static func finished(_ state: inout State) throws -> (file: OpenFile, facts: ContentFacts) {
        try flush(&state)
        let file = try file(state)
        return (file, ContentFacts(sha256: hexadecimal(state.hash.finalize()), sizeBytes: state.written))
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

    private static func forget(_ state: inout State, _ path: String) {
        guard state.file != nil else { return }
        _ = try? FileSystem.remove(path)
        state.file = nil
        state.waiting = []
    }
}
