import JWTKit
import SemanticTimeline

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Makes bearer tokens, for operators and tests; a service that knows its users makes its own.
public enum AccessToken {
    /// A token that a server with the same key takes.
    ///
    /// - Parameters:
    ///   - key: at least 32 bytes; nil takes the first of the file.
    ///   - keysFile: as `cueline serve` reads it.
    ///   - kid: the key's id, which goes into the token; of a file, the key of that id signs.
    ///   - seconds: how long the token is good.
    /// - Throws: `SemanticTimelineError` `validation` where there is no such key, or one that is too short.
    public static func make(
        tenantID: String, env: String, userID: String?, key: String?, keysFile: String?, kid: String? = nil,
        rules: TokenRules = TokenRules(), seconds: Int
    ) async throws -> String {
        var lines = try await keysFile.asyncMap { try await AuthKeys.lines(ofFileAt: $0) } ?? []
        if let key { lines.insert((nil, key), at: 0) }
        guard let line = kid.map({ kid in lines.first { $0.kid == kid } }) ?? lines.first else {
            throw SemanticTimelineError(.validation, "there is no such key")
        }
        guard line.key.utf8.count >= AuthKeys.minimumKeyBytes else {
            throw SemanticTimelineError(
                .validation, "a key of the server must have at least \(AuthKeys.minimumKeyBytes) bytes")
        }
        var claims = AccessClaims(
            tenantID: tenantID, env: env, subject: userID.map { SubjectClaim(value: $0) },
            expiration: ExpirationClaim(value: Date(timeIntervalSinceNow: Double(seconds))))
        claims.issuer = rules.issuer.map { IssuerClaim(value: $0) }
        claims.audience = rules.audience.map { AudienceClaim(value: [$0]) }
        let signer = await JWTKeyCollection().add(hmac: HMACKey(from: line.key), digestAlgorithm: .sha256)
        var header = JWTHeader()
        if let kid = line.kid { header.kid = kid }
        return try await signer.sign(claims, header: header)
    }
}

extension Optional {
    /// `map` with a closure that waits.
    func asyncMap<Result>(_ transform: (Wrapped) async throws -> Result) async rethrows -> Result? {
        guard let self else { return nil }
        return try await transform(self)
    }
}
