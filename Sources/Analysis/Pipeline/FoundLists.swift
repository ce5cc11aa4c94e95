import Crypto
package import Files

/// What a pass found in the pieces so far, on disk instead of in memory: records of lists, one record a piece.
///
/// What the disk does not take stays in memory: nothing that was found is lost.
package final class FoundLists {
    /// Where a part of a list lies in the file, or the part itself.
    private enum Part {
        case stored(offset: Int64, count: Int)
        case held([UInt8])

        var count: Int {
            switch self {
            case .stored(_, let count): count
            case .held(let bytes): bytes.count
            }
        }
    }

    /// Nil where there is no file to be had.
    private let file: OpenFile?
    private var parts: [[Part]] = []
    package private(set) var length: Int64 = 0
    private var hash = SHA256()
    /// Whether all of it is in the file.
    private(set) var isStored: Bool

    package init(file: OpenFile?) {
        self.file = file
        isStored = file != nil
    }

    /// Lists in a file that has no name any more: it is gone with this object, however the process ends.
    static func temporary(in folder: String) -> FoundLists {
        let path = folder + "/cueline-found-\(UInt64.random(in: 0 ... .max))"
        guard let file = try? OpenFile(path: path, for: .creating) else { return FoundLists(file: nil) }
        _ = try? FileSystem.remove(path)
        return FoundLists(file: file)
    }

    /// Of all records.
    package var digest: [UInt8] { Array(hash.finalize()) }

    /// Bytes of each list.
    package var listBytes: [Int] { parts.map { $0.reduce(0) { $0 + $1.count } } }

    /// Adds a record.
    func append(_ lists: [[UInt8]]) {
        if parts.isEmpty { parts = Array(repeating: [], count: lists.count) }
        guard isStored, let file else { return hold(lists) }
        var head: [UInt8] = []
        for number in [lists.count] + lists.map(\.count) {
            withUnsafeBytes(of: Int64(number).littleEndian) { head.append(contentsOf: $0) }
        }
        do {
            try file.write(head, at: length)
            var offset = length + Int64(head.count)
            for list in lists {
                try file.write(list, at: offset)
                offset += Int64(list.count)
            }
        } catch {
            isStored = false
            return hold(lists)
        }
        hash.update(data: head)
        var offset = length + Int64(head.count)
        for (index, list) in lists.enumerated() {
            hash.update(data: list)
            parts[index].append(.stored(offset: offset, count: list.count))
            offset += Int64(list.count)
        }
        length = offset
    }

    private func hold(_ lists: [[UInt8]]) {
        for (index, list) in lists.enumerated() { parts[index].append(.held(list)) }
    }

    /// Gives all that was added to a list, a part at a time.
    ///
    /// - Throws: ``AnalysisError`` `analyzeFailed` when the disk does not give it back.
    package func list(_ number: Int, _ take: (UnsafeRawBufferPointer) -> Void) throws {
        guard parts.indices.contains(number) else { return }
        for part in parts[number] {
            switch part {
            case .held(let bytes): bytes.withUnsafeBytes(take)
            case .stored(let offset, let count):
                guard let bytes = try? file?.read(at: offset, count: count), bytes.count == count else {
                    throw AnalysisError(.analyzeFailed, "what was found so far cannot be read from the disk any more")
                }
                bytes.withUnsafeBytes(take)
            }
        }
    }

    /// Finds the records of an earlier pass.
    ///
    /// - Returns: false where these are not so many bytes of this digest; then there are none.
    package func reopen(length wanted: Int64, digest wantedDigest: [UInt8]) -> Bool {
        guard let file, let size = file.stamp?.size, size >= wanted, (try? read(file, to: wanted)) == true,
            digest == wantedDigest
        else {
            forget()
            return false
        }
        return true
    }

    /// Begins anew.
    func forget() {
        parts = []
        length = 0
        hash = SHA256()
        isStored = file != nil
    }

    private func read(_ file: OpenFile, to wanted: Int64) throws -> Bool {
        func number() throws -> Int? {
            let bytes = try file.read(at: length, count: 8)
            guard bytes.count == 8 else { return nil }
            hash.update(data: bytes)
            length += 8
            let value = bytes.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            return value < 1 << 40 ? Int(value) : nil
        }
        while length < wanted {
            guard let count = try number(), count < 1000, parts.isEmpty || count == parts.count else { return false }
            if parts.isEmpty { parts = Array(repeating: [], count: count) }
            let sizes = try (0..<count).map { _ in try number() }
            for (index, size) in sizes.enumerated() {
                guard let size, length + Int64(size) <= wanted else { return false }
                let bytes = try file.read(at: length, count: size)
                guard bytes.count == size else { return false }
                hash.update(data: bytes)
                parts[index].append(.stored(offset: length, count: size))
                length += Int64(size)
            }
        }
        return length == wanted
    }
}
