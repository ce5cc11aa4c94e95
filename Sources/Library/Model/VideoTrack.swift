public import TimelineModel

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
