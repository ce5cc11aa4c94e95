public import TimelineModel

/// Beats, bars and tempo of a recording.
public struct RhythmResult: Sendable, Hashable, Codable {
    /// Beats in order of time, in seconds; `beatInBar` 1 marks a downbeat.
    public var beats: [TrackedBeat]
    /// Median tempo over all beats, in beats a minute; nil without beats.
    public var tempoBPM: Double?
    /// Beats in a bar, as most beats have it; nil where no bar was found.
    public var meter: Int?
    /// Tempo over time; empty without beats.
    public var curve: [TempoPoint]

    public init(beats: [TrackedBeat] = [], tempoBPM: Double? = nil, meter: Int? = nil, curve: [TempoPoint] = []) {
        self.beats = beats
        self.tempoBPM = tempoBPM
        self.meter = meter
        self.curve = curve
    }
}
