public import TimelineModel

/// A clip on a track: the window `[inMs, outMs)` of an asset or of something derived from it.
public struct VideoClip: VideoNode {
    public static let kindName = "clip"
    public static let parentKindName: String? = VideoTrack.kindName

    public var id: String
    public var tenantID: String
    public var env: String
    public var trackID: String
    public var assetID: String
    /// The derived artifact that is played, whose own clock the window is in.
    public var artifactID: String?
    public var inMs: Double
    public var outMs: Double
    public var startMsOnTimeline: Double
    /// How fast it plays, > 0.
    public var speed: Double
    public var label: String?
    public var createdAt: Timestamp
    public var meta: [String: JSONValue]

    public var parentID: String? { trackID }

    public init(
        id: String, scope: Scope, trackID: String, assetID: String, artifactID: String? = nil, inMs: Double,
        outMs: Double, startMsOnTimeline: Double, speed: Double = 1, label: String? = nil, createdAt: Timestamp,
        meta: [String: JSONValue] = [:]
    ) {
        self.id = id
        tenantID = scope.tenantID
        env = scope.env
        self.trackID = trackID
        self.assetID = assetID
        self.artifactID = artifactID
        self.inMs = inMs
        self.outMs = outMs
        self.startMsOnTimeline = startMsOnTimeline
        self.speed = speed
        self.label = label
        self.createdAt = createdAt
        self.meta = meta
    }

    private enum CodingKeys: String, CodingKey {
        case id
        case tenantID = "tenant_id"
        case env
        case trackID = "track_id"
        case assetID = "asset_id"
        case artifactID = "artifact_id"
        case inMs = "in_ms"
        case outMs = "out_ms"
        case startMsOnTimeline = "start_ms_on_timeline"
        case speed
        case label
        case createdAt = "created_at"
        case meta
    }
}
