/// An identifier that cannot be accepted, by the name of its field on the wire.
public struct IdentifierError: Error, Sendable, Hashable, CustomStringConvertible {
    /// A field that names something.
    public enum Field: String, Sendable, Hashable, CaseIterable {
        case tenantID = "tenant_id"
        case env
        case assetID = "asset_id"
        case artifactID = "artifact_id"
        case userID = "user_id"
    }

    /// What is wrong with it.
    public enum Reason: String, Sendable, Hashable {
        case empty = "is empty"
        case tooLong = "is too long"
        case forbiddenCharacter = "holds a character that is not allowed"
        case reserved = "is a reserved name"
    }

    public let field: Field
    public let reason: Reason

    public init(field: Field, reason: Reason) {
        self.field = field
        self.reason = reason
    }

    /// The field and what is wrong with it, without the value.
    public var description: String { "\(field.rawValue) \(reason.rawValue)" }
}
