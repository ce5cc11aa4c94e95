import Crypto
import Files
import Signal

/// Where an analysis is put down after each piece, so that the next one goes on from there if this one is killed.
///
/// A folder holds two files: `found`, to which each piece adds what it found, and `state`, which is replaced in one step and says how
/// much of `found` counts. Digests of both tell whether they are whole. A lock lets one analysis use the folder at a time. It is a
/// cache: a disk that is full, or a file that is damaged, costs the work over again and nothing else.
final class Checkpoint {
    private static let mark = Array("CUESTATE1".utf8)
    private static let digestBytes = SHA256.byteCount

    private let folder: String
    private let lock: OpenFile
    private let found: OpenFile
    private var foundLength: Int64 = 0
    private var foundHash = SHA256()
    /// False from the moment that the disk refused something.
    private var isUsable = true

    /// - Returns: nil where another analysis uses the folder, or there can be none.
    init?(folder: String) {
        do {
            try FileSystem.makeFolder(folder)
            lock = try OpenFile(path: folder + "/lock", for: .writing)
            guard try lock.lock(.exclusive, waiting: false), lock.hasName else { return nil }
            found = try OpenFile(path: folder + "/found", for: .writing)
        } catch {
            return nil
        }
        self.folder = folder
    }

    /// What was put down last.
    ///
    /// - Parameter subject: what the analysis is about; a state of anything else does not count.
    /// - Returns: nil where there is nothing, or it is damaged; then the next state is the first.
    func load(subject: String) -> StateReader? {
        if let loaded = try? read(subject: subject), isWorthATry() { return loaded }
        forget()
        return nil
    }

    /// Begins anew: the next state is the first.
    func forget() {
        foundLength = 0
        foundHash = SHA256()
    }

    /// Notes that the state is taken up. One that was taken up twice and led to nothing is what kills the analysis.
    private func isWorthATry() -> Bool {
        let path = folder + "/tries"
        guard let file = try? OpenFile(path: path, for: .writing), let tries = try? file.read(at: 0, count: 8).count,
            tries < 2
        else { return false }
        return (try? file.write([1], at: Int64(tries))) != nil
    }

    /// Puts down the state after a piece.
    func save(_ writer: StateWriter, subject: String) {
        guard isUsable else { return }
        do {
            try write(writer, subject: subject)
        } catch {
            isUsable = false
        }
    }

    private func write(_ writer: StateWriter, subject: String) throws {
        var record: [UInt8] = []
        Self.append(writer.growth.count, to: &record)
        for list in writer.growth {
            Self.append(list.count, to: &record)
            record += list
        }
        try found.write(record, at: foundLength)
        foundLength += Int64(record.count)
        foundHash.update(data: record)
        var head = Self.mark
        Self.append(Int(foundLength), to: &head)
        head += foundHash.finalize()
        Self.append(subject.utf8.count, to: &head)
        head += subject.utf8
        var hash = SHA256()
        hash.update(data: head)
        hash.update(data: writer.state)
        let path = folder + "/state"
        try? FileSystem.remove(path + ".new")
        let file = try OpenFile(path: path + ".new", for: .creating)
        try file.write(Array(hash.finalize()) + head, at: 0)
        try file.write(writer.state, at: Int64(Self.digestBytes + head.count))
        try FileSystem.rename(path + ".new", to: path)
        try FileSystem.remove(folder + "/tries")
    }

    private func read(subject: String) throws -> StateReader? {
        let file = try OpenFile(path: folder + "/state", for: .reading)
        guard let size = file.stamp?.size, size < 1 << 30 else { return nil }
        let bytes = try file.read(at: 0, count: Int(size))
        var hash = SHA256()
        hash.update(data: bytes.dropFirst(Self.digestBytes))
        guard bytes.prefix(Self.digestBytes) == Array(hash.finalize())[...] else { return nil }
        var rest = bytes[Self.digestBytes...]
        guard rest.starts(with: Self.mark) else { return nil }
        rest = rest.dropFirst(Self.mark.count)
        guard let length = Self.number(&rest), length >= 0 else { return nil }
        let digest = rest.prefix(Self.digestBytes)
        rest = rest.dropFirst(Self.digestBytes)
        guard let subjectLength = Self.number(&rest), rest.prefix(subjectLength).elementsEqual(subject.utf8) else {
            return nil
        }
        rest = rest.dropFirst(subjectLength)
        let records = try found.read(at: 0, count: length)
        foundHash.update(data: records)
        guard records.count == length, Array(foundHash.finalize())[...] == digest, let growth = Self.lists(records)
        else { return nil }
        foundLength = Int64(length)
        return StateReader(state: Array(rest), growth: growth)
    }

    /// The lists of all records, each put together.
    private static func lists(_ records: [UInt8]) -> [[UInt8]]? {
        var rest = records[...]
        var lists: [[UInt8]] = []
        while !rest.isEmpty {
            guard let count = number(&rest), (0...1000).contains(count), lists.isEmpty || count == lists.count else {
                return nil
            }
            if lists.isEmpty { lists = Array(repeating: [], count: count) }
            for index in 0..<count {
                guard let length = number(&rest), length >= 0, length <= rest.count else { return nil }
                lists[index] += rest.prefix(length)
                rest = rest.dropFirst(length)
            }
        }
        return lists
    }

    private static func append(_ number: Int, to bytes: inout [UInt8]) {
        withUnsafeBytes(of: Int64(number).littleEndian) { bytes.append(contentsOf: $0) }
    }

    private static func number(_ bytes: inout ArraySlice<UInt8>) -> Int? {
        guard bytes.count >= 8 else { return nil }
        defer { bytes = bytes.dropFirst(8) }
        return Int(bytes.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) } & UInt64(Int64.max))
    }
}
