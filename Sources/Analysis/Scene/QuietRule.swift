/// When a level counts as silence by the recording's own measure.
enum QuietRule {
    /// dBFS below which a 10 ms piece is silence: a little above the recording's floor, but well below its loud parts,
    /// and never below −60.
    static func threshold(levels: [Float]) -> Float {
        guard !levels.isEmpty else { return -60 }
        let sorted = levels.sorted()
        let floor = sorted[sorted.count / 20]
        let loud = sorted[sorted.count - 1 - sorted.count / 20]
        return max(-60, min(floor + 8, loud - 30))
    }

    /// Marks runs of at least `run` frames below −85 dBFS: no model is needed there.
    static func mute(levels: [Float], run: Int) -> [Bool] {
        FrameRuns.long(levels.map { $0 < -85 }, shortest: run)
    }
}
