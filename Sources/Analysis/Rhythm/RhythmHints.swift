/// What the caller knows about the music beforehand.
public struct RhythmHints: Sendable, Hashable {
    /// Tempo in beats a minute; the tracker then stays within about an eighth of it. Values outside 20…400 are ignored.
    public var bpm: Double?
    /// Beats in a bar, 2…12; anything else is ignored.
    public var meter: Int?

    public init(bpm: Double? = nil, meter: Int? = nil) {
        self.bpm = bpm
        self.meter = meter
    }

    /// The tempo hint, if it is one that music can have.
    var usableBPM: Double? {
        guard let bpm, bpm.isFinite, (20...400).contains(bpm) else { return nil }
        return bpm
    }

    /// The metre hint, if it is one that music can have.
    var usableMeter: Int? {
        guard let meter, (2...12).contains(meter) else { return nil }
        return meter
    }
}
