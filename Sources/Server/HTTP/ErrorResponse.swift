import HTTPTypes
import Hummingbird
import SemanticTimeline
import TimelineModel

/// The one form of every error: `{"error": {code, message, http_status, resource_kind, details}}`.
struct ErrorResponse: Encodable {
    struct Body: Encodable {
        var code: String
        var message: String
        var httpStatus: Int
        var resourceKind: String?
        var details: [String: JSONValue]

        enum CodingKeys: String, CodingKey {
            case code
            case message
            case httpStatus = "http_status"
            case resourceKind = "resource_kind"
            case details
        }
    }

    var error: Body

    init(_ error: SemanticTimelineError) {
        var details: [String: JSONValue] = [:]
        if let field = error.field { details["field"] = .string(field) }
        if let seconds = error.retryAfterSeconds { details["retry_after_seconds"] = .integer(Int64(seconds)) }
        self.error = Body(
            code: error.code.rawValue, message: error.message, httpStatus: error.status.code,
            resourceKind: error.resourceKind, details: details)
    }
}

extension SemanticTimelineError {
    /// The one place where codes become statuses.
    var status: HTTPResponse.Status {
        if let httpStatus { return HTTPResponse.Status(code: httpStatus) }
        return switch code {
        case .validation: .badRequest
        case .tenantMismatch: .forbidden
        case .authRequired: .unauthorized
        case .mediaNotFound, .audioNotFound, .timelineNotFound, .clipNotFound, .jobNotFound: .notFound
        case .mediaTooLarge: .contentTooLarge
        case .unsupportedMedia: .unsupportedMediaType
        case .analyzeFailed, .internalError: .internalServerError
        case .fetchFailed: .badGateway
        case .backendUnavailable: .serviceUnavailable
        case .overloaded: .tooManyRequests
        }
    }

    /// What a failure of the framework means to a caller.
    init(framework error: HTTPError) {
        switch error.status {
        case .notFound:
            self.init(.mediaNotFound, "no such route", resourceKind: "route")
        case .contentTooLarge:
            self.init(.mediaTooLarge, "the body is too large")
        default:
            self.init(
                error.status.code < 500 ? .validation : .internalError, error.body ?? "the request cannot be served",
                httpStatus: error.status.code)
        }
    }
}
