/// A semantic timeline: the stored JSON that everything else is cut from.
public struct AudioSemanticTimelineSummary: Sendable, Hashable, Codable {
    public var assetID: String
    public var artifactID: String?
    /// Length of the timeline in milliseconds; events cover exactly `[0, durationMs)`.
    public var durationMs: Int
    /// Sorted by start, then kind, then end.
    public var events: [AudioEvent]
    /// Sorted by time.
    public var beats: [BeatEvent]
    public var meta: TimelineMeta

    public init(
        assetID: String, artifactID: String? = nil, durationMs: Int, events: [AudioEvent], beats: [BeatEvent],
        meta: TimelineMeta
    ) {
        self.assetID = assetID
        self.artifactID = artifactID
        self.durationMs = durationMs
        self.events = events
        self.beats = beats
        self.meta = meta
    }

    private enum CodingKeys: String, CodingKey {
        case assetID = "asset_id"
        case artifactID = "artifact_id"
        case durationMs = "duration_ms"
        case events
        case beats
        case meta
    }
}
