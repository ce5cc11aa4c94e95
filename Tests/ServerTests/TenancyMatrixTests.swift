import HTTPTypes
import Hummingbird
import Library
import SemanticTimeline
import Server
import TestSupport
import Testing
import TimelineModel

@Suite("Every route that the router has, asked by its owner and by everybody else", .timeLimit(.minutes(5)))
struct TenancyMatrixTests {
    private typealias Route = TenancyMatrix.Route

    /// What the router has: paths with `{}` for what is an id, and their methods.
    private static func routesThatThereAre(_ harness: ServiceHarness) -> Set<String> {
        let router = CuelineServer.router(
            service: harness.service, tenancy: Tenancy(authenticator: nil), metrics: PrometheusRegistry(),
            completesMethods: false)
        return Set(
            router.routes.map { route in
                let parts = route.path.description.split(separator: "/").map {
                    $0.hasPrefix(":") || $0.hasPrefix("{") ? "{}" : String($0)
                }
                return "\(route.method) /" + parts.joined(separator: "/")
            })
    }

    @Test("Each route of the router is in the table, or has a reason why not; none is there that is gone")
    func complete() throws {
        let there = Self.routesThatThereAre(try ServiceHarness())
        let known = Set(TenancyMatrix.routes.map(\.route.name)).union(TenancyMatrix.open.keys)
        #expect(there.subtracting(known).isEmpty)
        #expect(known.subtracting(there).isEmpty)
        #expect(TenancyMatrix.open.keys.allSatisfy { !$0.contains("{}") }, "what has an id belongs to somebody")
    }

    /// Things of a tenant: ids by kind.
    private static func things(_ app: TestApp, _ client: TestApp.Client, asset: String) async throws
        -> [String: String]
    {
        try await app.harness.addAsset(asset)
        try await app.harness.addClip("clip1", asset: asset, inMs: 0, outMs: 2000)
        let timeline = try await app.harness.service.analyze(app.harness.request(asset, user: nil))
        let started = try await client(
            .post, "/audio/semantic-timeline/analyze", json: #"{"asset_id": "\#(asset)", "force": true}"#,
            headers: [.init("Prefer") ?? .from: "respond-async"])
        #expect(started.status == 202)
        let clip = #"{"asset_id": "\#(asset)", "start_ms": 0, "duration_ms": 9}"#
        let list = try await client(
            .post, "/audio/to-video-origin", json: #"{"sequence": {"tracks": [{"clips": [\#(clip)]}]}}"#)
        return [
            "asset": asset, "timeline": timeline.artifactID, "clip": "clip1", "job": started["id"]?.text ?? "",
            "project": "project", "sequence": "sequence", "track": "track",
            "list": list["meta", "artifact_id"]?.text ?? "",
        ]
    }

    /// An answer without what differs from request to request.
    private static func ask(
        _ client: TestApp.Client, _ method: HTTPRequest.Method, _ route: Route, _ id: String
    ) async throws -> TestApp.Answer {
        var answer = try await client(
            method, route.uri.replacing("%ID", with: id),
            json: method == .head ? nil : route.json?.replacing("%ID", with: id))
        answer.headers[.init("X-Request-Id") ?? .from] = nil
        answer.headers[.date] = nil
        return answer
    }

    @Test(
        "Other tenants, other envs and unknown ids get the same 404, byte for byte; the owner gets the thing; whoever asks",
        arguments: [false, true])
    func matrix(withKey: Bool) async throws {
        let key = String(repeating: "k", count: 32)
        let app = try TestApp(authenticator: withKey ? try await Authenticator(key: key) : nil)
        try await app.test { base in
            /// Somebody of a tenant: says so by headers, or by a token alone.
            func somebody(_ tenant: String, _ env: String) async throws -> TestApp.Client {
                guard withKey else { return base.from(tenant: tenant, env: env) }
                let token = try await AccessToken.make(
                    tenantID: tenant, env: env, userID: nil, key: key, keysFile: nil, seconds: 3600)
                var client = base.from(tenant: nil, env: nil)
                client.headers[.authorization] = "Bearer \(token)"
                return client
            }
            let owner = try await somebody("t1", "dev")
            let strangers = [try await somebody("t2", "dev"), try await somebody("t1", "prod")]
            let ids = try await Self.things(app, owner, asset: "asset1")
            for (kind, route) in TenancyMatrix.routes {
                let id = try #require(ids[kind])
                for method in route.method == .get ? [.head, .get] : [route.method] {
                    let unknown = try await Self.ask(owner, method, route, "nothing1")
                    #expect(unknown.status == 404, "\(method) \(route)")
                    if method != .head {
                        #expect(unknown.code?.hasSuffix("not_found") == true, "\(route)")
                        #expect(unknown.error["resource_kind"]?.text != nil, "\(route)")
                    }
                    for stranger in strangers {
                        #expect(try await Self.ask(stranger, method, route, id) == unknown, "\(method) \(route)")
                        #expect(
                            try await Self.ask(stranger, method, route, "nothing1") == unknown, "\(method) \(route)")
                    }
                    let own = try await Self.ask(owner, method, route, id)
                    #expect(own.status == route.status, "\(method) \(route): \(own.text)")
                }
            }
        }
    }

