import AsyncHTTPClient
import Crypto
import Files
import NIOCore
import NIOHTTP1

/// Asks a service that speaks S3 for objects of one bucket ("Amazon S3 API Reference", actions by these names).
///
/// Every body is signed by its SHA-256. What fails for no lasting reason is tried again.
package struct S3Client: Sendable {
    /// A request before it is signed.
    struct Request {
        var method: HTTPMethod
        var key = ""
        var query: [(name: String, value: String)] = []
        var headers: [(name: String, value: String)] = []
        var body: [UInt8] = []
        /// SHA-256 of the body; nil when it is not known yet.
        var bodySHA256: String?
    }

    /// Answers that are no object's are not longer.
    private static let longestAnswer = 1 << 23

    let location: S3Location
    let retries: S3Retries
    private let signature: SignatureV4
    private let transport: S3Transport

    package init(_ location: S3Location, retries: S3Retries = S3Retries()) {
        self.init(location, retries: retries, transport: S3Transport(retries: retries))
    }

    private init(_ location: S3Location, retries: S3Retries, transport: S3Transport) {
        self.location = location
        self.retries = retries
        self.transport = transport
        signature = SignatureV4(credentials: location.credentials, region: location.region)
    }

    /// The same service over the same connections, another bucket.
    func with(bucket: String) throws -> S3Client {
        S3Client(try location.with(bucket: bucket), retries: retries, transport: transport)
    }

    /// Closes all connections; requests fail from here on.
    package func close() async { await transport.close() }

    // MARK: - Objects

    /// What there is of a key.
    ///
    /// - Throws: ``S3Failure``, as all else here; `CancellationError`.
    package func head(_ key: String) async throws -> S3Object {
        try await send(Request(method: .HEAD, key: key)) { response in
            // It is empty, but its end frees the connection.
            _ = try await Self.body(of: response)
            return try S3Object(response.headers)
        }
    }

    /// Nil when there is nothing.
    func headIfPresent(_ key: String) async throws -> S3Object? {
        do {
            return try await head(key)
        } catch let failure as S3Failure where failure.isMissing {
            return nil
        }
    }

    /// Puts bytes under a key, in place of what is there.
    ///
    /// - Parameter sha256: of the bytes, when it is known.
    package func put(_ key: String, _ bytes: [UInt8], sha256: String? = nil) async throws {
        let request = Request(method: .PUT, key: key, body: bytes, bodySHA256: sha256)
        _ = try await send(request) { try await Self.body(of: $0) }
    }

    /// Removes what is under a key; nothing when there is nothing.
    package func delete(_ key: String) async throws {
        do {
            _ = try await send(Request(method: .DELETE, key: key)) { try await Self.body(of: $0) }
        } catch let failure as S3Failure where failure.isMissing {}
    }

    /// Makes the bucket, where the service puts it by itself; nothing when it is this account's already.
    package func makeBucket() async throws {
        do {
            _ = try await send(Request(method: .PUT)) { try await Self.body(of: $0) }
        } catch let failure as S3Failure where failure.code == "BucketAlreadyOwnedByYou" {}
    }

    /// An address under which anybody may do something with a key until it expires.
    ///
    /// - Parameter expires: one second to a week.
    package func presignedURL(_ method: String, _ key: String, expires: Duration) throws -> String {
        let seconds = expires.components.seconds
        guard (1...604_800).contains(seconds) else {
            throw LibraryError(.inputOutput, "an address lasts for one second to a week")
        }
        let path = location.path(of: key)
        let request = SignatureV4.Request(
            method: method, path: path, headers: [("host", location.host)], payload: SignatureV4.unsignedPayload)
        let query = signature.presignedQuery(of: request, at: transport.now, seconds: Int(seconds))
        return location.scheme + "://" + location.host + path + "?" + query
    }

    /// The address and the fields of a form that puts an object under a key.
    func uploadForm(_ key: String, most: Int64, expires: Duration) -> (url: String, fields: [String: String]) {
        let now = transport.now
        let end = Timestamp(millisecondsSince1970: now.millisecondsSince1970 + expires.components.seconds * 1000)
        let fields = signature.uploadFields(
            [("bucket", location.bucket), ("key", key)], most: most, at: now, until: end)
        var path = location.path(of: "")
        if path.hasSuffix("/"), path.utf8.count > 1 { path.removeLast() }
        return (location.scheme + "://" + location.host + path, fields)
    }

    // MARK: - Requests

    /// Makes a request as often as it takes, and takes the answer.
    ///
    /// - Parameter receive: is given successful answers only; takes the body before it returns.
    func send<Value>(_ request: Request, _ receive: (HTTPClientResponse) async throws -> Value) async throws -> Value {
        var attempts = S3Attempts(retries)
        while true {
            do {
                return try await sendOnce(request, receive)
            } catch let failure as S3Failure {
                try await attempts.wait(after: failure)
            }
        }
    }

    /// Makes a request once.
    ///
    /// - Throws: ``S3Failure``; `CancellationError`; what `receive` throws that is not of the connection.
    func sendOnce<Value>(
        _ request: Request, _ receive: (HTTPClientResponse) async throws -> Value
    ) async throws -> Value {
        try Task.checkCancellation()
        let response = try await transport.execute(signed(request))
        guard (200..<300).contains(response.status.code) else {
            let body = try? await Self.body(of: response)
            let code = body.flatMap { try? S3Document($0) }?.errorCode
            if response.status == .forbidden, transport.adopt(clockLeadMs: response.headers.clockLeadMs) {
                throw S3Failure(transport: "the clocks differ")
            }
            throw S3Failure(
                status: Int(response.status.code), code: code, retryAfter: Self.retryAfter(response.headers))
        }
        return try await receive(response)
    }

    private func signed(_ request: Request) -> HTTPClientRequest {
        let now = transport.now
        let path = location.path(of: request.key)
        let sha256 = request.bodySHA256 ?? hexadecimal(SHA256.hash(data: request.body))
        var headers = request.headers
        headers.append(("host", location.host))
        headers.append(("x-amz-content-sha256", sha256))
        headers.append(("x-amz-date", S3Date.basic(now)))
        if let token = location.credentials.sessionToken { headers.append(("x-amz-security-token", token)) }
        let signable = SignatureV4.Request(
            method: request.method.rawValue, path: path, query: request.query, headers: headers, payload: sha256)
        headers.append(("authorization", signature.authorization(of: signable, at: now)))
        let query = request.query.isEmpty ? "" : "?" + SignatureV4.canonicalQuery(request.query)
        var signed = HTTPClientRequest(url: location.scheme + "://" + location.host + path + query)
        signed.method = request.method
        signed.headers = HTTPHeaders(headers.map { ($0.name, $0.value) })
        // An empty body has a length, too, which servers ask for.
        if request.method == .PUT || request.method == .POST { signed.body = .bytes(ByteBuffer(bytes: request.body)) }
        return signed
    }

    /// The whole body of an answer that is not long.
    static func body(of response: HTTPClientResponse) async throws -> [UInt8] {
        do {
            return Array((try await response.body.collect(upTo: longestAnswer)).readableBytesView)
        } catch is NIOTooManyBytesError {
            throw S3Failure(malformed: "the answer is too long")
        } catch {
            throw S3Transport.failure(error)
        }
    }

    /// Only seconds: dates would be the server's clock against ours.
    private static func retryAfter(_ headers: HTTPHeaders) -> Duration? {
        guard let seconds = headers.first(name: "retry-after").flatMap(Int64.init), (0...86_400).contains(seconds)
        else {
            return nil
        }
        return .seconds(seconds)
    }
}
