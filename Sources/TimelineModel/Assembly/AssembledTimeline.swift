/// What assembly makes of the stages' outputs: the body of a summary.
public struct AssembledTimeline: Sendable, Hashable {
    /// Length in milliseconds; 0 only where the recording's length is not a positive number.
    public var durationMs: Int
    /// Covering `[0, durationMs)`, in the order of ``AudioEvent/precedes(_:_:)``.
    public var events: [AudioEvent]
    /// In order of time, one a millisecond at most.
    public var beats: [BeatEvent]
    public var counts: TimelineCounts

    public init(durationMs: Int, events: [AudioEvent], beats: [BeatEvent]) {
        self.durationMs = durationMs
        self.events = events
        self.beats = beats
        self.counts = TimelineCounts(events: events, beats: beats)
    }

    /// Talking without a word that is as long as this, in milliseconds, is told.
    private static let longestUnheardMs = 5000

    /// Where, in speech that has words elsewhere, long stretches without a word begin, in milliseconds, in order of time.
    public var unheardMs: [Int] {
        events.flatMap { event -> [Int] in
            guard event.kind == .speech, let words = event.meta.words, !words.isEmpty else { return [] }
            var heard = event.startMs
            var unheard: [Int] = []
            for (start, end) in words.map({ ($0.startMs, $0.endMs) }) + [(event.endMs, event.endMs)] {
                if start - heard >= Self.longestUnheardMs { unheard.append(heard) }
                heard = max(heard, end)
            }
            return unheard
        }
    }
}
