import HTTPTypes
import Hummingbird

/// Which pages of other origins may read answers (CORS, Fetch standard, section 3.2): those of a list, and none without
/// one. There are no cookies, so credentials are never allowed: pages send a token.
package struct CrossOrigin: Sendable {
    private let origins: Set<String>

    package init(origins: Set<String>) {
        self.origins = origins
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
