import HTTPTypes
import Hummingbird
import SemanticTimeline

/// Answers 405 with `Allow` where a path is known and its method is not; the router alone would say 404.
enum MethodTable {
    private static let methods: [HTTPRequest.Method] =
        [
            .get, .head, .post, .put, .patch, .delete, .options, .trace, .connect,
        ] + ["QUERY", "PROPFIND"].compactMap { HTTPRequest.Method($0) }

    /// Adds the missing methods of all paths that the router knows by now.
    static func complete(_ router: Router<AppContext>) {
        var known: [String: Set<HTTPRequest.Method>] = [:]
        for route in router.routes { known[route.path.description, default: []].insert(route.method) }
        for (path, allowed) in known {
            // HEAD comes with GET.
            let allowed = allowed.contains(.get) ? allowed.union([.head]) : allowed
            let list = allowed.map(\.rawValue).sorted().joined(separator: ", ")
            for method in methods where !allowed.contains(method) {
                router.on(RouterPath(path), method: method) { _, _ -> Response in
                    var error = SemanticTimelineError(
                        .validation, "this route does not know the method", resourceKind: "route", httpStatus: 405)
                    error.allowedMethods = list
                    throw error
                }
            }
        }
    }
}
