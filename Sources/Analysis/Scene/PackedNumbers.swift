import Signal

/// Numbers in 16 bits each, for what must be kept of a whole recording: levels and likelihoods need no more.
struct PackedNumbers: Sendable, Resumable {
    /// Steps of one.
    private let scale: Float
    private var values: [Int16] = []
    /// Numbers that were saved.
    private var saved = 0

    /// - Parameter scale: What is kept is a multiple of `1 / scale` from `−32767 / scale` to `32767 / scale`.
    init(scale: Float) { self.scale = scale }

    var count: Int { values.count }
    var isEmpty: Bool { values.isEmpty }

    subscript(index: Int) -> Float { Float(values[index]) / scale }

    /// The numbers of a range.
    subscript(range: Range<Int>) -> [Float] { range.map { self[$0] } }

    /// Adds a number; one that is not finite counts as 0.
    mutating func append(_ number: Float) {
        let scaled = number.isFinite ? (number * scale).rounded() : 0
        values.append(Int16(max(-32767, min(32767, scaled))))
    }

    mutating func save(to writer: inout StateWriter) { writer.grow(values, known: &saved) }

    mutating func restore(from reader: inout StateReader) throws {
        values = try reader.grown()
        saved = values.count
    }
}
