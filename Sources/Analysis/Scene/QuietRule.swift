/// When a level counts as silence by the recording's own measure.
enum QuietRule {
    /// dBFS below which a 10 ms piece is silence: a little above the recording's floor, but well below its loud parts,
    /// and never below −60.
    static func threshold(levels: PackedNumbers) -> Float {
        guard !levels.isEmpty else { return -60 }
        // Counted in sixteenths of a decibel: a long recording is not copied to be sorted.
        var counts = [Int](repeating: 0, count: 16 * 240)
        for index in 0..<levels.count { counts[min(max(Int((levels[index] + 120) * 16), 0), counts.count - 1)] += 1 }
        /// The level that so many are not above.
        func level(rank: Int) -> Float {
            var rest = rank
            for (place, count) in counts.enumerated() {
                if rest < count { return Float(place) / 16 - 120 }
                rest -= count
            }
            return 120
        }
        let floor = level(rank: levels.count / 20)
        let loud = level(rank: levels.count - 1 - levels.count / 20)
        return max(-60, min(floor + 8, loud - 30))
    }

    /// Marks runs of at least `run` frames below −85 dBFS: no model is needed there.
    static func mute(levels: [Float], run: Int) -> [Bool] {
        FrameRuns.long(levels.map { $0 < -85 }, shortest: run)
    }
}
