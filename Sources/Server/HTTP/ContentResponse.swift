import Files
import HTTPTypes
import Hummingbird
import Library
import NIOCore
import SemanticTimeline

/// The bytes of an asset or artifact, whole or a range (RFC 9110, section 14), streamed.
enum ContentResponse {
    private static let blockBytes = 256 << 10

    /// - Throws: ``SemanticTimelineError`` `mediaNotFound` when the bytes are gone.
    static func make(
        _ request: Request, content: ContentFacts?, uri: String, scope: Scope, service: SemanticTimelineService
    ) async throws -> Response {
        let file = try await open(content, uri: uri, scope: scope, service: service)
        let size = file.stamp?.size ?? 0
        var headers = HTTPFields()
        headers[.contentType] = "application/octet-stream"
        headers[.acceptRanges] = "bytes"
        let tag = content.flatMap { $0.isStored ? "\"\($0.sha256)\"" : nil }
        if let tag { headers[.eTag] = tag }
        let mayBePart = request.headers[.ifRange].map { $0 == tag } ?? true
        let wanted = mayBePart ? ByteRange.parse(request.headers[.range] ?? "", length: size) : .whole
        switch wanted {
        case .whole:
            return response(file, 0..<size, status: .ok, headers: headers)
        case .part(let range):
            headers[.contentRange] = "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(size)"
            return response(file, range, status: .partialContent, headers: headers)
        case .unsatisfiable:
            headers[.contentType] = nil
            headers[.contentRange] = "bytes */\(size)"
            return Response(status: .rangeNotSatisfiable, headers: headers)
        }
    }

    /// Opens the bytes once: what is swapped or removed later does not change what is sent.
    private static func open(
        _ content: ContentFacts?, uri: String, scope: Scope, service: SemanticTimelineService
    ) async throws -> OpenFile {
        do {
            if let content, content.isStored {
                return try await service.stores.blobs.withFile(content.sha256, in: scope) { path in
                    try await BlockingWork.run { _ in try OpenFile(path: path, for: .reading) }
                }
            }
            let path = try service.fileSources.path(of: uri)
            return try await BlockingWork.run { _ in try service.fileSources.open(path) }
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            throw SemanticTimelineError(
                .mediaNotFound, "the bytes are not there", resourceKind: "content", underlying: "\(error)")
        }
    }

    private static func response(
        _ file: OpenFile, _ range: Range<Int64>, status: HTTPResponse.Status, headers: HTTPFields
    ) -> Response {
        let body = ResponseBody(contentLength: Int(clamping: range.count)) { writer in
            var position = range.lowerBound
            while position < range.upperBound {
                let (start, count) = (position, Int(min(Int64(blockBytes), range.upperBound - position)))
                let block = try await BlockingWork.run { _ in try file.read(at: start, count: count) }
                guard !block.isEmpty else {
                    throw SemanticTimelineError(.internalError, "the bytes end before their end")
                }
                position += Int64(block.count)
                try await writer.write(ByteBuffer(bytes: block))
            }
            try await writer.finish(nil)
        }
        return Response(status: status, headers: headers, body: body)
    }
}
