import Analysis
import Files
import Foundation
import Library
import Media
import TimelineModel

/// What a caller is told when something cannot be done: a stable code and a sentence without paths.
public struct SemanticTimelineError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The codes on the wire.
    public enum Code: String, Sendable, Hashable, Codable, CaseIterable {
        case validation = "validation.error"
        case tenantMismatch = "tenant.mismatch"
        case authRequired = "auth.required"
        case mediaNotFound = "media.not_found"
        case mediaTooLarge = "media.too_large"
        case audioNotFound = "audio.not_found"
        case unsupportedMedia = "audio.unsupported_media"
        case timelineNotFound = "audio.timeline_not_found"
        case clipNotFound = "audio.clip_not_found"
        case analyzeFailed = "audio.analyze_failed"
        case fetchFailed = "audio.fetch_failed"
        case backendUnavailable = "backend.unavailable"
        case jobNotFound = "job.not_found"
        case overloaded
        case internalError = "internal.error"
    }

    public var code: Code
    public var message: String
    /// What the error is about: `asset`, `artifact`, `clip`, …
    public var resourceKind: String?
    /// The request's field that cannot be used.
    public var field: String?
    /// Seconds after which a try may succeed.
    public var retryAfterSeconds: Int?
    /// For logs only; may hold paths.
    public var underlying: String?
    /// The status over HTTP, where it is not the usual one of the code.
    public var httpStatus: Int?
    /// The methods that a route knows, for a method that it does not.
    public var allowedMethods: String?

    public init(
        _ code: Code, _ message: String, resourceKind: String? = nil, field: String? = nil,
        retryAfterSeconds: Int? = nil, underlying: String? = nil, httpStatus: Int? = nil
    ) {
        self.code = code
        self.message = message
        self.resourceKind = resourceKind
        self.field = field
        self.retryAfterSeconds = retryAfterSeconds
        self.underlying = underlying
        self.httpStatus = httpStatus
    }

    public var description: String { "\(code.rawValue): \(message)" }

    /// A field of a request that cannot be used.
    public static func invalid(_ field: String, _ problem: String) -> SemanticTimelineError {
        SemanticTimelineError(.validation, "\(field) \(problem)", field: field)
    }

    /// The one answer for what does not exist and for what belongs to someone else.
    public static func notFound(_ code: Code, _ resourceKind: String) -> SemanticTimelineError {
        SemanticTimelineError(code, "no such \(resourceKind)", resourceKind: resourceKind)
    }
}

extension SemanticTimelineError {
    /// Any failure as a caller is told of it.
    ///
    /// - Parameter error: not a `CancellationError`.
    public init(_ error: any Error) {
        switch error {
        case let error as SemanticTimelineError:
            self = error
        case let error as MediaError:
            self.init(
                Code(rawValue: error.code.wireCode) ?? .analyzeFailed, error.message, resourceKind: "asset",
                underlying: error.underlying)
        case let error as AnalysisError:
            self.init(Code(rawValue: error.code.wireCode) ?? .analyzeFailed, error.message)
        case let error as IdentifierError:
            self.init(.validation, "\(error)", field: error.field.rawValue)
        case let error as SliceError:
            self.init(.validation, "\(error)", resourceKind: "window", httpStatus: 422)
        case let error as LibraryError:
            self.init(error)
        case let error as FileError where error.isFull:
            self.init(LibraryError(error, ""))
        case let error as CocoaError where error.code == .fileWriteOutOfSpace:
            self.init(LibraryError(.unavailable, "the disk is full", underlying: "\(error)"))
        default:
            self.init(.internalError, "something went wrong here", underlying: "\(error)")
        }
    }

    private init(_ error: LibraryError) {
        switch error.code {
        case .conflict: self.init(.validation, error.message, underlying: error.underlying, httpStatus: 409)
        case .missingParent: self.init(.mediaNotFound, error.message, underlying: error.underlying)
        case .unavailable:
            self.init(
                .backendUnavailable, error.message, resourceKind: "library", retryAfterSeconds: 5,
                underlying: error.underlying)
        default: self.init(.internalError, error.message, underlying: error.underlying)
        }
    }
}

/// Runs work; whatever it throws becomes a ``SemanticTimelineError``, or stays a `CancellationError`.
package func translatingErrors<Value>(_ work: () async throws -> Value) async throws -> Value {
    do {
        return try await work()
    } catch let error as CancellationError {
        throw error
    } catch {
        throw SemanticTimelineError(error)
    }
}
