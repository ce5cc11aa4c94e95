import Analysis
import Foundation
import HTTPTypes
import SemanticTimeline
import TestSupport
import Testing
import TimelineModel

@Suite("AudioSemanticTimelineEndpointTests: analyse, get, cut, ask", .timeLimit(.minutes(5)))
struct AudioSemanticTimelineEndpointTests {
    private let analyze = "/audio/semantic-timeline/analyze"
    private let example = """
        {"tenant_id": "t1", "env": "dev", "asset_id": "a123", "user_id": "u1", "include_beats": true,
         "include_speech_music": true}
        """

    @Test("The specification's flow: a miss, a hit, a clip")
    func flow() async throws {
        let app = try TestApp()
        try await app.harness.addAsset("a123")
        try await app.harness.addClip("c1", asset: "a123", inMs: 1000, outMs: 3000, speed: 1.25)
        try await app.test { client in
            let miss = try await client(.post, analyze, json: example)
            #expect(miss.status == 200)
            #expect(miss["meta", "cache_hit"] == .bool(false))
            let key = "t1|dev|a123|None|True|True|300|1000|whisper_librosa_v2|u1"
            #expect(miss["meta", "cache_key"]?.text == key)
            #expect(miss["meta", "audio_semantic_cache_key"]?.text == key)
            #expect(miss["meta", "backend_type"]?.text == "whisper_librosa")
            for name in ["model_used", "backend", "backend_version", "semantic_version", "pipeline_hash"] {
                #expect(miss["meta", name]?.text != nil, "\(name)")
            }
            for name in ["ffmpeg", "ffprobe", "whisper", "librosa", "vad"] {
                #expect(miss["meta", "backend_info", "dependencies", name, "available"] != nil, "\(name)")
            }
            let id = try #require(miss["audio_semantic_artifact_id"]?.text)
            #expect(miss["uri"]?.text == "/media-v2/artifacts/\(id)/content")
            let hit = try await client(.post, analyze, json: example)
            #expect(hit["meta", "cache_hit"] == .bool(true))
            #expect(hit["audio_semantic_artifact_id"]?.text == id)

            let got = try await client(.get, "/audio/semantic-timeline/\(id)")
            #expect(got["artifact_id"]?.text == id && got["summary", "artifact_id"]?.text == id)
            let stored = try await client(.get, "/media-v2/artifacts/\(id)/content")
            var expected = stored.json.members ?? [:]
            expected["artifact_id"] = .string(id)
            #expect(got["summary"] == .object(expected))
            #expect(got["artifact_meta", "cache_key"]?.text == key)

            let clip = try await client(.get, "/audio/semantic-timeline/by-clip/c1")
            #expect(clip["summary", "duration_ms"] == .integer(2000))
            let meta = try #require(clip["summary", "meta"]?.members)
            #expect(meta["clip_relative"] == .bool(true))
            #expect(meta["clip_window_ms"] == .array([.integer(1000), .integer(3000)]))
            #expect(meta["speed_change_limit"]?.double == 1.05 && meta["speed_change"]?.double == 1.25)
            #expect(meta["speed_change_limited"] == .bool(true) && meta["within_speed_limit"] == .bool(false))
            #expect(meta["selection"]?.members?["artifact_id"]?.text == id)
        }
        #expect(app.harness.runner.orders.count == 1)
    }

