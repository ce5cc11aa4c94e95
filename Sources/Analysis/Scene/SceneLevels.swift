import Signal

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Levels of 10 ms pieces in dBFS (root mean square; −120 at least).
struct SceneLevels {
    static let floor: Float = -120

    private(set) var values = PackedNumbers(scale: 128)
    private(set) var sampleCount = 0
    private var sum: Float = 0
    private var filled = 0

    mutating func append(_ samples: UnsafeBufferPointer<Float>) {
        sampleCount += samples.count
        for sample in samples {
            sum += sample * sample
            filled += 1
            if filled == SceneAnalyzer.levelHop { close() }
        }
    }

    /// Closes a piece that is at least half full.
    mutating func finish() {
        if filled >= SceneAnalyzer.levelHop / 2 || (values.isEmpty && filled > 0) { close() }
        filled = 0
    }

    mutating func save(to writer: inout StateWriter) {
        values.save(to: &writer)
        writer.write([sampleCount, filled])
        writer.write(sum)
    }

    mutating func restore(from reader: inout StateReader) throws {
        try values.restore(from: &reader)
        let counts: [Int] = try reader.values()
        guard counts.count == 2 else { throw StateReader.Mismatch() }
        (sampleCount, filled) = (counts[0], counts[1])
        sum = try reader.value()
    }

    mutating func recall(_ lists: RecalledLists) throws { try values.recall(lists) }

    private mutating func close() {
        values.append(max(Self.floor, 10 * log10f(sum / Float(filled) + 1e-12)))
        sum = 0
        filled = 0
    }
}
