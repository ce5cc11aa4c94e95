import Foundation
import HTTPTypes
import Hummingbird
import SemanticTimeline
import Server
import TestSupport
import Testing
import TimelineModel

@Suite("Operation: health, metrics, the description, and what no route knows", .timeLimit(.minutes(5)))
struct OperationTests {
    @Test("Health and readiness answer without a tenant; readiness says what analyses are made with")
    func health() async throws {
        let app = try TestApp()
        try await app.test { client in
            let nobody = client.from(tenant: nil, env: nil)
            #expect(try await nobody(.get, "/health").text == #"{"status":"ok"}"#)
            let ready = try await nobody(.get, "/ready")
            #expect(ready.status == 200 && ready["status"]?.text == "ready")
            #expect(ready["backend_info", "dependencies", "ffmpeg"] != nil)
        }
    }

    @Test("Metrics count requests by route, not by id, and analyses by hit and miss")
    func metrics() async throws {
        let app = try TestApp()
        try await app.harness.addAsset("secret-asset")
        try await app.test { client in
            _ = try await client(.get, "/media-v2/assets/secret-asset")
            _ = try await client(.get, "/nowhere/at/all")
            let text = try await client.from(tenant: nil, env: nil)(.get, "/metrics").text
            #expect(text.contains("http_requests_total{"))
            #expect(text.contains("route=\"/media-v2/assets/{id}\""))
            #expect(text.contains("http_request_duration_seconds_bucket"))
            #expect(text.contains("analyses_running 0"))
            #expect(!text.contains("secret-asset") && !text.contains("t1"))
        }
    }

    @Test("A request's id comes back; an unusable one is replaced")
    func requestIDs() async throws {
        let app = try TestApp()
        try await app.test { client in
            let name = HTTPField.Name("X-Request-Id") ?? .from
            #expect(try await client(.get, "/health", headers: [name: "abc-1"]).headers[name] == "abc-1")
            let long = String(repeating: "x", count: 200)
            let made = try await client(.get, "/health", headers: [name: long]).headers[name]
            #expect(made != nil && made != long)
        }
    }

    @Test("An unknown route is a 404, a method that a route does not know a 405 with those it does")
    func unknown() async throws {
        let app = try TestApp()
        try await app.test { client in
            let lost = try await client(.get, "/nothing")
            #expect(lost.status == 404 && lost.error["resource_kind"]?.text == "route")
            let wrong = try await client(.put, "/media-v2/assets/a1")
            #expect(wrong.status == 405 && wrong.headers[.allow] == "DELETE, GET, HEAD")
            #expect(wrong.code == "validation.error")
            #expect(try await client(.get, "/audio/semantic-timeline/analyze").status != 500)
        }
    }

    @Test("A body of another type is a 415, one beyond the limit a 413")
    func bodies() async throws {
        let app = try TestApp()
        try await app.test { client in
            let text = try await client(
                .post, "/audio/semantic-timeline/analyze", headers: [.contentType: "text/plain"], bytes: [0x7B, 0x7D])
            #expect(text.status == 415)
            let big = Array("{\"asset_id\": \"".utf8) + [UInt8](repeating: 0x61, count: 3 << 20) + Array("\"}".utf8)
            let large = try await client(
                .post, "/audio/semantic-timeline/analyze", headers: [.contentType: "application/json"], bytes: big)
            #expect(large.status == 413 && large.code == "media.too_large")
        }
    }

    @Test("The description has every route that there is, and no other")
    func openAPI() async throws {
        let harness = try ServiceHarness()
        let router = CuelineServer.router(
            service: harness.service, tenancy: Tenancy(authenticator: nil), metrics: PrometheusRegistry(),
            completesMethods: false)
        let there = Set(
            router.routes.map { route in
                let path = route.path.description.split(separator: "/").map { part in
                    part.hasPrefix(":") ? "{\(part.dropFirst())}" : String(part)
                }.joined(separator: "/")
                return "\(route.method.rawValue.lowercased()) /\(path)"
            })
        let document = try TimelineJSON.decode(JSONValue.self, from: Data(OpenAPI.document))
        var described: Set<String> = []
        for (path, item) in document.members?["paths"]?.members ?? [:] {
            for method in (item.members ?? [:]).keys
            where ["get", "post", "put", "patch", "delete"].contains(method) {
                described.insert("\(method) \(path)")
            }
        }
        #expect(there == described)
        #expect(there.count > 35)
    }
}
