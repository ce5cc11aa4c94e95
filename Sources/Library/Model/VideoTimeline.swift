public import TimelineModel

/// A part of a video timeline that has a parent: projects hold sequences, they tracks, they clips.
public protocol VideoNode: Sendable, Hashable, Codable {
    /// Name of its table, and of its kind in messages: `project`, `sequence`, `track`, `clip`.
    static var kindName: String { get }
    /// Kind of its parent; nil for projects.
    static var parentKindName: String? { get }
    var id: String { get }
    var tenantID: String { get }
    var env: String { get }
    var parentID: String? { get }
}

extension VideoNode {
    public var scope: Scope { Scope(tenantID: tenantID, env: env) }
}

/// A video project: what sequences belong to.
public struct VideoProject: VideoNode {
    public static let kindName = "project"
    public static let parentKindName: String? = nil

    public var id: String
    public var tenantID: String
    public var env: String
    public var userID: String?
    public var title: String
    public var createdAt: Timestamp
    public var meta: [String: JSONValue]

    public var parentID: String? { nil }

    public init(
        id: String, scope: Scope, userID: String?, title: String, createdAt: Timestamp, meta: [String: JSONValue]
    ) {
        self.id = id
        tenantID = scope.tenantID
        env = scope.env
        self.userID = userID
        self.title = title
        self.createdAt = createdAt
        self.meta = meta
    }

    private enum CodingKeys: String, CodingKey {
        case id
        case tenantID = "tenant_id"
        case env
        case userID = "user_id"
        case title
        case createdAt = "created_at"
        case meta
    }
}

/// A sequence of a project: what is played from its start to its end.
public struct VideoSequence: VideoNode {
    public static let kindName = "sequence"
    public static let parentKindName: String? = VideoProject.kindName

    public var id: String
    public var tenantID: String
    public var env: String
    public var projectID: String
    public var name: String
    public var createdAt: Timestamp
    public var meta: [String: JSONValue]

    public var parentID: String? { projectID }

    public init(
        id: String, scope: Scope, projectID: String, name: String, createdAt: Timestamp, meta: [String: JSONValue]
    ) {
        self.id = id
        tenantID = scope.tenantID
        env = scope.env
        self.projectID = projectID
        self.name = name
        self.createdAt = createdAt
        self.meta = meta
    }

    private enum CodingKeys: String, CodingKey {
        case id
        case tenantID = "tenant_id"
        case env
        case projectID = "project_id"
        case name
        case createdAt = "created_at"
        case meta
    }
}

/// What a track carries.
public enum TrackKind: String, Sendable, Hashable, Codable, CaseIterable {
    case video
    case audio
}

/// A track of a sequence.
public struct VideoTrack: VideoNode {
    public static let kindName = "track"
    public static let parentKindName: String? = VideoSequence.kindName

    public var id: String
    public var tenantID: String
    public var env: String
    public var sequenceID: String
    public var kind: TrackKind
    public var name: String
    public var order: Int
    public var createdAt: Timestamp
    public var meta: [String: JSONValue]

    public var parentID: String? { sequenceID }

    public init(
        id: String, scope: Scope, sequenceID: String, kind: TrackKind, name: String, order: Int, createdAt: Timestamp,
        meta: [String: JSONValue]
    ) {
        self.id = id
        tenantID = scope.tenantID
        env = scope.env
        self.sequenceID = sequenceID
        self.kind = kind
        self.name = name
        self.order = order
        self.createdAt = createdAt
        self.meta = meta
    }

    private enum CodingKeys: String, CodingKey {
        case id
        case tenantID = "tenant_id"
        case env
        case sequenceID = "sequence_id"
        case kind
        case name
        case order
        case createdAt = "created_at"
        case meta
    }
}

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
