import AsyncHTTPClient
import NIOHTTP1

extension S3Client {
    /// One object of a listing.
    struct Entry: Sendable, Hashable {
        let key: String
        let lastModified: Timestamp
        /// How far the server's clock is ahead of ours, in milliseconds, at least.
        let clockLeadMs: Int64
    }

    /// Tells a closure of all objects whose keys begin so, a page at a time (ListObjectsV2).
    func list(prefix: String, _ body: ([Entry]) async throws -> Void) async throws {
        var token: String?
        repeat {
            try Task.checkCancellation()
            var query = [("list-type", "2"), ("prefix", prefix)]
            if let token { query.append(("continuation-token", token)) }
            let request = Request(method: .GET, query: query.map { (name: $0.0, value: $0.1) })
            let (document, lead) = try await send(request) { response in
                (try S3Document(try await Self.body(of: response)), response.headers.clockLeadMs)
            }
            guard document.name == "ListBucketResult" else { throw S3Failure(malformed: "the answer is no listing") }
            try await body(
                document.children.filter { $0.name == "Contents" }.map { entry in
                    guard let key = entry.text("Key"), key.hasPrefix(prefix),
                        let lastModified = entry.text("LastModified").flatMap(S3Date.extended)
                    else { throw S3Failure(malformed: "the listing lacks what every object has") }
                    return Entry(key: key, lastModified: lastModified, clockLeadMs: lead)
                })
            guard document.text("IsTruncated") == "true" else { return }
            guard let next = document.text("NextContinuationToken"), !next.isEmpty, next != token else {
                throw S3Failure(malformed: "the listing does not say how it goes on")
            }
            token = next
        } while true
    }
}
