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
}
