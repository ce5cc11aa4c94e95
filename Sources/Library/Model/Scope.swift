/// Whose things: nothing is ever looked up without one, and nothing is shared between two.
public struct Scope: Sendable, Hashable {
    public let tenantID: String
    public let env: String

    /// - Parameters:
    ///   - tenantID: checked by `Identifiers.check`.
    ///   - env: likewise.
    public init(tenantID: String, env: String) {
        self.tenantID = tenantID
        self.env = env
    }
}
