import Signal

/// Numbers in 16 bits each, for what must be kept of a whole recording: levels and likelihoods need no more.
struct PackedNumbers: Sendable {
    /// Steps of one.
    private let scale: Float
    private var list = GrowingList<Int16>()

    /// - Parameter scale: What is kept is a multiple of `1 / scale` from `−32767 / scale` to `32767 / scale`.
    init(scale: Float) { self.scale = scale }

    var count: Int { list.count }
    var isEmpty: Bool { list.count == 0 }

    subscript(index: Int) -> Float { Float(list.values[index]) / scale }

    /// The numbers of a range.
    subscript(range: Range<Int>) -> [Float] { range.map { self[$0] } }

    /// Adds a number; one that is not finite counts as 0.
    mutating func append(_ number: Float) {
        let scaled = number.isFinite ? (number * scale).rounded() : 0
        list.append(Int16(max(-32767, min(32767, scaled))))
    }

    mutating func save(to writer: inout StateWriter) { list.save(to: &writer) }

    mutating func restore(from reader: inout StateReader) throws { try list.restore(from: &reader) }

    mutating func recall(_ lists: RecalledLists) throws { try list.recall(lists) }
}
