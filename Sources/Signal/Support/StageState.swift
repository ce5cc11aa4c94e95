/// What a stage that hears a stream knows so far, as bytes: with them another one goes on later, in another process too,
/// as if it had heard everything itself.
///
/// Numbers are written as they lie in memory: states are read back by the same program on the same kind of machine.
package struct StateWriter {
    /// Bytes that are handed on at once.
    private static let blockBytes = 1 << 20

    /// What was added to lists that only grow (``GrowingList``), list by list.
    package private(set) var growth: [[UInt8]] = []
    private var block: [UInt8] = []
    private let sink: (([UInt8]) -> Void)?

    /// - Parameter sink: gets the state in blocks; nil leaves it out, for those who want the lists alone.
    package init(sink: (([UInt8]) -> Void)?) {
        self.sink = sink
    }

    /// Hands on what was not yet.
    package mutating func finish() {
        guard !block.isEmpty else { return }
        sink?(block)
        block.removeAll(keepingCapacity: true)
    }

    package mutating func write<Value: BitwiseCopyable>(_ value: Value) {
        withUnsafeBytes(of: value) { write($0) }
    }

    package mutating func write<Value: BitwiseCopyable>(_ values: [Value]) {
        write(values.count)
        values.withUnsafeBytes { write($0) }
    }

    package mutating func write(_ values: UnsafePointer<Float>, count: Int) {
        write(count)
        write(UnsafeRawBufferPointer(UnsafeBufferPointer(start: values, count: count)))
    }

    package mutating func write(_ ranges: [Range<Int>]) { write(ranges.flatMap { [$0.lowerBound, $0.upperBound] }) }

    private mutating func write(_ bytes: UnsafeRawBufferPointer) {
        guard sink != nil else { return }
        var rest = bytes[...]
        while !rest.isEmpty {
            let part = rest.prefix(Self.blockBytes - block.count)
            block.append(contentsOf: part)
            rest = rest.dropFirst(part.count)
            if block.count == Self.blockBytes { finish() }
        }
    }

    /// - Returns: the number of the list.
    fileprivate mutating func grow(_ bytes: [UInt8]) -> Int {
        growth.append(bytes)
        return growth.count - 1
    }
}

/// Reads what a ``StateWriter`` wrote, in the same order.
package struct StateReader {
    /// The bytes are not what was expected.
    package struct Mismatch: Error {
        package init() {}
    }

    private let state: ArraySlice<UInt8>
    private let listBytes: [Int]
    private var position: Int
    private var list = 0

    /// - Parameter listBytes: bytes of all that was ever added to each list.
    package init(state: ArraySlice<UInt8>, listBytes: [Int]) {
        self.state = state
        self.listBytes = listBytes
        position = state.startIndex
    }

    /// Whether all was read.
    package var isAtEnd: Bool { position == state.endIndex && list == listBytes.count }

    package mutating func value<Value: BitwiseCopyable>(_ type: Value.Type = Value.self) throws -> Value {
        let size = MemoryLayout<Value>.size
        guard state.endIndex - position >= size else { throw Mismatch() }
        defer { position += size }
        let offset = position - state.startIndex
        return state.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: Value.self) }
    }

    package mutating func values<Value: BitwiseCopyable>(_ type: Value.Type = Value.self) throws -> [Value] {
        let count: Int = try value()
        let stride = MemoryLayout<Value>.stride
        guard count >= 0, count <= (state.endIndex - position) / stride else { throw Mismatch() }
        defer { position += count * stride }
        return state[position..<(position + count * stride)].withUnsafeBytes { array(of: $0) }
    }

    package mutating func ranges() throws -> [Range<Int>] {
        let borders: [Int] = try values()
        return try stride(from: 0, to: borders.count, by: 2).map { index in
            guard index + 1 < borders.count, borders[index] <= borders[index + 1] else { throw Mismatch() }
            return borders[index]..<borders[index + 1]
        }
    }

    /// Fills memory with exactly as many numbers as were written.
    package mutating func read(into target: UnsafeMutablePointer<Float>, count: Int) throws {
        let values: [Float] = try values()
        guard values.count == count else { throw Mismatch() }
        for index in 0..<count { target[index] = values[index] }
    }

    /// The number of the next list, and its bytes.
    fileprivate mutating func nextList() throws -> (number: Int, bytes: Int) {
        guard list < listBytes.count else { throw Mismatch() }
        defer { list += 1 }
        return (list, listBytes[list])
    }
}

/// Bytes as what they were written from.
private func array<Value: BitwiseCopyable>(of bytes: UnsafeRawBufferPointer) -> [Value] {
    let count = bytes.count / MemoryLayout<Value>.stride
    // Not even the size of the empty array, which all share, is written.
    guard count > 0 else { return [] }
    return [Value](unsafeUninitializedCapacity: count) { target, size in
        UnsafeMutableRawBufferPointer(target).copyMemory(
            from: UnsafeRawBufferPointer(rebasing: bytes[..<(count * MemoryLayout<Value>.stride)]))
        size = count
    }
}

/// Gives what was added to a list before its stage was put down, by the list's number, one part after the other.
package typealias RecalledLists = (_ number: Int, _ take: (UnsafeRawBufferPointer) -> Void) throws -> Void

/// A stage whose state can be put down and taken up again.
package protocol Resumable: AnyObject {
    /// Writes the state.
    func save(to writer: inout StateWriter)

    /// Takes up the state of one that was made in the same way.
    ///
    /// - Throws: ``StateReader/Mismatch``; then this one is of no use any more.
    func restore(from reader: inout StateReader) throws

    /// Gets back what it let go of when it was saved; called before it ends.
    ///
    /// - Parameter lists: all that was saved of lists, by number.
    /// - Throws: what `lists` throws.
    func recall(_ lists: RecalledLists) throws
}

extension Resumable {
    /// For those that have no lists.
    package func recall(_ lists: RecalledLists) throws {}
}

/// A list that only grows: what was saved is let go of, until it is recalled.
package struct GrowingList<Value: BitwiseCopyable & Sendable>: Sendable {
    /// What was added since the list was saved; all of it where it never was, or was recalled.
    package private(set) var values: [Value] = []
    private var saved = 0
    private var number: Int?

    package init() {}

    /// Values that were ever added.
    package var count: Int { saved + values.count }

    package mutating func append(_ value: Value) { values.append(value) }

    package mutating func append(contentsOf more: some Sequence<Value>) { values.append(contentsOf: more) }

    package mutating func save(to writer: inout StateWriter) {
        number = writer.grow(values.withUnsafeBytes { Array($0) })
        saved += values.count
        values = []
    }

    package mutating func restore(from reader: inout StateReader) throws {
        let list = try reader.nextList()
        number = list.number
        saved = list.bytes / MemoryLayout<Value>.stride
        values = []
    }

    package mutating func recall(_ lists: RecalledLists) throws {
        guard let number, saved > 0 else { return }
        var all: [Value] = []
        all.reserveCapacity(saved + values.count)
        try lists(number) { all += array(of: $0) }
        guard all.count == saved else { throw StateReader.Mismatch() }
        all += values
        values = all
        saved = 0
    }
}
