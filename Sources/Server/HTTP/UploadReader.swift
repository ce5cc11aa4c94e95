import HTTPTypes
import Hummingbird
import Library
import NIOCore
import SemanticTimeline

/// A form that was received: its text fields, and perhaps a file that waits to be published.
struct Upload: Sendable {
    var fields: RequestFields
    fileprivate var file: (any StagedBlob)?

    var hasFile: Bool { file != nil }

    /// Makes the file's bytes durable in a scope.
    func publish(in scope: Scope) async throws -> ContentFacts {
        guard let file else { throw SemanticTimelineError.invalid("file", "is required") }
        return try await file.publish(in: scope)
    }
}

/// Receives `multipart/form-data`: the part `file` streams to disk with a running digest, the others are fields.
struct UploadReader: Sendable {
    let blobs: any BlobStore
    /// Most bytes of a file.
    let limit: Int64

    static func isMultipart(_ request: Request) -> Bool {
        request.headers[.contentType]?.lowercased().hasPrefix("multipart/") == true
    }

    /// Receives a form and gives it to a closure; the file is forgotten unless the closure publishes it.
    ///
    /// - Throws: ``SemanticTimelineError`` `validation` for a malformed form, `mediaTooLarge`; what `body` throws.
    func receive<Value>(_ request: Request, _ body: (Upload) async throws -> Value) async throws -> Value {
        // A body that says that it is too large need not be read.
        if let length = request.headers[.contentLength].flatMap({ Int64($0) }), length > limit + (1 << 20) {
            throw tooLarge
        }
        let staged = Staged()
        do {
            let upload = try await read(request, staged: staged)
            let value = try await body(upload)
            await staged.blob?.discard()
            return value
        } catch {
            await staged.blob?.discard()
            throw Self.translated(error)
        }
    }

    /// Remembers the file of a form that is being read, so that it is forgotten when reading fails.
    private final class Staged {
        var blob: (any StagedBlob)?
    }

    private func read(_ request: Request, staged: Staged) async throws -> Upload {
        let boundary = try MultipartReader<RequestBody>.boundary(of: request.headers[.contentType] ?? "")
        var reader = MultipartReader(request.body, boundary: boundary)
        var fields: [String: [String]] = [:]
        var room = JSONBody.limit
        while let part = try await reader.nextPart() {
            guard let name = part.name else { continue }
            if name == "file" {
                guard staged.blob == nil else { throw SemanticTimelineError.invalid("file", "is there twice") }
                let blob = try await blobs.stage()
                staged.blob = blob
                var size: Int64 = 0
                while let chunk = try await reader.nextChunk() {
                    size += Int64(chunk.readableBytes)
                    guard size <= limit else { throw tooLarge }
                    try await blob.append([UInt8](chunk.readableBytesView))
                }
            } else {
                let text = try await reader.collect(upTo: room)
                room -= text.readableBytes
                guard let value = String(validating: text.readableBytesView, as: UTF8.self) else {
                    throw SemanticTimelineError.invalid(name, "must be UTF-8")
                }
                fields[name, default: []].append(value)
            }
        }
        return Upload(fields: RequestFields(text: fields), file: staged.blob)
    }

    private var tooLarge: SemanticTimelineError {
        SemanticTimelineError(.mediaTooLarge, "the file is larger than \(limit) bytes", field: "file")
    }

    private static func translated(_ error: any Error) -> any Error {
        guard let error = error as? MultipartError else { return error }
        return SemanticTimelineError(.validation, error.message, field: "body")
    }
}
