import Foundation
import HTTPTypes
import JWTKit
import Server
import TestSupport
import Testing
import TimelineModel

@Suite("Who asks", .timeLimit(.minutes(5)))
struct TenancyTests {
    private let analyze = "/audio/semantic-timeline/analyze"

    @Test("Tenant and env come from headers, body or query, and must agree")
    func sources() async throws {
        let app = try TestApp()
        try await app.harness.addAsset("a123")
        try await app.test { client in
            let nobody = client.from(tenant: nil, env: nil)
            let body = #"{"tenant_id": "t1", "env": "dev", "asset_id": "a123", "user_id": "u1"}"#
            #expect(try await nobody(.post, analyze, json: body).status == 200)
            #expect(try await nobody(.get, "/media-v2/assets/a123?tenant_id=t1&env=dev").status == 200)
            let absent = try await nobody(.get, "/media-v2/assets/a123")
            #expect(absent.status == 400 && absent.code == "validation.error" && absent.field == "tenant_id")
            let half = try await client.from(tenant: "t1", env: nil)(.get, "/media-v2/assets/a123")
            #expect(half.status == 400 && half.field == "env")

            for other in [
                #"{"tenant_id": "t2", "asset_id": "a123"}"#, #"{"env": "prod", "asset_id": "a123"}"#,
            ] {
                let mismatch = try await client(.post, analyze, json: other)
                #expect(mismatch.status == 403 && mismatch.code == "tenant.mismatch")
            }
            #expect(try await client(.get, "/media-v2/assets/a123?tenant_id=t2").status == 403)
            let user = try await client(
                .post, analyze, json: #"{"asset_id": "a123", "user_id": "u1"}"#,
                headers: [.init("X-User-Id") ?? .from: "u2"])
            #expect(user.status == 403 && user.field == "user_id")
        }
    }

    @Test(
        "Tenants and envs that cannot be are a 400 that names the field",
        arguments: [
            ("T1", "dev", "tenant_id"), ("t_unknown", "dev", "tenant_id"), ("-t", "dev", "tenant_id"),
            ("t|1", "dev", "tenant_id"), ("t1", "d|v", "env"), ("t1", "a/b", "env"),
        ])
    func refused(tenant: String, env: String, field: String) async throws {
        let app = try TestApp()
        try await app.test { client in
            let body = #"{"tenant_id": "\#(tenant)", "env": "\#(env)", "asset_id": "a"}"#
            for answer in [
                try await client.from(tenant: tenant, env: env)(.get, "/media-v2/assets/a"),
                try await client.from(tenant: nil, env: nil)(.post, analyze, json: body),
            ] {
                #expect(answer.status == 400 && answer.code == "validation.error" && answer.field == field)
            }
        }
        #expect(app.harness.runner.orders.isEmpty)
    }

    @Test("With a key, a signed token says who asks; headers and bodies may only agree with it")
    func tokens() async throws {
        let key = String(repeating: "k", count: 32)
        let app = try TestApp(authenticator: try await Authenticator(key: key))
        try await app.harness.addAsset("a123")
        func token(_ key: String, tenant: String = "t1", expires: Double = 60) async throws -> HTTPFields {
            let keys = await JWTKeyCollection().add(hmac: HMACKey(from: key), digestAlgorithm: .sha256)
            let claims = AccessClaims(
                tenantID: tenant, env: "dev", subject: SubjectClaim(value: "u1"),
                expiration: ExpirationClaim(value: Date(timeIntervalSinceNow: expires)))
            return [.authorization: "Bearer \(try await keys.sign(claims))"]
        }
        let good = try await token(key)
        let forged = try await token(String(repeating: "x", count: 32))
        let expired = try await token(key, expires: -60)
        let foreign = try await token(key, tenant: "t2")
        try await app.test { client in
            let nobody = client.from(tenant: nil, env: nil)
            let uri = "/media-v2/assets/a123"
            #expect(try await nobody(.get, uri, headers: good).status == 200)
            #expect(try await client(.get, uri, headers: good).status == 200)
            for bad in [[:], forged, expired, [.authorization: "Bearer"], [.authorization: "Bearer a.b.c"]] {
                let answer = try await client(.get, uri, headers: bad)
                #expect(answer.status == 401 && answer.code == "auth.required")
                #expect(answer.headers[.wwwAuthenticate] == "Bearer")
            }
            #expect(try await client(.get, uri, headers: foreign).status == 403)
            #expect(try await nobody(.get, uri, headers: foreign).status == 404)
            #expect(try await client.from(tenant: "t1", env: "prod")(.get, uri, headers: good).status == 403)
            let result = try await nobody(.post, analyze, json: #"{"asset_id": "a123"}"#, headers: good)
            #expect(result["meta", "cache_key"]?.text?.hasSuffix("|u1") == true)
            // Those who watch the process need no token.
            #expect(try await nobody(.get, "/health").status == 200)
        }
    }

    @Test("Nothing of an upload is taken before its sender is known")
    func uploadsAfterAdmission() async throws {
        let app = try TestApp(authenticator: try await Authenticator(key: String(repeating: "k", count: 32)))
        try await app.test { client in
            // A form that would be refused if anybody read it.
            let form = TestApp.form([], file: [UInt8](repeating: 7, count: 2 << 20))
            for uri in ["/media-v2/assets", "/media-v2/assets/a123/artifacts"] {
                let answer = try await client(.post, uri, headers: form.headers, bytes: form.bytes)
                #expect(answer.status == 401)
            }
        }
        let open = try TestApp()
        try await open.test { client in
            let form = TestApp.form([], file: [UInt8](repeating: 7, count: 2 << 20))
            let answer = try await client(
                .post, "/media-v2/assets/nothing/artifacts", headers: form.headers, bytes: form.bytes)
            #expect(answer.status == 404)
        }
    }

    @Test("A key that is too short is refused at the start")
    func shortKey() async throws {
        await #expect(throws: (any Error).self) { try await Authenticator(key: "short") }
    }
}
