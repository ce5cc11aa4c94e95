import Crypto
import Foundation
import HTTPTypes
import Server
import TestSupport
import Testing

@Suite("What browsers may do", .timeLimit(.minutes(5)))
struct BrowserTests {
    private static let page: HTTPFields = [
        .origin: "https://app.example", .accessControlRequestMethod: "POST",
        .accessControlRequestHeaders: "authorization",
    ]

    private static func isOpen(_ answer: TestApp.Answer) -> Bool {
        answer.headers.contains { $0.name.rawName.lowercased().hasPrefix("access-control-") }
    }

    @Test("Without origins no answer says anything of other origins, and OPTIONS is a 405")
    func closed() async throws {
        let app = try TestApp()
        try await app.harness.addAsset("a1")
        try await app.test { client in
            for uri in ["/health", "/media-v2/assets", "/media-v2/assets/a1/content", "/nothing"] {
                let answer = try await client(.get, uri, headers: Self.page)
                #expect(!Self.isOpen(answer) && answer.headers[.vary] == nil, "\(uri)")
                let preflight = try await client(.options, uri, headers: Self.page)
                #expect(preflight.status == (uri == "/nothing" ? 404 : 405) && !Self.isOpen(preflight), "\(uri)")
            }
        }
    }

    @Test("The page runs what it came with and nothing else; what else is answered runs nothing")
    func page() async throws {
        let app = try TestApp()
        try await app.harness.addAsset("a1")
        try await app.test { client in
            let page = try await client.from(tenant: nil, env: nil)(.get, "/")
            #expect(page.status == 200 && page.headers[.contentType] == "text/html; charset=utf-8")
            let policy = try #require(page.headers[.contentSecurityPolicy])
            #expect(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"))
            #expect(!policy.contains("unsafe") && !policy.contains("sandbox"))
            // The scripts as a browser finds them: each is named by its hash.
            let scripts = page.text.components(separatedBy: "<script>").dropFirst().compactMap {
                $0.components(separatedBy: "</script>").first
            }
            #expect(scripts.count == 2)
            for script in scripts {
                let hash = Data(SHA256.hash(data: Data(script.utf8))).base64EncodedString()
                #expect(policy.contains("'sha256-\(hash)'"))
            }
            for uri in ["/health", "/media-v2/assets", "/media-v2/assets/a1/content", "/nothing"] {
                let policy = try await client(.get, uri).headers[.contentSecurityPolicy]
                #expect(policy == "default-src 'none'; frame-ancestors 'none'; sandbox", "\(uri)")
            }
        }
    }

    @Test("Pages of the origins that are named may ask and read, errors too; no other page may")
    func named() async throws {
        var app = try TestApp()
        app.allowedOrigins = ["https://app.example", "http://localhost:5173"]
        try await app.test { client in
            let preflight = try await client(.options, "/audio/semantic-timeline/analyze", headers: Self.page)
            #expect(preflight.status == 204)
            #expect(preflight.headers[.accessControlAllowOrigin] == "https://app.example")
            #expect(preflight.headers[.accessControlAllowMethods]?.contains("DELETE") == true)
            #expect(preflight.headers[.accessControlAllowHeaders]?.contains("Authorization") == true)
            for uri in ["/health", "/media-v2/assets/nothing1", "/nothing"] {
                let answer = try await client(.get, uri, headers: [.origin: "http://localhost:5173"])
                #expect(answer.headers[.accessControlAllowOrigin] == "http://localhost:5173", "\(uri)")
                #expect(answer.headers[.accessControlAllowCredentials] == nil)
                #expect(answer.headers[.vary] == "Origin")
            }
            for origin in [
                "https://app.example.evil.example", "http://app.example", "https://APP.example", "null", "*", "",
                "https://app.example:444", "https://app.example/",
            ] {
                let fields: HTTPFields = [.origin: origin, .accessControlRequestMethod: "POST"]
                let answer = try await client(.get, "/health", headers: fields)
                #expect(!Self.isOpen(answer) && answer.headers[.vary] == "Origin", "\(origin)")
                #expect(try await client(.options, "/media-v2/assets", headers: fields).status == 405, "\(origin)")
            }
        }
    }

    @Test(
        "Without a key, what a page of another origin has a browser send changes nothing, and no other name is answered to"
    )
    func strangers() async throws {
        var app = try TestApp()
        app.ownNames = ["localhost"]
        app.allowedOrigins = ["https://app.example"]
        let form = #"{"title": "x"}"#
        try await app.test { client in
            for origin in ["http://localhost", "https://app.example"] {
                let answer = try await client(.post, "/video/projects", json: form, headers: [.origin: origin])
                #expect(answer.status == 201, "\(origin)")
            }
            #expect(try await client(.post, "/video/projects", json: form).status == 201)
            for origin in ["https://evil.example", "http://localhost:81", "null", ""] {
                let refused = try await client(.post, "/video/projects", json: form, headers: [.origin: origin])
                #expect(refused.status == 403 && refused.code == "validation.error", "\(origin)")
                #expect(try await client(.get, "/video/projects", headers: [.origin: origin]).status == 200)
            }
        }
        for names: Set<String> in [["127.0.0.1"], []] {
            app.ownNames = names
            try await app.test { client in
                let refused = try await client(.get, "/health")
                #expect(refused.status == 421 && refused.code == "validation.error")
            }
        }
    }

    @Test("Only origins as browsers send them can be named")
    func origins() {
        for good in ["https://app.example", "http://localhost:5173", "http://[::1]:80"] {
            #expect(CrossOrigin.isOrigin(good), "\(good)")
        }
        for bad in ["*", "null", "", "https://", "app.example", "https://App.example", "https://a/", "file:///a"] {
            #expect(!CrossOrigin.isOrigin(bad), "\(bad)")
        }
    }

    @Test("Every answer says that nothing of it is kept, run, framed or guessed; what was uploaded is saved, not shown")
    func protection() async throws {
        let app = try TestApp()
        let page = Array("<html><script>alert(1)</script>".utf8)
        try await app.test { client in
            let form = TestApp.form([("id", "a1"), ("kind", "image")], file: page)
            #expect(try await client(.post, "/media-v2/assets", headers: form.headers, bytes: form.bytes).status == 201)
            for uri in ["/health", "/media-v2/assets", "/media-v2/assets/a1/content", "/nothing", "/openapi.json"] {
                let headers = try await client(.get, uri).headers
                #expect(headers[.init("X-Content-Type-Options") ?? .from] == "nosniff", "\(uri)")
                #expect(headers[.contentSecurityPolicy]?.contains("default-src 'none'") == true, "\(uri)")
                #expect(headers[.contentSecurityPolicy]?.contains("sandbox") == true, "\(uri)")
                #expect(headers[.init("Referrer-Policy") ?? .from] == "no-referrer", "\(uri)")
                #expect(headers[.cacheControl] == "no-store", "\(uri)")
            }
            let content = try await client(.get, "/media-v2/assets/a1/content")
            #expect(content.bytes == page && content.headers[.contentType] == "application/octet-stream")
            #expect(content.headers[.contentDisposition] == "attachment")
            let part = try await client(.get, "/media-v2/assets/a1/content", headers: [.range: "bytes=0-3"])
            #expect(part.status == 206 && part.headers[.contentDisposition] == "attachment")
        }
    }
}
