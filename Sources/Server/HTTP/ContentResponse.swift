import Files
import HTTPTypes
import Hummingbird
import Library
import NIOCore
import SemanticTimeline

/// The bytes of an asset or artifact, whole or a range (RFC 9110, section 14), streamed.
enum ContentResponse {
    /// - Throws: ``SemanticTimelineError`` `mediaNotFound` when the bytes are gone.
    static func make(
        _ request: Request, content: ContentFacts?, uri: String, scope: Scope, service: SemanticTimelineService
    ) async throws -> Response {
        let wantsRedirection = try request.query.bool("redirect", default: false)
        if wantsRedirection, let content, content.isStored, let bucket = service.stores.blobs as? S3BlobStore {
            return try await redirect(to: content.sha256, in: bucket, scope: scope)
        }
        let bytes = try await open(
            content, uri: uri, scope: scope, service: service,
            isWhole: request.method != .head && request.headers[.range] == nil)
        let size = bytes.size
        var headers = HTTPFields()
        headers[.contentType] = "application/octet-stream"
        headers[.acceptRanges] = "bytes"
        // What strangers sent is saved, never shown.
        headers[.contentDisposition] = "attachment"
        let tag = content.flatMap { $0.isStored ? "\"\($0.sha256)\"" : nil }
        if let tag { headers[.eTag] = tag }
        let mayBePart = request.headers[.ifRange].map { $0 == tag } ?? true
        let wanted = mayBePart ? ByteRange.parse(request.headers[.range] ?? "", length: size) : .whole
        switch wanted {
        case .whole:
            return response(bytes, 0..<size, status: .ok, headers: headers)
        case .part(let range):
            headers[.contentRange] = "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(size)"
            return response(bytes, range, status: .partialContent, headers: headers)
        case .unsatisfiable:
            headers[.contentType] = nil
            headers[.contentRange] = "bytes */\(size)"
            return Response(status: .rangeNotSatisfiable, headers: headers)
        }
    }

    /// Up to so many bytes are compared with their digest before any part of them is sent.
    private static let verifiedBytes: Int64 = 64 << 20
    /// For how long a URL that a client is sent to is good.
    private static let redirectSeconds = 900

    private static func redirect(to sha256: String, in bucket: S3BlobStore, scope: Scope) async throws -> Response {
        let url = try bucket.downloadURL(sha256, in: scope, expires: .seconds(redirectSeconds))
        return Response(
            status: .temporaryRedirect,
            headers: [.location: url])
    }

    /// Bytes that are sent in blocks.
    private enum Source: Sendable {
        case file(OpenFile)
        /// A blob that is somewhere else: of a part of it, no more is fetched than that.
        case blob(any BlobStore, ContentFacts, Scope)
        case object(size: Int64, read: @Sendable (Range<Int64>) async throws -> [UInt8])

        var size: Int64 {
            switch self {
            case .file(let file): file.stamp?.size ?? 0
            case .blob(_, let content, _): content.sizeBytes
            case .object(let size, _): size
            }
        }

        func read(at start: Int64, count: Int) async throws -> [UInt8] {
            switch self {
            case .file(let file): try await BlockingWork.run { _ in try file.read(at: start, count: count) }
            case .blob(let store, let content, let scope):
                try await store.read(content.sha256, in: scope, range: start..<(start + Int64(count)))
            case .object(_, let read): try await read(start..<(start + Int64(count)))
            }
        }

        var blockBytes: Int {
            switch self {
            case .file: 256 << 10
            case .blob, .object: 4 << 20
            }
        }
    }

    /// Opens the bytes once: what is swapped or removed later does not change what is sent.
    private static func open(
        _ content: ContentFacts?, uri: String, scope: Scope, service: SemanticTimelineService, isWhole: Bool
    ) async throws -> Source {
        do {
            if let content, content.isStored {
                let blobs = service.stores.blobs
                if let bucket = blobs as? S3BlobStore {
                    // Whether it is there shows before an answer is begun.
                    _ = try await bucket.read(content.sha256, in: scope, range: 0..<0)
                    return .blob(bucket, content, scope)
                }
                // What a disk made of them is not sent under the name of what they were. A part of a large one does not wait
                // for the whole of it to be read.
                if isWhole || content.sizeBytes <= Self.verifiedBytes {
                    _ = try await blobs.verify(content.sha256, in: scope)
                }
                return .file(
                    try await blobs.withFile(content.sha256, in: scope) { path in
                        try await BlockingWork.run { _ in try OpenFile(path: path, for: .reading) }
                    })
            }
            if SemanticTimelineService.isBucketURI(uri) {
                let object = try await service.bucketObject(at: uri, in: scope)
                return .object(size: object.size, read: object.read)
            }
            let path = try service.fileSources.path(of: uri)
            return .file(try await BlockingWork.run { _ in try service.fileSources.open(path) })
        } catch is CancellationError {
            throw CancellationError()
        } catch let error as LibraryError where error.code == .blobDamaged {
            throw SemanticTimelineError(
                .internalError, "the stored bytes are damaged; send them again", resourceKind: "content")
        } catch let error as LibraryError where error.code != .blobMissing {
            throw SemanticTimelineError(error)
        } catch {
            throw SemanticTimelineError(
                .mediaNotFound, "the bytes are not there", resourceKind: "content", underlying: "\(error)")
        }
    }

    private static func response(
        _ source: Source, _ range: Range<Int64>, status: HTTPResponse.Status, headers: HTTPFields
    ) -> Response {
        let body = ResponseBody(contentLength: Int(clamping: range.count)) { writer in
            var position = range.lowerBound
            while position < range.upperBound {
                let (start, count) = (position, Int(min(Int64(source.blockBytes), range.upperBound - position)))
                let block = try await source.read(at: start, count: count)
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