    @Test(
        "What cannot be is a 400 that names the field",
        arguments: [
            (#"{"asset_id": 5}"#, "asset_id"), (#"{}"#, "asset_id"), (#"{"asset_id": ""}"#, "asset_id"),
            (#"{"asset_id": "a|b"}"#, "asset_id"), (#"{"asset_id": "a", "artifact_id": "None"}"#, "artifact_id"),
            (#"{"asset_id": "a", "include_beats": "yes"}"#, "include_beats"),
            (#"{"asset_id": "a", "include_speech_music": 1}"#, "include_speech_music"),
            (#"{"asset_id": "a", "min_silence_ms": "300"}"#, "min_silence_ms"),
            (#"{"asset_id": "a", "loudness_window_ms": []}"#, "loudness_window_ms"),
            (#"{"asset_id": "a", "bpm": 1e308}"#, "bpm"), (#"{"asset_id": "a", "bpm": -1}"#, "bpm"),
            (#"{"asset_id": "a", "meter": 3.5}"#, "meter"), (#"{"asset_id": "a", "meter": 1}"#, "meter"),
            (#"{"asset_id": "a", "force": null, "user_id": "anonymous"}"#, "user_id"), (#"[1]"#, "body"),
            ("{", "body"), ("", "body"), (#"{"asset_id": "a", "tenant_id": 7}"#, "tenant_id"),
        ])
    func refused(json: String, field: String) async throws {
        let app = try TestApp()
        try await app.test { client in
            let answer = try await client(.post, analyze, json: json)
            #expect(answer.status == 400 && answer.code == "validation.error" && answer.field == field)
            #expect(answer.error["http_status"] == .integer(400))
        }
    }

    @Test("Silence and window clamp, also from numbers beyond all bounds, and the clamp is noted")
    func clamps() async throws {
        let app = try TestApp()
        try await app.harness.addAsset("a123")
        try await app.test { client in
            let answer = try await client(
                .post, analyze, json: #"{"asset_id": "a123", "min_silence_ms": -1e308, "loudness_window_ms": 1e308}"#)
            #expect(answer["meta", "min_silence_ms"] == .integer(50))
            #expect(answer["meta", "loudness_window_ms"] == .integer(60000))
            #expect(
                answer["meta", "clamped"] == .array([.string("min_silence_ms"), .string("loudness_window_ms")]))
            let nulls = try await client(
                .post, analyze,
                json: #"{"asset_id": "a123", "min_silence_ms": null, "artifact_id": "", "unknown": {"a": []}}"#)
            #expect(nulls["meta", "min_silence_ms"] == .integer(300))
        }
    }

    @Test("A part that is missing gives the stub, which says so in every place; or an error, where that is configured")
    func missingDependency() async throws {
        let app = try TestApp(harness: try ServiceHarness { _ in AnalysisPlan(stubReason: "no Whisper model") })
        try await app.harness.addAsset("a123")
        try await app.test { client in
            let answer = try await client(.post, analyze, json: example)
            #expect(answer.status == 200)
            for name in ["backend", "backend_version", "semantic_version"] {
                #expect(answer["meta", name]?.text == "audio_semantic_stub_v1", "\(name)")
            }
            #expect(answer["meta", "backend_type"]?.text == "stub")
            #expect(answer["meta", "fallback_reason"]?.text == "no Whisper model")
            #expect(answer["meta", "cache_key"]?.text?.contains("|audio_semantic_stub_v1|") == true)
        }
        app.harness.replan { _ in throw AnalysisError(.backendUnavailable, "no Whisper model") }
        try await app.test { client in
            let answer = try await client(.post, analyze, json: example)
            #expect(answer.status == 503 && answer.code == "backend.unavailable")
        }
    }

    @Test(
        "Failures of an analysis have their codes and statuses, and leave no artifact",
        arguments: [
            (SemanticTimelineError.Code.unsupportedMedia, 415), (.analyzeFailed, 500), (.fetchFailed, 502),
            (.backendUnavailable, 503), (.mediaTooLarge, 413),
        ])
    func failures(code: SemanticTimelineError.Code, status: Int) async throws {
        let app = try TestApp()
        try await app.harness.addAsset("a123")
        app.harness.runner.behave(.fail(SemanticTimelineError(code, "it did not work", underlying: "/secret/path")))
        try await app.test { client in
            let answer = try await client(.post, analyze, json: example)
            #expect(answer.status == status && answer.code == code.rawValue)
            #expect(!answer.text.contains("secret"))
            #expect(try await client(.get, "/media-v2/assets/a123")["artifacts"] == .array([]))
        }
    }

    @Test("respond-async gives a job with a place to look, whose events end with the result")
    func async() async throws {
        let app = try TestApp()
        try await app.harness.addAsset("a123")
        app.harness.runner.behave(.succeed, delay: .milliseconds(50))
        try await app.test { client in
            let started = try await client(
                .post, analyze, json: example, headers: [.init("Prefer") ?? .from: "wait=1, respond-async"])
            #expect(started.status == 202)
            let id = try #require(started["id"]?.text)
            #expect(started.headers[.location] == "/jobs/\(id)")
            let events = try await client(.get, "/jobs/\(id)/events")
            #expect(events.headers[.contentType] == "text/event-stream")
            let blocks = events.text.components(separatedBy: "\n\n").filter { $0.hasPrefix("id: ") }
            let last = try #require(blocks.last)
            #expect(last.contains("event: done") && last.hasPrefix("id: end\n"))
            let name = HTTPField.Name("Last-Event-ID") ?? .from
            // Whoever has seen the end is told not to come again; whoever has not gets it, whatever was seen before.
            #expect(try await client(.get, "/jobs/\(id)/events", headers: [name: "end"]).status == 204)
            #expect(try await client(.get, "/jobs/\(id)/events", headers: [name: "57"]).text.contains("event: done"))
            let data = try #require(last.components(separatedBy: "\ndata: ").last)
            let job = try TimelineJSON.decode(JSONValue.self, from: Data(data.utf8))
            #expect(job.members?["state"]?.text == "done")
            let polled = try await client(.get, "/jobs/\(id)")
            #expect(polled["state"]?.text == "done" && polled["progress"]?.double == 1)
            #expect(
                polled["result", "audio_semantic_artifact_id"]
                    == job.members?["result"]?.members?["audio_semantic_artifact_id"])
            // A hit needs no job, whatever is preferred.
            let hit = try await client(
                .post, analyze, json: example, headers: [.init("Prefer") ?? .from: "respond-async"])
            #expect(hit.status == 200 && hit["meta", "cache_hit"] == .bool(true))
        }
    }

    @Test("Too much work is a 429 that says when to come back")
    func overload() async throws {
        let app = try TestApp(
            harness: try ServiceHarness(limits: .init(running: 1, waiting: 0, waitingPerTenant: 0)))
        try await app.harness.addAsset("a1")
        try await app.harness.addAsset("a2")
        app.harness.runner.behave(.hang)
        try await app.test { client in
            let first = try await client(
                .post, analyze, json: #"{"asset_id": "a1"}"#, headers: [.init("Prefer") ?? .from: "respond-async"])
            #expect(first.status == 202)
            let second = try await client(.post, analyze, json: #"{"asset_id": "a2"}"#)
            #expect(second.status == 429 && second.code == "overloaded")
            #expect((second.headers[.retryAfter].flatMap { Int($0) } ?? 0) > 0)
            let id = try #require(first["id"]?.text)
            #expect(try await client(.delete, "/jobs/\(id)")["state"]?.text == "cancelled")
        }
    }

    @Test("Queries answer windows, kinds and pages; layouts and captions come from the same timeline")
    func queries() async throws {
        let app = try TestApp()
        try await app.harness.addAsset("a123")
        let result = try await app.harness.service.analyze(app.harness.request())
        let (_, bytes) = try await app.harness.service.document(result.artifactID, in: app.harness.scope)
        let whole: AudioSemanticTimelineSummary = try TimelineJSON.decode(from: Data(bytes))
        let base = "/audio/semantic-timeline/\(result.artifactID)"
        try await app.test { client in
            var found: [JSONValue] = []
            var cursor = ""
            repeat {
                let page = try await client(.get, "\(base)/events?kind=speech&limit=2\(cursor)")
                guard case .array(let events)? = page["events"] else { break }
                found += events
                cursor = page["cursor"]?.text.map { "&cursor=\($0)" } ?? ""
            } while !cursor.isEmpty
            #expect(found.count == whole.events.count { $0.kind == .speech })
            let coverage = try await client(.get, "\(base)/coverage?from_ms=0&to_ms=\(whole.durationMs)")
            #expect(
                coverage["silence"]
                    == .integer(
                        Int64(whole.events.filter { $0.kind == .silence }.reduce(0) { $0 + $1.endMs - $1.startMs })))
            let nearest = try await client(.get, "\(base)/nearest?at_ms=440&what=beat")
            #expect(nearest["time_ms"] == .integer(435) && nearest["distance_ms"] == .integer(-5))
            for (uri, field) in [
                ("events?from_ms=5&to_ms=4", "to_ms"), ("events?kind=noise", "kind"), ("events?limit=0", "limit"),
                ("nearest", "at_ms"), ("nearest?at_ms=1&what=bar", "what"), ("coverage?from_ms=-1", "from_ms"),
                ("events?from_ms=1e400", "from_ms"),
            ] {
                let answer = try await client(.get, "\(base)/\(uri)")
                #expect(answer.status == 400 && answer.field == field, "\(uri)")
            }
            let flat = try await client(.get, "\(base)?layout=flat")
            guard case .array(let events)? = flat["summary", "events"] else {
                Issue.record("no events")
                return
            }
            #expect(events.count == whole.flattened().events.count)
            #expect(try await client(.get, "\(base)?format=vtt").text.hasPrefix("WEBVTT"))
            #expect(try await client(.get, "\(base)?format=srt").text.hasPrefix("1\n"))
            #expect(try await client(.get, "\(base)?layout=stacked").field == "layout")
        }
    }
}
