/// One reading of a pulse as beats: every pulse, every second or third one, or two or three to a pulse, from one of the
/// possible phases.
///
/// A decoder finds *a* pulse of the music almost always, and which of its multiples people tap is the harder question
/// (Gouyon and Dixon 2005; Davies and Böck 2019). So every reading is laid out and judged by its sound and its bars.
struct MetricalCandidate: Sendable {
    /// Beats for each pulse, as a fraction: `upper / lower`.
    var upper: Int
    var lower: Int
    /// First beat, in units of `1 / upper` pulse.
    var offset: Int
    /// Beat times in frames.
    var beats: [Double]

    /// Median period in frames.
    var period: Double { Self.median(zip(beats.dropFirst(), beats).map { $0 - $1 }) }

    /// All readings of a pulse whose tempo lies in a range, at least four beats long.
    static func all(pulse: [Double], range: ClosedRange<Double>) -> [MetricalCandidate] {
        let readings: [(upper: Int, lower: Int, offsets: [Int])] = [
            (1, 1, [0]), (2, 2, [1]), (2, 1, [0]), (1, 2, [0, 1]), (3, 1, [0]), (1, 3, [0, 1, 2]), (3, 2, [0, 1]),
            (2, 3, [0, 1, 2]), (1, 4, [0, 1, 2, 3]), (4, 4, [1, 3]),
        ]
        return readings.flatMap { reading in
            reading.offsets.compactMap { offset in
                let beats = layOut(pulse, upper: reading.upper, lower: reading.lower, offset: offset)
                guard beats.count >= 4 else { return nil }
                let candidate = MetricalCandidate(
                    upper: reading.upper, lower: reading.lower, offset: offset, beats: beats)
                return range.contains(60 * RhythmFeatures.frameRate / candidate.period) ? candidate : nil
            }
        }
    }

    private static func layOut(_ pulse: [Double], upper: Int, lower: Int, offset: Int) -> [Double] {
        guard pulse.count > 1 else { return [] }
        let last = (pulse.count - 1) * upper
        return stride(from: offset, through: last, by: lower).map { position in
            let index = min(position / upper, pulse.count - 2)
            let share = Double(position - index * upper) / Double(upper)
            return pulse[index] + share * (pulse[index + 1] - pulse[index])
        }
    }

    static func median(_ values: [Double]) -> Double {
        guard !values.isEmpty else { return 0 }
        let sorted = values.sorted()
        return 0.5 * (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2])
    }
}