    @Test("Methods that a route does not know are the same 405 for everybody, whatever the id")
    func otherMethods() async throws {
        let app = try TestApp()
        let there = Self.routesThatThereAre(app.harness)
        let methods: [HTTPRequest.Method] = [.get, .head, .post, .put, .patch, .delete, .options]
        try await app.test { client in
            let ids = try await Self.things(app, client, asset: "asset1")
            let callers = [
                client, client.from(tenant: "t2", env: "dev"), client.from(tenant: "t1", env: "prod"),
                client.from(tenant: nil, env: nil),
            ]
            var asked = 0
            for path in Set(there.map { String($0.drop { $0 != " " }.dropFirst()) }) {
                for method in methods where !there.contains("\(method == .head ? .get : method) \(path)") {
                    let kind = TenancyMatrix.routes.first { $0.route.name.hasSuffix(" " + path) }?.kind ?? ""
                    var answers: Set<TestApp.Answer> = []
                    for caller in callers {
                        for id in [ids[kind] ?? "x", "nothing1"] {
                            let route = Route(method: method, uri: path.replacing("{}", with: "%ID"))
                            answers.insert(try await Self.ask(caller, method, route, id))
                        }
                    }
                    #expect(answers.count == 1 && answers.first?.status == 405, "\(method) \(path): \(answers)")
                    asked += 1
                }
            }
            #expect(asked > 100)
        }
    }

    @Test("Ids of others in bodies and queries are as good as ids of nothing")
    func idsOfOthers() async throws {
        let app = try TestApp()
        try await app.test { client in
            let ids = try await Self.things(app, client, asset: "asset1")
            let scope = Scope(tenantID: "t2", env: "dev")
            try await app.harness.addAsset("asset2", in: scope)
            try await app.harness.addClip("clip1", asset: "asset2", inMs: 0, outMs: 2000, in: scope)
            let other = client.from(tenant: "t2", env: "dev")
            for (kind, route) in TenancyMatrix.namingOthers {
                var route = route
                route.uri = route.uri.replacing("%A", with: "asset2")
                route.json = route.json?.replacing("%A", with: "asset2")
                let foreign = try await Self.ask(other, route.method, route, try #require(ids[kind]))
                let unknown = try await Self.ask(other, route.method, route, "nothing1")
                #expect(foreign == unknown, "\(route)")
                #expect(foreign.status == route.status, "\(route): \(foreign.text)")
            }
            // An id that others have taken is free.
            for (uri, json) in [
                ("/video/projects", #"{"id": "project1"}"#),
                ("/media-v2/assets/asset2/artifacts", #"{"id": "%T", "kind": "stem", "uri": "file:///nowhere"}"#),
            ] {
                let taken = json.replacing("%T", with: ids["timeline"] ?? "")
                let free = json.replacing("%T", with: "free1").replacing("project1", with: "project2")
                _ = try await client(.post, uri, json: #"{"id": "project1"}"#)
                let (first, second) = (
                    try await other(.post, uri, json: taken), try await other(.post, uri, json: free)
                )
                #expect(first.status == second.status && first.code == second.code, "\(uri)")
            }
            let form = TestApp.form([("id", "asset1")], file: [1, 2, 3])
            let upload = try await other(.post, "/media-v2/assets", headers: form.headers, bytes: form.bytes)
            #expect(upload.status == 201)
            #expect(try await client(.get, "/media-v2/assets/asset1/content").bytes == Array("sound".utf8))
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
                // A cursor of another list leads nowhere that is not one's own.
                for cursor in 0..<8 {
                    let strange = try await client.from(tenant: "t2", env: "dev")(.get, "\(uri)?cursor=\(cursor)")
                    #expect(strange.status == 200 && strange[name] == .array([]))
                }
                #expect(try await count(client.from(tenant: "t2", env: "dev")) == 0)
                #expect(try await count(client.from(tenant: "t1", env: "prod")) == 0)
            }
        }
    }
}
