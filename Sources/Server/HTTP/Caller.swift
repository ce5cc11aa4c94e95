import Foundation
import HTTPTypes
import Hummingbird
import JWTKit
import Library
package import SemanticTimeline
import TimelineModel

/// Who asks.
struct Caller: Sendable, Hashable {
    var scope: Scope
    var userID: String?
}

/// Finds out who asks: by a token where the server has a key, else by headers, body and query, which must agree.
package struct Tenancy: Sendable {
    /// nil: anyone who can reach the server may say who they are.
    private let authenticator: Authenticator?

    package init(authenticator: Authenticator?) {
        self.authenticator = authenticator
    }

    /// Refuses a request without a valid token, where the server has a key: before anything of its body is taken.
    func admit(_ request: Request) async throws {
        _ = try await authenticator?.claims(authorization: request.headers[.authorization])
    }

    /// - Parameter body: the fields of a body, where there is one.
    /// - Throws: ``SemanticTimelineError`` `authRequired`, `tenantMismatch`, `validation`.
    func caller(of request: Request, body: RequestFields? = nil) async throws -> Caller {
        let claims = try await authenticator?.claims(authorization: request.headers[.authorization])
        let query = request.query
        let sources = [body, query].compactMap { $0 }
        let tenantID = try Self.agreed(
            "tenant_id", .tenantID, token: claims?.tenantID, header: request.headers[.tenantID], sources)
        let env = try Self.agreed("env", .env, token: claims?.env, header: request.headers[.tenantEnv], sources)
        let user = try Self.agreed(
            "user_id", .userID, token: claims?.subject?.value, header: request.headers[.userID], sources)
        guard let tenantID else { throw SemanticTimelineError.invalid("tenant_id", "is required") }
        guard let env else { throw SemanticTimelineError.invalid("env", "is required") }
        return Caller(scope: Scope(tenantID: tenantID, env: env), userID: user)
    }

    /// The one value that all who state it agree on.
    private static func agreed(
        _ name: String, _ kind: IdentifierError.Field, token: String?, header: String?, _ sources: [RequestFields]
    ) throws -> String? {
        var found: String?
        let header = header.flatMap { $0.isEmpty ? nil : $0 }
        // Bytes that are no ASCII have no meaning that both sides agree on (RFC 9110, section 5.5).
        guard header?.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) != false else {
            throw SemanticTimelineError.invalid(name, "must be ASCII in a header")
        }
        let token = token.flatMap { $0.isEmpty ? nil : $0 }
        let stated =
            try [token, header].map { text in
                try text.map { try RequestFields(text: [name: [$0]]).identifier(name, as: kind) } ?? nil
            } + sources.map { try $0.identifier(name, as: kind) }
        for value in stated {
            guard let value else { continue }
            guard found == nil || found == value else {
                throw SemanticTimelineError(
                    .tenantMismatch, "\(name) is not the same in the whole request", field: name)
            }
            found = value
        }
        return found
    }
}

extension Request {
    /// The fields of the query, decoded as forms are (`+` is a space).
    var query: RequestFields { RequestFields(query: uri.query ?? "") }
}

extension RequestFields {
    /// The fields of a query, decoded as forms are (`+` is a space).
    package init(query: String) {
        var values: [String: [String]] = [:]
        for pair in query.split(separator: "&") {
            let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let decoded = sides.map { $0.replacing("+", with: " ").removingPercentEncoding ?? String($0) }
            values[decoded.first ?? "", default: []].append(decoded.count > 1 ? decoded[1] : "")
        }
        self.init(text: values)
    }
}

extension AppContext {
    /// The id in the path, decoded.
    func pathID(_ name: String = "id") throws -> String {
        let raw = try parameters.require(name)
        return raw.removingPercentEncoding ?? raw
    }
}
