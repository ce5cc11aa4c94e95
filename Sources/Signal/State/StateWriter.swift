/// What a stage that hears a stream knows so far, as bytes: with them another one goes on later, in another process too,
/// as if it had heard everything itself.
///
/// Numbers are written as they lie in memory: states are read back by the same program on the same kind of machine.
package struct StateWriter {
    /// What replaces the state that was written before.
    package private(set) var state: [UInt8] = []
    /// What was added to lists that only grow, one entry for each call of ``grow(_:known:)``.
    package private(set) var growth: [[UInt8]] = []

    package init() {}

    package mutating func write<Value: BitwiseCopyable>(_ value: Value) {
        withUnsafeBytes(of: value) { state.append(contentsOf: $0) }
    }

    package mutating func write<Value: BitwiseCopyable>(_ values: [Value]) {
        write(values.count)
        values.withUnsafeBytes { state.append(contentsOf: $0) }
    }

    package mutating func write(_ values: UnsafePointer<Float>, count: Int) {
        write(count)
        state.append(contentsOf: UnsafeRawBufferPointer(UnsafeBufferPointer(start: values, count: count)))
    }

    package mutating func write(_ ranges: [Range<Int>]) { write(ranges.flatMap { [$0.lowerBound, $0.upperBound] }) }

    /// Writes what was added to a list.
    ///
    /// - Parameter known: how many values were written before; all of them afterwards.
    package mutating func grow<Value: BitwiseCopyable>(_ values: [Value], known: inout Int) {
        growth.append(values[min(known, values.count)...].withUnsafeBytes { Array($0) })
        known = values.count
    }
}

/// Reads what a ``StateWriter`` wrote, in the same order.
package struct StateReader {
    /// The bytes are not what was expected.
    package struct Mismatch: Error {
        package init() {}
    }

    private let state: [UInt8]
    private let growth: [[UInt8]]
    private var position = 0
    private var list = 0

    /// - Parameter growth: for each list all that was ever added to it.
    package init(state: [UInt8], growth: [[UInt8]]) {
        self.state = state
        self.growth = growth
    }

    /// Whether all was read.
    package var isAtEnd: Bool { position == state.count && list == growth.count }

    package mutating func value<Value: BitwiseCopyable>(_ type: Value.Type = Value.self) throws -> Value {
        let size = MemoryLayout<Value>.size
        guard state.count - position >= size else { throw Mismatch() }
        defer { position += size }
        return state.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: position, as: Value.self) }
    }

    package mutating func values<Value: BitwiseCopyable>(_ type: Value.Type = Value.self) throws -> [Value] {
        let count: Int = try value()
        let stride = MemoryLayout<Value>.stride
        guard count >= 0, count <= (state.count - position) / stride else { throw Mismatch() }
        defer { position += count * stride }
        return Self.values(state[position..<(position + count * stride)])
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

    /// All values of the next list.
    package mutating func grown<Value: BitwiseCopyable>(_ type: Value.Type = Value.self) throws -> [Value] {
        guard list < growth.count, growth[list].count % MemoryLayout<Value>.stride == 0 else { throw Mismatch() }
        defer { list += 1 }
        return Self.values(growth[list][...])
    }

    private static func values<Value: BitwiseCopyable>(_ bytes: ArraySlice<UInt8>) -> [Value] {
        let count = bytes.count / MemoryLayout<Value>.stride
        return [Value](unsafeUninitializedCapacity: count) { target, size in
            bytes.withUnsafeBytes { UnsafeMutableRawBufferPointer(target).copyMemory(from: $0) }
            size = count
        }
    }
}

/// A stage whose state can be kept and taken up again.
package protocol Resumable {
    /// Writes the state.
    mutating func save(to writer: inout StateWriter)

    /// Takes up the state of one that was made in the same way.
    ///
    /// - Throws: ``StateReader/Mismatch``; then this one is of no use any more.
    mutating func restore(from reader: inout StateReader) throws
}
