import AsyncHTTPClient
import NIOHTTP1

extension S3Client {
    /// S3 takes so many parts of one object.
    private static let maximumParts: Int64 = 10_000

    /// How large the parts of an object are: so many bytes, or more when there would be too many parts.
    package static func partBytes(of size: Int64, atLeast least: Int64) -> Int64 {
        let needed = size / maximumParts + (size % maximumParts == 0 ? 0 : 1)
        guard needed > least else { return least }
        let unit: Int64 = 1 << 20
        return (needed / unit + (needed % unit == 0 ? 0 : 1)) * unit
    }

    /// Puts an object in parts, one after the other, so that only one is in memory. What is not finished is undone.
    ///
    /// - Parameter read: gives the bytes of a range.
    func putInParts(
        _ key: String, size: Int64, partBytes: Int64, read: (Range<Int64>) async throws -> [UInt8]
    ) async throws {
        let upload = try await beginKnowingly(key)
        do {
            try Task.checkCancellation()
            var etags: [String] = []
            var position: Int64 = 0
            while position < size {
                let end = min(position + partBytes, size)
                let bytes = try await read(position..<end)
                etags.append(try await putPart(etags.count + 1, of: upload, key, bytes))
                position = end
            }
            try await complete(upload, key, etags, size: size)
        } catch {
            // Also when this task is cancelled: parts that nobody finishes are paid for.
            await Task { try? await abort(upload, key) }.value
            throw error
        }
    }

    /// Begins an upload. When this task is cancelled meanwhile, it waits a little for the answer: without it, nobody could
    /// undo what was begun.
    private func beginKnowingly(_ key: String) async throws -> String {
        try Task.checkCancellation()
        let answer = Task { try await begin(key) }
        return try await withTaskCancellationHandler {
            try await answer.value
        } onCancel: {
            Task {
                try? await Task.sleep(for: .seconds(2))
                answer.cancel()
            }
        }
    }

    private func begin(_ key: String) async throws -> String {
        let request = Request(method: .POST, key: key, query: [(name: "uploads", value: "")])
        return try await send(request) { response in
            let document = try S3Document(try await Self.body(of: response))
            guard let upload = document.text("UploadId"), !upload.isEmpty else {
                throw S3Failure(malformed: "the answer names no upload")
            }
            return upload
        }
    }

    private func putPart(_ number: Int, of upload: String, _ key: String, _ bytes: [UInt8]) async throws -> String {
        let query = [(name: "partNumber", value: String(number)), (name: "uploadId", value: upload)]
        return try await send(Request(method: .PUT, key: key, query: query, body: bytes)) { response in
            _ = try await Self.body(of: response)
            guard let etag = response.headers.first(name: "etag"), !etag.isEmpty else {
                throw S3Failure(malformed: "the answer lacks the part's tag")
            }
            return etag
        }
    }

    private func complete(_ upload: String, _ key: String, _ etags: [String], size: Int64) async throws {
        var xml = "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
        for (index, etag) in etags.enumerated() {
            xml += "<Part><PartNumber>\(index + 1)</PartNumber><ETag>\(Self.escaped(etag))</ETag></Part>"
        }
        xml += "</CompleteMultipartUpload>"
        let query = [(name: "uploadId", value: upload)]
        let request = Request(method: .POST, key: key, query: query, body: Array(xml.utf8))
        do {
            try await send(request) { response in
                // It answers 200 before it knows, so that the connection stays alive meanwhile.
                let document = try S3Document(try await Self.body(of: response))
                if document.name == "Error" { throw S3Failure(status: 200, code: document.errorCode) }
                guard document.name == "CompleteMultipartUploadResult" else {
                    throw S3Failure(malformed: "the answer does not tell whether the upload is complete")
                }
            }
        } catch let failure as S3Failure where failure.code == "NoSuchUpload" {
            // Then an earlier try succeeded whose answer got lost, or somebody aborted the upload.
            guard let object = try await headIfPresent(key), object.sizeBytes == size,
                object.etag.hasSuffix("-\(etags.count)\"")
            else { throw S3Failure(status: 400, code: failure.code) }
        }
    }

    private func abort(_ upload: String, _ key: String) async throws {
        let query = [(name: "uploadId", value: upload)]
        _ = try await send(Request(method: .DELETE, key: key, query: query)) { try await Self.body(of: $0) }
    }

    /// Keys of uploads that were begun and neither finished nor undone.
    package func unfinishedUploads(prefix: String) async throws -> [String] {
        let query = [(name: "uploads", value: ""), (name: "prefix", value: prefix)]
        return try await send(Request(method: .GET, query: query)) { response in
            let document = try S3Document(try await Self.body(of: response))
            return document.children.filter { $0.name == "Upload" }.compactMap { $0.text("Key") }
        }
    }

    private static func escaped(_ text: String) -> String {
        var escaped = ""
        for character in text {
            switch character {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            default: escaped.append(character)
            }
        }
        return escaped
    }
}
