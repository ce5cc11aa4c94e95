import Crypto
import Files
import Signal

/// Where an analysis is put down after each piece, so that the next one goes on from there if this one is killed.
///
/// A folder holds two files: `found`, to which each piece adds what it found, and `state`, which is replaced in one step and says how
/// much of `found` counts. Digests of both tell whether they are whole. A lock lets one analysis use the folder at a time. It is a
/// cache: a disk that is full, or a file that is damaged, costs the work over again and nothing else.
final class Checkpoint {
    private static let mark = Array("CUESTAT1".utf8)
    private static let digestBytes = SHA256.byteCount
    /// No state is larger.
    private static let mostBytes: Int64 = 1 << 28

    let found: FoundLists
    private let folder: String
    private let lock: OpenFile
    /// False from the moment that the disk refused something.
    private var isUsable = true

    /// How long the folder is waited for: the child of a server that was killed ends half a second after it.
    private static let patience = Duration.seconds(3)

    /// Opens a folder when it is free.
    ///
    /// - Returns: nil where another analysis uses the folder, or there can be none.
    /// - Throws: `CancellationError`.
    static func open(_ folder: String) async throws -> Checkpoint? {
        let start = ContinuousClock.now
        while true {
            if let checkpoint = Checkpoint(folder: folder) { return checkpoint }
            guard FileSystem.isFolder(folder), ContinuousClock.now - start < patience else { return nil }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    private init?(folder: String) {
        do {
            try FileSystem.makeFolder(folder)
            lock = try OpenFile(path: folder + "/lock", for: .writing)
            guard try lock.lock(.exclusive, waiting: false), lock.hasName else { return nil }
            found = FoundLists(file: try OpenFile(path: folder + "/found", for: .writing))
        } catch {
            return nil
        }
        self.folder = folder
    }

    /// What was put down last.
    ///
    /// - Parameter subject: what the analysis is about; a state of anything else does not count.
    /// - Returns: nil where there is nothing, or it is damaged, or led to nothing before; then the next state is the first.
    func load(subject: String) -> StateReader? {
        guard let state = try? state(of: subject), isWorthATry() else {
            found.forget()
            return nil
        }
        return StateReader(state: state, listBytes: found.listBytes)
    }

    /// Notes that the state is taken up. One that was taken up twice and led to nothing is what kills the analysis.
    private func isWorthATry() -> Bool {
        guard let file = try? OpenFile(path: folder + "/tries", for: .writing),
            let tries = try? file.read(at: 0, count: 2).count, tries < 2
        else { return false }
        return (try? file.write([1], at: Int64(tries))) != nil
    }

    /// Puts down the state after a piece, and what the piece found.
    ///
    /// - Parameter write: writes it.
    func save(subject: String, _ write: (inout StateWriter) -> Void) {
        let path = folder + "/state"
        _ = try? FileSystem.remove(path + ".new")
        let file = isUsable && found.isStored ? try? OpenFile(path: path + ".new", for: .creating) : nil
        isUsable = file != nil
        var hash = SHA256()
        var position: Int64 = 0
        func add(_ bytes: [UInt8]) {
            guard isUsable, let file else { return }
            hash.update(data: bytes)
            isUsable = (try? file.write(bytes, at: position)) != nil
            position += Int64(bytes.count)
        }
        let subject = Array(subject.utf8)
        add(Self.mark + Self.bytes(subject.count) + subject)
        var writer = StateWriter(sink: file == nil ? nil : add)
        write(&writer)
        writer.finish()
        found.append(writer.growth)
        guard isUsable, found.isStored, let file else { return isUsable = false }
        add(Self.bytes(Int(found.length)) + found.digest)
        do {
            try file.write(Array(hash.finalize()), at: position)
            try FileSystem.rename(path + ".new", to: path)
            try FileSystem.remove(folder + "/tries")
        } catch {
            isUsable = false
        }
    }

    private func state(of subject: String) throws -> ArraySlice<UInt8>? {
        let file = try OpenFile(path: folder + "/state", for: .reading)
        guard let size = file.stamp?.size, size < Self.mostBytes else { return nil }
        let bytes = try file.read(at: 0, count: Int(size))
        let subject = Array(subject.utf8)
        let head = Self.mark + Self.bytes(subject.count) + subject
        // At the end are the length and the digest of what was found, and the digest of all before it.
        let end = bytes.count - 2 * Self.digestBytes - 8
        guard end >= head.count, bytes.starts(with: head),
            SHA256.hash(data: bytes.dropLast(Self.digestBytes)) == bytes.suffix(Self.digestBytes)
        else { return nil }
        let length = bytes[end..<(end + 8)].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        let digest = Array(bytes[(end + 8)..<(end + 8 + Self.digestBytes)])
        guard found.reopen(length: Int64(clamping: length), digest: digest) else { return nil }
        return bytes[head.count..<end]
    }

    private static func bytes(_ number: Int) -> [UInt8] {
        withUnsafeBytes(of: Int64(number).littleEndian) { Array($0) }
    }
}
