package import JWTKit

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// What a bearer token says of its bearer.
package struct AccessClaims: JWTPayload, Sendable {
    package var tenantID: String
    package var env: String
    /// The user.
    package var subject: SubjectClaim?
    package var expiration: ExpirationClaim
    package var notBefore: NotBeforeClaim?
    package var issuer: IssuerClaim?
    package var audience: AudienceClaim?

    package init(tenantID: String, env: String, subject: SubjectClaim?, expiration: ExpirationClaim) {
        self.tenantID = tenantID
        self.env = env
        self.subject = subject
        self.expiration = expiration
    }

    package func verify(using algorithm: some JWTAlgorithm) async throws {
        try expiration.verifyNotExpired()
        try notBefore?.verifyNotBefore(currentDate: Date(timeIntervalSinceNow: Self.leeway))
    }

    /// By how many seconds the clock of whoever signs may be ahead of ours.
    static let leeway = 30.0

    private enum CodingKeys: String, CodingKey {
        case tenantID = "tenant_id"
        case env
        case subject = "sub"
        case expiration = "exp"
        case notBefore = "nbf"
        case issuer = "iss"
        case audience = "aud"
    }
}

/// What tokens must say beside who bears them.
public struct TokenRules: Sendable, Hashable {
    /// `iss` must be this; nil asks for none.
    public var issuer: String?
    /// `aud` must be or contain this; nil asks for none.
    public var audience: String?
    /// How far away the end of a token may be, in seconds; nil sets no bound.
    public var longestSeconds: Int?

    public init(issuer: String? = nil, audience: String? = nil, longestSeconds: Int? = nil) {
        self.issuer = issuer
        self.audience = audience
        self.longestSeconds = longestSeconds
    }
}
