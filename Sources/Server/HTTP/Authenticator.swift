package import JWTKit
import SemanticTimeline

/// What a bearer token says of its bearer.
package struct AccessClaims: JWTPayload, Sendable {
    package var tenantID: String
    package var env: String
    /// The user.
    package var subject: SubjectClaim?
    package var expiration: ExpirationClaim
    package var notBefore: NotBeforeClaim?

    package init(tenantID: String, env: String, subject: SubjectClaim?, expiration: ExpirationClaim) {
        self.tenantID = tenantID
        self.env = env
        self.subject = subject
        self.expiration = expiration
    }

    package func verify(using algorithm: some JWTAlgorithm) async throws {
        try expiration.verifyNotExpired()
        try notBefore?.verifyNotBefore()
    }

    private enum CodingKeys: String, CodingKey {
        case tenantID = "tenant_id"
        case env
        case subject = "sub"
        case expiration = "exp"
        case notBefore = "nbf"
    }
}

/// Checks bearer tokens: JSON Web Tokens (RFC 7519) signed with HMAC SHA-256 and the server's key.
package struct Authenticator: Sendable {
    /// Fewest bytes of a key: those of the digest (RFC 7518, section 3.2).
    package static let minimumKeyBytes = 32

    private let keys: JWTKeyCollection

    /// - Throws: ``SemanticTimelineError`` `validation` for a key that is too short.
    package init(key: String) async throws {
        guard key.utf8.count >= Self.minimumKeyBytes else {
            throw SemanticTimelineError(
                .validation, "the server's key must have at least \(Self.minimumKeyBytes) bytes")
        }
        keys = await JWTKeyCollection().add(hmac: HMACKey(from: key), digestAlgorithm: .sha256)
    }

    /// The claims of an `Authorization` header.
    ///
    /// - Throws: ``SemanticTimelineError`` `authRequired`, which does not tell what is wrong with a token.
    package func claims(authorization: String?) async throws -> AccessClaims {
        let refused = SemanticTimelineError(.authRequired, "a valid bearer token is required")
        guard let authorization, authorization.lowercased().hasPrefix("bearer ") else { throw refused }
        let token = authorization.dropFirst(7).drop { $0 == " " }
        do {
            return try await keys.verify(Array(token.utf8), as: AccessClaims.self)
        } catch {
            throw refused
        }
    }
}
