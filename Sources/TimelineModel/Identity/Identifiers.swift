/// Who asks about what: the identifiers of one analysis, checked.
///
/// Tenants match `^[a-z0-9][a-z0-9_-]*$`; envs, assets and artifacts `[A-Za-z0-9._:@+-]{1,128}`. Users may hold other
/// characters too, but no control characters nor line separators, in at most 512 bytes. An empty artifact or user is an
/// absent one. Names that the cache key uses for "absent" are reserved: `t_unknown` as tenant, `None` as artifact,
/// `anonymous` as user.
public struct Identifiers: Sendable, Hashable {
    public static let maximumLength = 128
    public static let maximumUserBytes = 512

    public let tenantID: String
    public let env: String
    public let assetID: String
    public let artifactID: String?
    public let userID: String?

    /// - Throws: ``IdentifierError`` for the first identifier that is not acceptable, in the order of the parameters.
    public init(
        tenantID: String, env: String, assetID: String, artifactID: String? = nil, userID: String? = nil
    ) throws(IdentifierError) {
        try Self.check(tenantID, as: .tenantID)
        try Self.check(env, as: .env)
        try Self.check(assetID, as: .assetID)
        self.tenantID = tenantID
        self.env = env
        self.assetID = assetID
        self.artifactID = try Self.present(artifactID, as: .artifactID)
        self.userID = try Self.present(userID, as: .userID)
    }

    /// Checks one identifier by the rules of its field; an empty one is an error here.
    public static func check(_ value: String, as field: IdentifierError.Field) throws(IdentifierError) {
        guard !value.isEmpty else { throw IdentifierError(field: field, reason: .empty) }
        guard value.utf8.count <= (field == .userID ? maximumUserBytes : maximumLength) else {
            throw IdentifierError(field: field, reason: .tooLong)
        }
        guard isSpelled(value, as: field) else {
            throw IdentifierError(field: field, reason: .forbiddenCharacter)
        }
        let reserved: String? =
            switch field {
            case .tenantID: "t_unknown"
            case .artifactID: "None"
            case .userID: "anonymous"
            case .env, .assetID: nil
            }
        guard value != reserved else { throw IdentifierError(field: field, reason: .reserved) }
    }

    private static func present(_ value: String?, as field: IdentifierError.Field) throws(IdentifierError) -> String? {
        guard let value, !value.isEmpty else { return nil }
        try check(value, as: field)
        return value
    }

    private static func isSpelled(_ value: String, as field: IdentifierError.Field) -> Bool {
        switch field {
        case .tenantID:
            value.utf8.allSatisfy { isTenantByte($0) } && value.utf8.first.map(isLowercaseOrDigit) == true
        case .env, .assetID, .artifactID:
            value.utf8.allSatisfy(isIdentifierByte)
        case .userID:
            value.unicodeScalars.allSatisfy { scalar in
                switch scalar.properties.generalCategory {
                case .control, .lineSeparator, .paragraphSeparator: false
                default: true
                }
            }
        }
    }

    private static func isLowercaseOrDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    private static func isTenantByte(_ byte: UInt8) -> Bool {
        isLowercaseOrDigit(byte) || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
    }

    private static func isIdentifierByte(_ byte: UInt8) -> Bool {
        isLowercaseOrDigit(byte) || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
            || "._:@+-".utf8.contains(byte)
    }
}
