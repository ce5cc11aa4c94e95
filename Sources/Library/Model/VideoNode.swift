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
