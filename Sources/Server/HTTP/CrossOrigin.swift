import HTTPTypes
import Hummingbird
import SemanticTimeline

/// Which pages of other origins may read answers (CORS, Fetch standard, section 3.2): those of a list, and none without
/// one. There are no cookies, so credentials are never allowed: pages send a token.
package struct CrossOrigin: Sendable {
    private let origins: Set<String>
    private let ownNames: Set<String>?

    /// - Parameter ownNames: hosts that the service answers to, in lower case; nil answers to all.
    package init(origins: Set<String>, ownNames: Set<String>? = nil) {
        self.origins = origins
        self.ownNames = ownNames.map { names in
            names.union(origins.map { Self.name(in: $0.replacing(/^https?:\/\//, with: "")) })
        }
    }

    /// Refuses what a page of somebody else has a browser send to a service that asks for no token: under a name that was
    /// made to lead here (DNS rebinding), or what changes something, from another origin. Programs send no `Origin`.
    ///
    /// - Throws: ``SemanticTimelineError`` `validation`, of status 421 (RFC 9110, section 15.5.20) or 403.
    func check(_ request: Request) throws {
        guard let ownNames, let authority = request.head.authority else { return }
        guard ownNames.contains(Self.name(in: authority)) else {
            throw SemanticTimelineError(
                .validation,
                "without a key the service answers to this machine's own names; --allow-origin adds others",
                resourceKind: "request", httpStatus: 421)
        }
        guard ![.get, .head, .options].contains(request.method), let origin = request.headers[.origin],
            origin != "http://" + authority, origin != "https://" + authority, !origins.contains(origin)
        else { return }
        throw SemanticTimelineError(
            .validation, "a page of another origin may change nothing here; --allow-origin names those that may",
            resourceKind: "request", httpStatus: 403)
    }

    /// The host of an authority, without its port.
    private static func name(in authority: String) -> String {
        let end = authority.hasPrefix("[") ? authority.firstIndex(of: "]").map(authority.index(after:)) : nil
        return authority[..<(end ?? authority.firstIndex(of: ":") ?? authority.endIndex)].lowercased()
    }

    /// Whether a text is an origin as browsers send it: a scheme, a host in lower case, perhaps a port.
    package static func isOrigin(_ text: String) -> Bool {
        guard let rest = ["https://", "http://"].first(where: text.hasPrefix).map({ text.dropFirst($0.count) }) else {
            return false
        }
        return !rest.isEmpty
            && rest.utf8.allSatisfy {
                switch $0 {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
                default: ".-:[]".utf8.contains($0)
                }
            }
    }

    /// The answer to a browser that asks whether a page may ask; nil where it does not ask, or may not.
    func preflight(_ request: Request) -> Response? {
        guard request.method == .options, allows(request), request.headers[.accessControlRequestMethod] != nil else {
            return nil
        }
        return Response(
            status: .noContent,
            headers: [
                .accessControlAllowMethods: "GET, HEAD, POST, PATCH, DELETE",
                .accessControlAllowHeaders:
                    "Authorization, Content-Type, If-Range, Last-Event-ID, Prefer, Range, X-Env, X-Request-Id, "
                    + "X-Tenant-Id, X-User-Id",
                .accessControlMaxAge: "600",
            ])
    }

    /// Lets the page that asked read an answer.
    func add(to headers: inout HTTPFields, for request: Request) {
        guard !origins.isEmpty else { return }
        // Also where the origin is none of the list: a cache must not take this answer for another page's.
        headers[.vary] = "Origin"
        guard allows(request) else { return }
        headers[.accessControlAllowOrigin] = request.headers[.origin]
        headers[.accessControlExposeHeaders] =
            "Accept-Ranges, Content-Disposition, Content-Range, ETag, Location, Preference-Applied, Retry-After, "
            + "X-Request-Id"
    }

    private func allows(_ request: Request) -> Bool { request.headers[.origin].map(origins.contains) ?? false }
}
