import JWTKit
import SemanticTimeline
import TimelineModel

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Checks bearer tokens: JSON Web Tokens (RFC 7519) signed with HMAC SHA-256 and one of the server's keys.
package struct Authenticator: Sendable {
    /// Most bytes of a token.
    package static let longestToken = 8 << 10

    private let keys: AuthKeys
    private let rules: TokenRules

    package init(keys: AuthKeys, rules: TokenRules = TokenRules()) {
        self.keys = keys
        self.rules = rules
    }

    /// With one key.
    ///
    /// - Throws: ``SemanticTimelineError`` `validation` for a key that is too short.
    package init(key: String) async throws {
        self.init(keys: try await AuthKeys(key: key))
    }

    /// The claims of an `Authorization` header.
    ///
    /// - Throws: ``SemanticTimelineError`` `authRequired`, which does not tell what is wrong with a token.
    package func claims(authorization: String?) async throws -> AccessClaims {
        let refused = SemanticTimelineError(.authRequired, "a valid bearer token is required")
        guard let authorization, authorization.utf8.count <= Self.longestToken,
            authorization.lowercased().hasPrefix("bearer ")
        else { throw refused }
        let token = Array(authorization.dropFirst(7).drop { $0 == " " }.utf8)
        guard let header = Self.header(of: token) else { throw refused }
        for key in await keys.candidates(kid: header.kid) {
            guard let claims = try? await key.verify(token, as: AccessClaims.self), allows(claims) else { continue }
            return claims
        }
        throw refused
    }

    private func allows(_ claims: AccessClaims) -> Bool {
        if let issuer = rules.issuer, claims.issuer?.value != issuer { return false }
        if let audience = rules.audience, claims.audience?.value.contains(audience) != true { return false }
        guard let longest = rules.longestSeconds else { return true }
        return claims.expiration.value <= Date(timeIntervalSinceNow: Double(longest) + AccessClaims.leeway)
    }

    private struct Header {
        var kid: String?
    }

    /// The header of a token that may be checked: HS256 whatever the keys could be used for, and nothing in it that must
    /// be understood (RFC 7515, section 4.1.11).
    private static func header(of token: [UInt8]) -> Header? {
        let parts = token.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 3, let head = parts.first, let text = decoded(head),
            let members = JSONBody.value(text)?.members, members["alg"] == .string("HS256"), members["crit"] == nil
        else { return nil }
        guard let kid = members["kid"], kid != .null else { return Header(kid: nil) }
        return kid.text.map { Header(kid: $0) }
    }

    /// Bytes of Base64url without padding (RFC 7515, section 2); nil for other characters.
    private static func decoded(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        var standard = String(decoding: text, as: UTF8.self).replacing("-", with: "+").replacing("_", with: "/")
        standard += String(repeating: "=", count: (4 - standard.utf8.count % 4) % 4)
        return Data(base64Encoded: standard).map { [UInt8]($0) }
    }
}
