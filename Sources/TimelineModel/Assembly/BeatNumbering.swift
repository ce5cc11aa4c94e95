/// Numbers beats and bars.
enum BeatNumbering {
    /// Beats inside `[0, durationMs)` in order of time. Of several in one millisecond the surest stays. A bar starts on
    /// each beat that is the first in its bar; before the first such beat nothing is said about bars.
    static func number(_ tracked: [TrackedBeat], durationMs: Int) -> [BeatEvent] {
        let candidates =
            tracked
            .compactMap { beat -> BeatEvent? in
                guard let time = Milliseconds.rounded(seconds: beat.time), (0..<durationMs).contains(time) else {
                    return nil
                }
                let position = beat.beatInBar.flatMap { $0 >= 1 ? $0 : nil }
                return BeatEvent(
                    timeMs: time, beatInBar: position, confidence: beat.confidence.roundedConfidence,
                    downbeatConfidence: position == 1 ? beat.downbeatConfidence?.roundedConfidence : nil)
            }
            .sorted {
                ($0.timeMs, -($0.confidence ?? 0), $0.beatInBar ?? .max)
                    < ($1.timeMs, -($1.confidence ?? 0), $1.beatInBar ?? .max)
            }
        var beats: [BeatEvent] = []
        var bar: Int?
        for var beat in candidates where beat.timeMs != beats.last?.timeMs {
            if beat.beatInBar == 1 { bar = bar.map { $0 + 1 } ?? 0 }
            beat.beatIndex = beats.count
            beat.barIndex = bar
            if bar == nil { beat.beatInBar = nil }
            beats.append(beat)
        }
        return beats
    }
}
