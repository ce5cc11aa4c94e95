import Foundation
import HTTPTypes
import Library
import SemanticTimeline
import TestServers
import TestSupport
import Testing
import TimelineModel

@Suite("A service whose bytes are in a bucket", .timeLimit(.minutes(5)))
struct BucketEndpointTests {
    /// An app on a bucket of its own, with means to put things there past it.
    private struct Bench {
        let app: TestApp
        let client: S3Client
        let root: String
        let folder: String

        init() async throws {
            let server = try await CephServer.running()
            let prefix = "bench-" + UUID().uuidString.lowercased()
            let location = try S3Location(
                "s3://\(CephServer.bucket)/\(prefix)?endpoint=\(server.endpoint)",
                environment: [
                    "AWS_ACCESS_KEY_ID": CephServer.accessKeyID,
                    "AWS_SECRET_ACCESS_KEY": CephServer.secretAccessKey,
                ])
            client = S3Client(location)
            try await client.makeBucket()
            folder = FileManager.default.temporaryDirectory.path + "/cueline-\(prefix)"
            let store = try S3BlobStore(location, temporaryFolder: folder)
            root = "s3://\(CephServer.bucket)/\(prefix)/"
            // Of what it may read, its own blobs are a part: they must not be had that way.
            let sources = try BucketSources(location, roots: [root], store: store, temporaryFolder: folder)
            app = try TestApp(harness: ServiceHarness(bucket: (store, sources)))
        }

        func key(_ uri: String) -> String { String(uri.dropFirst("s3://\(CephServer.bucket)/".count)) }

        /// What one does with a URL who knows nothing of the library.
        static func curl(_ arguments: [String]) async throws -> String {
            try await Command.run("curl", ["-sS", "-f"] + arguments)
        }
    }

    @Test("an upload goes past the server, and only its tenant can use it") func upload() async throws {
        let bench = try await Bench()
        let bytes = Array("sound of a bucket".utf8)
        let file = bench.folder + "/file"
        try Data(bytes).write(to: URL(filePath: file))
        try Data(count: 1 << 20 + 1).write(to: URL(filePath: bench.folder + "/large"))
        try await bench.app.test { client in
            let place = try await client(.post, "/media-v2/uploads", json: "{}")
            #expect(place.status == 201)
            let uri = try #require(place["source_uri"]?.text)
            let register = #"{"id": "a1", "source_uri": "\#(uri)"}"#
            // Not there yet.
            #expect(try await client(.post, "/media-v2/assets", json: register).status == 400)
            let url = try #require(place["upload_url"]?.text)
            var form: [String] = []
            for (name, value) in place["fields"]?.members ?? [:] { form += ["-F", "\(name)=\(value.text ?? "")"] }
            // Nothing in it can be made another: no other key, and no copy of what others have.
            let elsewhere = form.map { $0.hasPrefix("key=") ? $0 + "x" : $0 }
            await #expect(throws: (any Error).self) {
                try await Bench.curl(elsewhere + ["-F", "file=@\(file)", url])
            }
            await #expect(throws: (any Error).self) {
                try await Bench.curl(form + ["-F", "file=@\(bench.folder)/large", url])
            }
            _ = try await Bench.curl(form + ["-F", "file=@\(file)", url])
            let other = client.from(tenant: "t2", env: "dev")
            let refused = try await other(.post, "/media-v2/assets", json: register)
            let unknown = try await other(
                .post, "/media-v2/assets", json: #"{"id": "a1", "source_uri": "\#(bench.root)nothing"}"#)
            #expect(refused.status == 400 && refused.error == unknown.error)
            let prod = client.from(tenant: "t1", env: "prod")
            #expect(try await prod(.post, "/media-v2/assets", json: register).status == 400)
            let asset = try await client(.post, "/media-v2/assets", json: register)
            #expect(asset.status == 201 && asset["size_bytes"] == .integer(Int64(bytes.count)))
            #expect(try await client(.get, "/media-v2/assets/a1/content").bytes == bytes)
            let answer = try await client(.post, "/audio/semantic-timeline/analyze", json: #"{"asset_id": "a1"}"#)
            #expect(answer.status == 200)
            #expect(bench.app.harness.runner.orders.count == 1)
        }
    }

