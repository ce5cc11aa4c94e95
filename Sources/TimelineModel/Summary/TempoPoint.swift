/// A point of the tempo curve: from here on, up to the next point.
public struct TempoPoint: Sendable, Hashable, Codable {
    /// Milliseconds from the timeline's zero.
    public var timeMs: Int
    /// Beats a minute; nil where beats end.
    public var bpm: Double?

    public init(timeMs: Int, bpm: Double?) {
        self.timeMs = timeMs
        self.bpm = bpm
    }

    private enum CodingKeys: String, CodingKey {
        case timeMs = "time_ms"
        case bpm
    }
}
