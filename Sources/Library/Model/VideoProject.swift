public import TimelineModel

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
