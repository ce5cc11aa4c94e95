import Foundation
import HTTPTypes
import Library
import SemanticTimeline
import TestSupport
import Testing
import TimelineModel

@Suite("MediaEndpointTests: assets and artifacts", .timeLimit(.minutes(5)))
struct MediaEndpointTests {
    private let sound = Array("RIFF not really a wave".utf8)

    @Test("An upload is stored, described, listed, read back whole and in ranges, and taken back")
    func upload() async throws {
        let app = try TestApp()
        let sound = sound
        try await app.test { client in
            let form = TestApp.form(
                [
                    ("tenant_id", "t1"), ("id", "a123"), ("kind", "audio"), ("tags", "harbour, dawn"),
                    ("source_ref", "tape-7"), ("meta", #"{"take": 3}"#), ("duration_ms", "1500.5"),
                ], file: sound)
            let made = try await client(.post, "/media-v2/assets", headers: form.headers, bytes: form.bytes)
            #expect(made.status == 201 && made.headers[.location] == "/media-v2/assets/a123")
            let asset = try #require(made.json.members)
            #expect(asset["source_uri"]?.text == "/media-v2/assets/a123/content")
            #expect(asset["size_bytes"] == .integer(Int64(sound.count)))
            #expect(asset["tags"] == .array([.string("harbour"), .string("dawn")]))
            #expect(asset["meta"] == .object(["take": .integer(3)]))
            #expect(asset["duration_ms"]?.double == 1500.5)
            let again = try await client(.post, "/media-v2/assets", headers: form.headers, bytes: form.bytes)
            #expect(again.status == 409)

            #expect(try await client(.get, "/media-v2/assets/a123")["asset"] == .object(asset))
            for (query, count) in [
                ("", 1), ("?kind=audio", 1), ("?kind=video", 0), ("?tag=dawn", 1), ("?tag=daw", 0),
                ("?source_ref=tape-7", 1), ("?source_ref=x", 0),
            ] {
                let list = try await client(.get, "/media-v2/assets\(query)")
                #expect(list["assets"] == .array(Array(repeating: .object(asset), count: count)), "\(query)")
            }
            let uri = "/media-v2/assets/a123/content"
            let whole = try await client(.get, uri)
            #expect(whole.status == 200 && whole.bytes == sound)
            let tag = try #require(whole.headers[.eTag])
            for (range, expected) in [
                ("bytes=0-3", sound[0..<4]), ("bytes=5-", sound[5...]), ("bytes=-4", sound.suffix(4)),
                ("bytes=10-9999", sound[10...]),
            ] {
                let part = try await client(.get, uri, headers: [.range: range])
                #expect(part.status == 206 && part.bytes == Array(expected), "\(range)")
                #expect(part.headers[.contentRange]?.hasSuffix("/\(sound.count)") == true)
            }
            #expect(try await client(.get, uri, headers: [.range: "bytes=99-"]).status == 416)
            #expect(try await client(.get, uri, headers: [.range: "bytes=0-3", .ifRange: tag]).status == 206)
            #expect(try await client(.get, uri, headers: [.range: "bytes=0-3", .ifRange: "\"x\""]).status == 200)

            #expect(try await client(.delete, "/media-v2/assets/a123").status == 204)
            #expect(try await client(.get, "/media-v2/assets/a123").status == 404)
            #expect(try await client(.get, uri).status == 404)
        }
    }

    @Test("An upload beyond the limit is refused and leaves nothing; so does a form that is cut short")
    func limits() async throws {
        let app = try TestApp(maximumUploadBytes: 1000)
        try await app.test { client in
            let big = TestApp.form([], file: [UInt8](repeating: 7, count: 1001))
            let answer = try await client(.post, "/media-v2/assets", headers: big.headers, bytes: big.bytes)
            #expect(answer.status == 413 && answer.code == "media.too_large")
            let fits = TestApp.form([("id", "fits")], file: [UInt8](repeating: 7, count: 1000))
            let cut = try await client(
                .post, "/media-v2/assets", headers: fits.headers, bytes: Array(fits.bytes.dropLast(30)))
            #expect(cut.status == 400 && cut.code == "validation.error")
            #expect(try await client(.get, "/media-v2/assets")["assets"] == .array([]))
            #expect(
                try await client(.post, "/media-v2/assets", headers: fits.headers, bytes: fits.bytes).status == 201)
            let none = TestApp.form([("id", "x")])
            #expect(
                try await client(.post, "/media-v2/assets", headers: none.headers, bytes: none.bytes).field == "file")
        }
        #expect(try await app.harness.blobs.blobs(publishedBefore: .init(millisecondsSince1970: .max)).count == 1)
    }

    @Test(
        "Sources are files below the allowed folders, and nothing else",
        arguments: [
            "file:///etc/passwd", "file:/etc/passwd", "/etc/passwd", "http://127.0.0.1/x", "s3://bucket/key",
            "file://host/etc/passwd", "file:ROOT/../outside.wav", "file:ROOT/%2e%2e/outside.wav", "file:ROOT/link.wav",
            "file:ROOT/folder", "file:ROOT/nothing.wav", "file:ROOT/%00.wav", "file:relative.wav", "concat:a|b", "",
            "data:audio/wav;base64,AAAA", "file:ROOT", "file:ROOT/fifo",
        ])
    func sources(uri: String) async throws {
        try await withFolder { folder in
            let root = folder + "/root"
            try FileManager.default.createDirectory(atPath: root + "/folder", withIntermediateDirectories: true)
            try Data("x".utf8).write(to: URL(filePath: folder + "/outside.wav"))
            try Data("x".utf8).write(to: URL(filePath: root + "/inside.wav"))
            try FileManager.default.createSymbolicLink(
                atPath: root + "/link.wav", withDestinationPath: folder + "/outside.wav")
            mkfifo(root + "/fifo", 0o600)
            let app = try TestApp(harness: try ServiceHarness(roots: [root]))
            try await app.harness.addAsset("parent")
            try await app.test { client in
                let named = uri.replacing("ROOT", with: root)
                let asset = try await client(.post, "/media-v2/assets", json: #"{"source_uri": "\#(named)"}"#)
                #expect(asset.status == 400 && asset.field == "source_uri")
                let artifact = try await client(
                    .post, "/media-v2/assets/parent/artifacts", json: #"{"kind": "stem", "uri": "\#(named)"}"#)
                #expect(artifact.status == 400 && artifact.field == "uri")
                for answer in [asset, artifact] { #expect(!answer.text.contains(folder)) }
                let good = try await client(
                    .post, "/media-v2/assets", json: #"{"source_uri": "file:\#(root)/inside.wav"}"#)
                #expect(good.status == 201)
                let id = good["id"]?.text ?? ""
                #expect(try await client(.get, "/media-v2/assets/\(id)/content").text == "x")
            }
        }
    }

    @Test("Every kind of artifact is taken, with its window and meta; unknown ones and bent windows are not")
    func artifacts() async throws {
        let app = try TestApp()
        try await app.harness.addAsset("a123")
        let sound = sound
        try await app.test { client in
            let uri = "/media-v2/assets/a123/artifacts"
            for kind in ArtifactKind.allCases {
                let form = TestApp.form([("kind", kind.rawValue)], file: sound)
                #expect(
                    try await client(.post, uri, headers: form.headers, bytes: form.bytes)["kind"]?.text
                        == kind.rawValue)
            }
            let form = TestApp.form(
                [
                    ("id", "loop1"), ("kind", "audio_loop"), ("start_ms", "250.5"), ("end_ms", "900"),
                    ("track_label", "drums"), ("meta", #"{"backend_version": "cutter_2"}"#),
                ], file: sound)
            let made = try await client(.post, uri, headers: form.headers, bytes: form.bytes)
            #expect(made.status == 201 && made["start_ms"]?.double == 250.5)
            #expect(made["parent_asset_id"]?.text == "a123")
            #expect(made["meta", "backend_version"]?.text == "cutter_2")
            #expect(made["meta", "pipeline_hash"]?.text != nil)
            #expect(try await client(.get, "/media-v2/artifacts/loop1/content").bytes == sound)
            #expect(try await client(.post, uri, headers: form.headers, bytes: form.bytes).status == 409)
            for (fields, field) in [
                ([("kind", "audio_lop")], "kind"), ([], "kind"),
                ([("kind", "stem"), ("start_ms", "5"), ("end_ms", "4")], "end_ms"),
                ([("kind", "stem"), ("start_ms", "-1")], "start_ms"), ([("kind", "stem"), ("meta", "{")], "meta"),
                ([("kind", "stem"), ("start_ms", "nan")], "start_ms"),
            ] {
                let form = TestApp.form(fields, file: sound)
                let answer = try await client(.post, uri, headers: form.headers, bytes: form.bytes)
                #expect(answer.status == 400 && answer.field == field, "\(fields)")
            }
            // Only what analyze made is a timeline, whatever an artifact calls itself.
            let claimed = TestApp.form(
                [("id", "claimed"), ("kind", "audio_semantic_timeline")], file: Array("{}".utf8))
            #expect(try await client(.post, uri, headers: claimed.headers, bytes: claimed.bytes).status == 201)
            let got = try await client(.get, "/audio/semantic-timeline/claimed")
            #expect(got.status == 404 && got.code == "audio.timeline_not_found")
            #expect(try await client(.get, "/audio/semantic-timeline/loop1").status == 404)
        }
    }

    @Test("Deleting an asset takes its artifacts, timelines and stage outputs along")
    func deletion() async throws {
        let app = try TestApp()
        let harness = app.harness
        try await harness.addAsset("a123")
        let result = try await harness.service.analyze(harness.request())
        try await app.test { client in
            let deleted = try await client(.delete, "/media-v2/assets/a123")
            #expect(deleted.status == 204)
            #expect(try await client(.get, "/media-v2/artifacts/\(result.artifactID)").status == 404)
            #expect(try await client(.get, "/audio/semantic-timeline/\(result.artifactID)").status == 404)
        }
        let collector = GarbageCollector(blobs: harness.blobs, references: harness.database, jobs: nil)
        _ = try await collector.collect(
            grace: .zero, now: Timestamp(millisecondsSince1970: Timestamp.now.millisecondsSince1970 + 10))
        let left = try await harness.blobs.blobs(publishedBefore: .init(millisecondsSince1970: .max))
        #expect(left.values.flatMap { $0 } == [])
        try await harness.addAsset("a123")
        #expect(try await harness.service.analyze(harness.request()).cachedStages.isEmpty)
    }

    @Test("Clips: windows that cannot be cut are a 422, at POST and at PATCH; what they name must be there")
    func clips() async throws {
        let app = try TestApp()
        try await app.harness.addAsset("a123")
        try await app.test { client in
            let project = try await client(.post, "/video/projects", json: #"{"title": "Film"}"#)["id"]?.text ?? ""
            let sequence =
                try await client(.post, "/video/projects/\(project)/sequences", json: "{}")["id"]?.text ?? ""
            let track =
                try await client(.post, "/video/sequences/\(sequence)/tracks", json: #"{"kind": "audio"}"#)["id"]?.text
                ?? ""
            let uri = "/video/tracks/\(track)/clips"
            let made = try await client(.post, uri, json: #"{"asset_id": "a123", "in_ms": 5, "out_ms": 10.5}"#)
            #expect(made.status == 201 && made["speed"]?.double == 1 && made["track_id"]?.text == track)
            let id = try #require(made["id"]?.text)
            for window in [#""in_ms": 10, "out_ms": 5"#, #""in_ms": 5, "out_ms": 5"#, #""in_ms": 5.1, "out_ms": 5.2"#] {
                let posted = try await client(.post, uri, json: #"{"asset_id": "a123", \#(window)}"#)
                #expect(posted.status == 422 && posted.code == "validation.error")
                #expect(try await client(.patch, "/video/clips/\(id)", json: "{\(window)}").status == 422)
            }
            for (json, field) in [
                (#"{"asset_id": "a123", "in_ms": -1, "out_ms": 5}"#, "in_ms"),
                (#"{"asset_id": "a123", "out_ms": 5}"#, "in_ms"),
                (#"{"asset_id": "a123", "in_ms": 0, "out_ms": 5, "speed": 0}"#, "speed"),
                (#"{"asset_id": "a123", "in_ms": 0, "out_ms": 1e300}"#, "out_ms"),
            ] {
                let answer = try await client(.post, uri, json: json)
                #expect(answer.status == 400 && answer.field == field, "\(json)")
            }
            let unknown = try await client(.post, uri, json: #"{"asset_id": "b", "in_ms": 0, "out_ms": 5}"#)
            #expect(unknown.status == 404 && unknown.code == "media.not_found")
            let patched = try await client(.patch, "/video/clips/\(id)", json: #"{"out_ms": 99, "label": "x"}"#)
            #expect(patched.status == 200 && patched["out_ms"]?.double == 99 && patched["in_ms"]?.double == 5)
            #expect(try await client(.delete, "/video/projects/\(project)").status == 204)
            #expect(try await client(.get, "/video/clips/\(id)").status == 404)
        }
    }
}

/// A folder that is gone after the test.
func withFolder<Value>(_ body: (String) async throws -> Value) async throws -> Value {
    let folder = FileManager.default.temporaryDirectory.appending(path: "cueline-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    return try await body(URL(filePath: folder).resolvingSymlinksInPath().path)
}
