import HTTPTypes
import Library
import SemanticTimeline
import TestSupport
import Testing
import TimelineModel

@Suite("Every route, asked by its owner and by everybody else", .timeLimit(.minutes(5)))
struct TenancyMatrixTests {
    /// A route with an id in it, and a body where it needs one.
    struct Route: Sendable, CustomStringConvertible {
        var method: HTTPRequest.Method
        var uri: String
        var json: String?
        var status = 200

        var description: String { "\(method) \(uri)" }
    }

    /// `%ID` stands for the thing's id; what deletes comes last.
    static let routes: [(kind: String, route: Route)] = [
        ("asset", Route(method: .get, uri: "/media-v2/assets/%ID")),
        ("asset", Route(method: .get, uri: "/media-v2/assets/%ID/content")),
        (
            "asset",
            Route(
                method: .post, uri: "/media-v2/assets/%ID/artifacts",
                json: #"{"kind": "stem", "uri": "file:///nowhere"}"#, status: 400)
        ),
        ("timeline", Route(method: .get, uri: "/media-v2/artifacts/%ID")),
        ("timeline", Route(method: .get, uri: "/media-v2/artifacts/%ID/content")),
        ("timeline", Route(method: .get, uri: "/audio/semantic-timeline/%ID")),
        ("timeline", Route(method: .get, uri: "/audio/semantic-timeline/%ID?layout=flat")),
        ("timeline", Route(method: .get, uri: "/audio/semantic-timeline/%ID?format=vtt")),
        ("timeline", Route(method: .get, uri: "/audio/semantic-timeline/%ID?format=srt")),
        ("timeline", Route(method: .get, uri: "/audio/semantic-timeline/%ID/events")),
        ("timeline", Route(method: .get, uri: "/audio/semantic-timeline/%ID/coverage")),
        ("timeline", Route(method: .get, uri: "/audio/semantic-timeline/%ID/nearest?at_ms=5")),
        ("clip", Route(method: .get, uri: "/audio/semantic-timeline/by-clip/%ID")),
        ("asset", Route(method: .post, uri: "/audio/semantic-timeline/analyze", json: #"{"asset_id": "%ID"}"#)),
        (
            "asset",
            Route(
                method: .post, uri: "/audio/to-video-origin",
                json: #"{"sequence": {"tracks": [{"clips": [{"asset_id": "%ID", "start_ms": 0, "duration_ms": 9}]}]}}"#)
        ),
        ("list", Route(method: .get, uri: "/audio/to-video-origin/%ID")),
        ("list", Route(method: .get, uri: "/audio/to-video-origin/%ID?format=otio")),
        ("list", Route(method: .get, uri: "/audio/to-video-origin/%ID?format=edl&frame_rate=25")),
        ("asset", Route(method: .post, uri: "/audio/voice-phrases/detect", json: #"{"asset_id": "%ID"}"#)),
        ("job", Route(method: .get, uri: "/jobs/%ID")),
        ("job", Route(method: .get, uri: "/jobs/%ID/events")),
        ("job", Route(method: .delete, uri: "/jobs/%ID")),
        ("project", Route(method: .get, uri: "/video/projects/%ID")),
        ("project", Route(method: .get, uri: "/video/projects/%ID/sequences")),
        ("project", Route(method: .post, uri: "/video/projects/%ID/sequences", json: "{}", status: 201)),
        ("project", Route(method: .patch, uri: "/video/projects/%ID", json: #"{"title": "x"}"#)),
        ("sequence", Route(method: .get, uri: "/video/sequences/%ID")),
        ("sequence", Route(method: .get, uri: "/video/sequences/%ID/tracks")),
        ("sequence", Route(method: .post, uri: "/video/sequences/%ID/tracks", json: "{}", status: 201)),
        ("sequence", Route(method: .patch, uri: "/video/sequences/%ID", json: #"{"name": "x"}"#)),
        ("track", Route(method: .get, uri: "/video/tracks/%ID")),
        ("track", Route(method: .get, uri: "/video/tracks/%ID/clips")),
        (
            "track",
            Route(
                method: .post, uri: "/video/tracks/%ID/clips",
                json: #"{"asset_id": "asset1", "in_ms": 0, "out_ms": 10}"#, status: 201)
        ),
        ("track", Route(method: .patch, uri: "/video/tracks/%ID", json: #"{"name": "x"}"#)),
        ("clip", Route(method: .get, uri: "/video/clips/%ID")),
        ("clip", Route(method: .patch, uri: "/video/clips/%ID", json: #"{"label": "x"}"#)),
        ("clip", Route(method: .delete, uri: "/video/clips/%ID", status: 204)),
        ("track", Route(method: .delete, uri: "/video/tracks/%ID", status: 204)),
        ("sequence", Route(method: .delete, uri: "/video/sequences/%ID", status: 204)),
        ("project", Route(method: .delete, uri: "/video/projects/%ID", status: 204)),
        ("asset", Route(method: .delete, uri: "/media-v2/assets/%ID", status: 204)),
    ]

    @Test("Other tenants, other envs and unknown ids get the same 404, byte for byte; the owner gets the thing")
    func matrix() async throws {
        let app = try TestApp()
        let harness = app.harness
        try await harness.addAsset("asset1")
        try await harness.addClip("clip1", asset: "asset1", inMs: 0, outMs: 2000)
        let timeline = try await harness.service.analyze(harness.request("asset1", user: nil))
        try await app.test { client in
            let started = try await client(
                .post, "/audio/semantic-timeline/analyze", json: #"{"asset_id": "asset1", "force": true}"#,
                headers: [.init("Prefer") ?? .from: "respond-async"])
            #expect(started.status == 202)
            let clip = #"{"asset_id": "asset1", "start_ms": 0, "duration_ms": 9}"#
            let list = try await client(
                .post, "/audio/to-video-origin", json: #"{"sequence": {"tracks": [{"clips": [\#(clip)]}]}}"#)
            let job = started["id"]?.text ?? ""
            let ids = [
                "asset": "asset1", "timeline": timeline.artifactID, "clip": "clip1", "job": job, "project": "project",
                "sequence": "sequence", "track": "track", "list": list["meta", "artifact_id"]?.text ?? "",
            ]
            var covered: Set<String> = []
            for (kind, route) in Self.routes {
                func ask(_ client: TestApp.Client, _ id: String) async throws -> TestApp.Answer {
                    var answer = try await client(
                        route.method, route.uri.replacing("%ID", with: id),
                        json: route.json?.replacing("%ID", with: id))
                    answer.headers[.init("X-Request-Id") ?? .from] = nil
                    return answer
                }
                let id = try #require(ids[kind])
                let unknown = try await ask(client, "nothing1")
                #expect(unknown.status == 404, "\(route)")
                #expect(unknown.code?.hasSuffix("not_found") == true, "\(route)")
                #expect(unknown.error["resource_kind"]?.text != nil, "\(route)")
                for other in [client.from(tenant: "t2", env: "dev"), client.from(tenant: "t1", env: "prod")] {
                    #expect(try await ask(other, id) == unknown, "\(route)")
                }
                let own = try await ask(client, id)
                #expect(own.status == route.status, "\(route): \(own.text)")
                covered.insert("\(route.method) \(route.uri.prefix { $0 != "?" })")
            }
            #expect(covered.count == 36)
        }
    }

    @Test("Lists show what is in the scope, and nothing else")
    func lists() async throws {
        let app = try TestApp()
        try await app.harness.addAsset("asset1")
        try await app.harness.addClip("clip1", asset: "asset1", inMs: 0, outMs: 10)
        try await app.test { client in
            for (uri, name) in [("/media-v2/assets", "assets"), ("/video/projects", "projects")] {
                func count(_ client: TestApp.Client) async throws -> Int? {
                    let answer = try await client(.get, uri)
                    guard case .array(let items)? = answer[name] else { return nil }
                    return items.count
                }
                let own = try await count(client)
                #expect(own == 1)
                #expect(try await count(client.from(tenant: "t2", env: "dev")) == 0)
                #expect(try await count(client.from(tenant: "t1", env: "prod")) == 0)
            }
        }
    }
}
