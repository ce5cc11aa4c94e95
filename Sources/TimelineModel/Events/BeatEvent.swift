/// A beat of the music.
public struct BeatEvent: Sendable, Hashable, Codable {
    /// Milliseconds from the timeline's zero.
    public var timeMs: Int
    /// Running number of the beat, from 0.
    public var beatIndex: Int?
    /// Running number of the bar, from 0; a bar starts on a detected downbeat. Absent before the first.
    public var barIndex: Int?
    /// Reserved for subdivisions of a beat.
    public var subdivision: Int?
    /// 1 on the downbeat, then counting up; absent before the first downbeat.
    public var beatInBar: Int?
    /// How sure it is that a beat is here: 0…1, three decimals.
    public var confidence: Double?
    /// On a downbeat, how sure it is that a bar begins here: 0…1, three decimals.
    public var downbeatConfidence: Double?

    public init(
        timeMs: Int, beatIndex: Int? = nil, barIndex: Int? = nil, subdivision: Int? = nil, beatInBar: Int? = nil,
        confidence: Double? = nil, downbeatConfidence: Double? = nil
    ) {
        self.timeMs = timeMs
        self.beatIndex = beatIndex
        self.barIndex = barIndex
        self.subdivision = subdivision
        self.beatInBar = beatInBar
        self.confidence = confidence
        self.downbeatConfidence = downbeatConfidence
    }

    private enum CodingKeys: String, CodingKey {
        case timeMs = "time_ms"
        case beatIndex = "beat_index"
        case barIndex = "bar_index"
        case subdivision
        case beatInBar = "beat_in_bar"
        case confidence
        case downbeatConfidence = "downbeat_confidence"
    }
}
