import HTTPTypes
package import Hummingbird
import Logging
package import Metrics
import NIOCore
import NIOHTTP1
import SemanticTimeline

/// The outermost middleware: gives each request an id, refuses targets that are too long, turns every failure into the
/// one form of error, adds what browsers must know, logs a line and counts.
package struct RequestMiddleware: RouterMiddleware {
    package typealias Context = AppContext

    /// Most bytes of a request's target, and most parameters of a query.
    private static let limits = (target: 8 << 10, parameters: 100)

    private let metrics: any MetricsFactory
    private let crossOrigin: CrossOrigin

    package init(metrics: any MetricsFactory, crossOrigin: CrossOrigin = CrossOrigin(origins: [])) {
        self.metrics = metrics
        self.crossOrigin = crossOrigin
    }

    package func handle(
        _ request: Request, context: AppContext, next: @concurrent (Request, AppContext) async throws -> Response
    ) async throws -> Response {
        let start = ContinuousClock.now
        var context = context
        context.requestID = Self.usable(request.headers[.requestID]) ?? context.id
        context.logger[metadataKey: "hb.request.id"] = nil
        context.logger[metadataKey: "request_id"] = .string(context.requestID)
        var response: Response
        do {
            try Self.checkTarget(request)
            try crossOrigin.check(request)
            if let preflight = crossOrigin.preflight(request) {
                response = preflight
            } else {
                response = try await next(request, context)
            }
        } catch {
            response = failure(error, context: context)
        }
        response.headers[.requestID] = context.requestID
        addProtection(to: &response, for: request)
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        // The route's pattern, never the path: labels stay few, and ids stay out of metrics.
        let route = context.endpointPath ?? "none"
        let labels = [
            ("method", request.method.rawValue.count > 8 ? "OTHER" : request.method.rawValue), ("route", route),
            ("status", "\(response.status.code)"),
        ]
        Counter(label: "http_requests", dimensions: labels, factory: metrics).increment()
        Metrics.Timer(label: "http_request_duration", dimensions: [("route", route)], factory: metrics)
            .recordNanoseconds(Int64(clamping: Int((seconds * 1e9).rounded())))
        context.logger.log(
            level: response.status.code >= 500 ? .error : .info, "request",
            metadata: [
                "method": "\(request.method.rawValue)", "route": "\(route)", "status": "\(response.status.code)",
                "milliseconds": "\((seconds * 1_000_000).rounded() / 1000)",
            ])
        return response
    }

    private static func checkTarget(_ request: Request) throws {
        guard request.uri.string.utf8.count <= limits.target else {
            throw SemanticTimelineError(
                .validation, "the target is longer than \(limits.target) bytes", resourceKind: "request",
                httpStatus: 414)
        }
        let parameters = (request.uri.query ?? "").utf8.count { $0 == UInt8(ascii: "&") } + 1
        guard parameters <= limits.parameters else {
            throw SemanticTimelineError(
                .validation, "the query has more than \(limits.parameters) parameters", field: "query")
        }
    }

    /// Tells browsers to keep nothing, to run nothing, to frame nothing, and what a page of another origin may read.
    private func addProtection(to response: inout Response, for request: Request) {
        response.headers[.contentTypeOptions] = "nosniff"
        // The service's own page says what it needs.
        if response.headers[.contentSecurityPolicy] == nil {
            response.headers[.contentSecurityPolicy] = "default-src 'none'; frame-ancestors 'none'; sandbox"
        }
        response.headers[.referrerPolicy] = "no-referrer"
        if response.headers[.cacheControl] == nil { response.headers[.cacheControl] = "no-store" }
        crossOrigin.add(to: &response.headers, for: request)
    }

    private func failure(_ error: any Error, context: AppContext) -> Response {
        let shown: SemanticTimelineError =
            switch error {
            case let error as HTTPError: SemanticTimelineError(framework: error)
            case is HTTPParserError, is ChannelError:
                SemanticTimelineError(.validation, "the body cannot be read", field: "body")
            case is SlowRequest:
                SemanticTimelineError(
                    .validation, "the body did not come in time", resourceKind: "request", httpStatus: 408)
            case is CancellationError:
                SemanticTimelineError(.overloaded, "the service is stopping", retryAfterSeconds: 5)
            default: SemanticTimelineError(error)
            }
        if shown.status.code >= 500 {
            context.logger.error(
                "failed",
                metadata: [
                    "code": "\(shown.code.rawValue)", "reason": "\(shown.message)",
                    "underlying": "\(shown.underlying ?? "")",
                ])
        }
        var headers = HTTPFields()
        if error is SlowRequest || error is HTTPParserError { headers[.connection] = "close" }
        if let seconds = shown.retryAfterSeconds { headers[.retryAfter] = "\(seconds)" }
        if shown.code == .authRequired { headers[.wwwAuthenticate] = "Bearer" }
        if let allowed = shown.allowedMethods { headers[.allow] = allowed }
        let body = ErrorResponse(shown)
        return (try? JSONResponse.make(body, status: shown.status, headers: headers))
            ?? Response(status: shown.status, headers: headers)
    }

    /// A caller's own id, if it is short and plain.
    private static func usable(_ id: String?) -> String? {
        guard let id, (1...128).contains(id.utf8.count),
            id.utf8.allSatisfy({ (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "\"") })
        else { return nil }
        return id
    }
}

extension HTTPField.Name {
    static let requestID = HTTPField.Name(known: "X-Request-Id")
    static let contentTypeOptions = HTTPField.Name(known: "X-Content-Type-Options")
    static let referrerPolicy = HTTPField.Name(known: "Referrer-Policy")
    static let tenantID = HTTPField.Name(known: "X-Tenant-Id")
    static let tenantEnv = HTTPField.Name(known: "X-Env")
    static let userID = HTTPField.Name(known: "X-User-Id")
    static let prefer = HTTPField.Name(known: "Prefer")
    static let preferenceApplied = HTTPField.Name(known: "Preference-Applied")
    static let lastEventID = HTTPField.Name(known: "Last-Event-ID")

    /// A name that is known to be legal.
    private init(known name: String) {
        guard let field = HTTPField.Name(name) else { preconditionFailure("\(name) is no header name") }
        self = field
    }
}
