import HTTPTypes
import Hummingbird
import NIOCore
import SemanticTimeline
import TimelineModel

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Reading JSON bodies.
enum JSONBody {
    /// Most bytes of a JSON body.
    static let limit = 2 << 20

    /// The fields of a JSON body.
    ///
    /// - Throws: ``SemanticTimelineError`` `validation` for anything but an object; `mediaTooLarge`.
    static func fields(of request: Request) async throws -> RequestFields {
        RequestFields(json: try await members(of: request))
    }

    /// The members of a JSON body, for those who read them themselves.
    ///
    /// - Throws: as ``fields(of:)``.
    static func members(of request: Request) async throws -> [String: JSONValue] {
        let type = (request.headers[.contentType] ?? "application/json").lowercased().prefix { $0 != ";" && $0 != " " }
        guard type == "application/json" else {
            throw SemanticTimelineError(
                .validation, "the body must be application/json", field: "content-type", httpStatus: 415)
        }
        var bytes: [UInt8] = []
        for try await buffer in request.body {
            guard bytes.count + buffer.readableBytes <= limit else {
                throw SemanticTimelineError(.mediaTooLarge, "the body is larger than \(limit) bytes")
            }
            bytes += buffer.readableBytesView
        }
        guard let members = value(bytes)?.members else {
            throw SemanticTimelineError(.validation, "the body must be a JSON object", field: "body")
        }
        return members
    }

    /// Any JSON; nil for bytes that are none.
    static func value(_ bytes: [UInt8]) -> JSONValue? {
        try? TimelineJSON.decode(JSONValue.self, from: Data(bytes))
    }
}

/// Writing JSON bodies.
enum JSONResponse {
    static func make(
        _ value: some Encodable, status: HTTPResponse.Status = .ok, headers: HTTPFields = [:]
    ) throws -> Response {
        response(try bytes(value), status: status, headers: headers)
    }

    static func bytes(_ value: some Encodable) throws -> [UInt8] { [UInt8](try TimelineJSON.encode(value)) }

    static func response(
        _ bytes: [UInt8], status: HTTPResponse.Status = .ok, headers: HTTPFields = [:]
    ) -> Response {
        var headers = headers
        headers[.contentType] = "application/json"
        return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }
}