    @Test("a source in a bucket is hashed anew when it changes, and gone when it is gone") func changes() async throws {
        let bench = try await Bench()
        let uri = bench.root + "talk.wav"
        try await bench.client.put(bench.key(uri), Array("one".utf8))
        let harness = bench.app.harness
        try await bench.app.test { client in
            let json = #"{"id": "a1", "source_uri": "\#(uri)"}"#
            #expect(try await client(.post, "/media-v2/assets", json: json).status == 201)
            let first = try await harness.service.analyze(harness.request("a1"))
            #expect(try await harness.service.analyze(harness.request("a1")).isHit)
            try await bench.client.put(bench.key(uri), Array("two".utf8))
            let second = try await harness.service.analyze(harness.request("a1"))
            #expect(!second.isHit && second.cacheKey == first.cacheKey && second.identity != first.identity)
            // The same bytes again are what they were.
            try await bench.client.put(bench.key(uri), Array("one".utf8))
            #expect(try await harness.service.analyze(harness.request("a1")).artifactID == first.artifactID)
            try await bench.client.delete(bench.key(uri))
            let gone = try await client(.post, "/audio/semantic-timeline/analyze", json: #"{"asset_id": "a1"}"#)
            #expect(gone.code == "audio.fetch_failed")
            #expect(try await client(.get, "/media-v2/assets/a1/content").status == 404)
        }
    }

    @Test("the library's own blobs are no sources") func blobs() async throws {
        let bench = try await Bench()
        try await bench.app.harness.addAsset("a1", bytes: Array("secret".utf8))
        let content = try #require(
            try await bench.app.harness.database.asset("a1", in: bench.app.harness.scope)?.content)
        let path = "blobs/t1/dev/\(content.sha256.prefix(2))/\(content.sha256)"
        #expect(try await bench.client.head(bench.key(bench.root + path)).sizeBytes == 6)
        try await bench.app.test { client in
            for tenant in ["t1", "t2"] {
                let answer = try await client.from(tenant: tenant, env: "dev")(
                    .post, "/media-v2/assets", json: #"{"source_uri": "\#(bench.root)\#(path)"}"#)
                #expect(answer.status == 400)
            }
        }
    }

    @Test("bytes come from the bucket whole, in parts, and by redirection") func content() async throws {
        let bench = try await Bench()
        let bytes = (0..<9_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 9) }
        try await bench.app.harness.addAsset("a1", bytes: bytes)
        try await bench.app.test { client in
            let isWhole = try await client(.get, "/media-v2/assets/a1/content").bytes == bytes
            #expect(isWhole)
            let part = try await client(
                .get, "/media-v2/assets/a1/content", headers: [.range: "bytes=4194300-4194310"])
            #expect(part.status == 206 && part.bytes == Array(bytes[4_194_300...4_194_310]))
            let elsewhere = try await client(.get, "/media-v2/assets/a1/content?redirect=true")
            #expect(elsewhere.status == 307)
            let url = try #require(elsewhere.headers[.location])
            #expect(try await Bench.curl(["-r", "0-3", "-o", "/dev/null", "-w", "%{http_code}", url]) == "206")
            #expect(try await client(.get, "/media-v2/assets/a1/content?redirect=maybe").status == 400)
            let other = client.from(tenant: "t2", env: "dev")
            #expect(try await other(.get, "/media-v2/assets/a1/content?redirect=true").status == 404)
        }
    }

    @Test("without a bucket there is no place for uploads") func noBucket() async throws {
        let app = try TestApp()
        try await app.test { client in
            #expect(try await client(.post, "/media-v2/uploads", json: "{}").status == 409)
            #expect(try await client(.post, "/media-v2/uploads", json: #"{"expires_seconds": 5}"#).status == 400)
            try await app.harness.addAsset("a1")
            #expect(try await client(.get, "/media-v2/assets/a1/content?redirect=true").status == 200)
            let source = try await client(.post, "/media-v2/assets", json: #"{"source_uri": "s3://bucket/key"}"#)
            #expect(source.status == 400 && source.field == "source_uri")
        }
    }
}
