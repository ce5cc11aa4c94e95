public import TimelineModel

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
