import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Library
import Logging
import NIOCore
import SemanticTimeline
import Server
import TestSupport
import TimelineModel

/// The routes over a library in memory with made-up analyses.
struct TestApp: Sendable {
    let harness: ServiceHarness
    let authenticator: Authenticator?
    let maximumUploadBytes: Int64
    var allowedOrigins: Set<String> = []
    var ownNames: Set<String>?

    init(
        harness: ServiceHarness? = nil, authenticator: Authenticator? = nil, maximumUploadBytes: Int64 = 1 << 20
    ) throws {
        self.harness = try harness ?? ServiceHarness()
        self.authenticator = authenticator
        self.maximumUploadBytes = maximumUploadBytes
    }

    func test<Value: Sendable>(
        _ body: @escaping @Sendable (Client) async throws -> Value
    ) async throws -> Value {
        let router = CuelineServer.router(
            service: harness.service, tenancy: Tenancy(authenticator: authenticator), metrics: PrometheusRegistry(),
            maximumUploadBytes: maximumUploadBytes, allowedOrigins: allowedOrigins, ownNames: ownNames)
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        return try await Application(router: router, logger: logger).test(.router) {
            try await body(Client(client: $0))
        }
    }

    /// Asks as somebody, t1/dev unless said otherwise.
    struct Client: Sendable {
        let client: any TestClientProtocol
        var tenant: String? = "t1"
        var env: String? = "dev"
        var headers: HTTPFields = [:]

        func callAsFunction(
            _ method: HTTPRequest.Method, _ uri: String, json: String? = nil, headers more: HTTPFields = [:],
            bytes: [UInt8]? = nil
        ) async throws -> Answer {
            var fields = headers
            for field in more { fields[field.name] = field.value }
            if let tenant { fields[HTTPField.Name("X-Tenant-Id") ?? .from] = tenant }
            if let env { fields[HTTPField.Name("X-Env") ?? .from] = env }
            if json != nil { fields[.contentType] = "application/json" }
            let body = (bytes ?? json.map { Array($0.utf8) }).map { ByteBuffer(bytes: $0) }
            let response = try await client.execute(uri: uri, method: method, headers: fields, body: body)
            return Answer(
                status: response.status.code, headers: response.headers, bytes: Array(response.body.readableBytesView))
        }

        func from(tenant: String?, env: String?) -> Client {
            var copy = self
            (copy.tenant, copy.env) = (tenant, env)
            return copy
        }
    }

    struct Answer: Sendable, Hashable {
        var status: Int
        var headers: HTTPFields
        var bytes: [UInt8]

        var text: String { String(decoding: bytes, as: UTF8.self) }
        var json: JSONValue { (try? TimelineJSON.decode(JSONValue.self, from: Data(bytes))) ?? .null }
        var error: [String: JSONValue] { json.members?["error"]?.members ?? [:] }
        var code: String? { error["code"]?.text }
        var field: String? { error["details"]?.members?["field"]?.text }

        subscript(_ path: String...) -> JSONValue? {
            path.reduce(Optional(json)) { $0?.members?[$1] }
        }
    }

    /// A form with a file.
    static func form(
        _ fields: [(String, String)], file: [UInt8]? = nil, boundary: String = "X-BOUNDARY"
    ) -> (headers: HTTPFields, bytes: [UInt8]) {
        var bytes: [UInt8] = []
        for (name, value) in fields {
            bytes += Array("--\(boundary)\r\nContent-Disposition: form-data; name=\"\(name)\"\r\n\r\n\(value)\r\n".utf8)
        }
        if let file {
            bytes += Array(
                ("--\(boundary)\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.wav\"\r\n"
                    + "Content-Type: audio/wav\r\n\r\n").utf8)
            bytes += file + Array("\r\n".utf8)
        }
        bytes += Array("--\(boundary)--\r\n".utf8)
        return ([.contentType: "multipart/form-data; boundary=\(boundary)"], bytes)
    }
}
