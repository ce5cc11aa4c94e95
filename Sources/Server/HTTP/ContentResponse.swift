import Files
import HTTPTypes
import Hummingbird
import Library
import NIOCore
import SemanticTimeline

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The bytes of an asset or artifact, whole or a range (RFC 9110, section 14), streamed.
enum ContentResponse {
    private static let blockBytes = 256 << 10

    /// - Throws: ``SemanticTimelineError`` `mediaNotFound` when the bytes are gone.
    static func make(
        _ request: Request, content: ContentFacts?, uri: String, scope: Scope, service: SemanticTimelineService
    ) async throws -> Response {
        let gone = SemanticTimelineError(.mediaNotFound, "the bytes are not there", resourceKind: "content")
        let size: Int64
        let source: Source
        if let content, content.isStored {
            size = content.sizeBytes
            source = .blob(content.sha256, scope, service.stores.blobs)
        } else {
            guard let path = try? service.fileSources.path(of: uri), let stamp = FileStamp(path: path) else {
                throw gone
            }
            size = stamp.size
            source = .file(path)
        }
        var headers = HTTPFields()
        headers[.contentType] = "application/octet-stream"
        headers[.acceptRanges] = "bytes"
        let tag = content.flatMap { $0.isStored ? "\"\($0.sha256)\"" : nil }
        if let tag { headers[.eTag] = tag }
        let mayBePart = request.headers[.ifRange].map { $0 == tag } ?? true
        let wanted = mayBePart ? ByteRange.parse(request.headers[.range] ?? "", length: size) : .whole
        switch wanted {
        case .whole:
            return response(source, 0..<size, status: .ok, headers: headers)
        case .part(let range):
            headers[.contentRange] = "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(size)"
            return response(source, range, status: .partialContent, headers: headers)
        case .unsatisfiable:
            headers[.contentType] = nil
            headers[.contentRange] = "bytes */\(size)"
            return Response(status: .rangeNotSatisfiable, headers: headers)
        }
    }

    private enum Source: Sendable {
        case blob(String, Scope, any BlobStore)
        case file(String)

        func withPath(_ body: @Sendable (String) async throws -> Void) async throws {
            switch self {
            case .blob(let sha256, let scope, let blobs): try await blobs.withFile(sha256, in: scope, body)
            case .file(let path): try await body(path)
            }
        }
    }

    private static func response(
        _ source: Source, _ range: Range<Int64>, status: HTTPResponse.Status, headers: HTTPFields
    ) -> Response {
        let body = ResponseBody(contentLength: Int(clamping: range.count)) { writer in
            let output = Output(writer)
            try await source.withPath { path in
                var position = range.lowerBound
                while position < range.upperBound {
                    let block = try await Self.block(
                        path, at: position, count: Int(min(Int64(blockBytes), range.upperBound - position)))
                    guard !block.isEmpty else {
                        throw SemanticTimelineError(.internalError, "the bytes end before their end")
                    }
                    position += Int64(block.count)
                    try await output.write(block)
                }
            }
            try await output.finish()
        }
        return Response(status: status, headers: headers, body: body)
    }

    /// Carries the writer into the closure of a file. Invariant: one task uses it.
    private final class Output: @unchecked Sendable {
        private var writer: (any ResponseBodyWriter)?

        init(_ writer: any ResponseBodyWriter) {
            self.writer = writer
        }

        func write(_ bytes: [UInt8]) async throws {
            try await writer?.write(ByteBuffer(bytes: bytes))
        }

        func finish() async throws {
            try await writer?.finish(nil)
            writer = nil
        }
    }

    private static func block(_ path: String, at position: Int64, count: Int) async throws -> [UInt8] {
        try await BlockingWork.run { _ in
            try OpenFile(path: path, for: .reading).read(at: position, count: count)
        }
    }
}
