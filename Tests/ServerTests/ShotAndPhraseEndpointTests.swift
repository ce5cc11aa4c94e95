import HTTPTypes
import Interchange
import Library
import SemanticTimeline
import TestSupport
import Testing
import TimelineModel
import VideoOrigin

@Suite("OriginTests and PhrasesTests over HTTP: shots, phrases, files", .timeLimit(.minutes(5)))
struct ShotAndPhraseEndpointTests {
    private let origin = "/audio/to-video-origin"
    private let request = """
        {"tenant_id": "t1", "env": "dev", "frame_rate": "25", "sequence": {"id": "s1", "tenant_id": "t1", "env": "dev",
         "tracks": [{"id": "voice", "role": "dialogue", "clips": [
            {"id": "c1", "asset_id": "a1", "start_ms": 0, "duration_ms": 1000, "source_offset_ms": 0},
            {"id": "c2", "asset_id": "a1", "start_ms": 1000, "duration_ms": 500, "source_offset_ms": 8000}]}]}}
        """

    private func app() async throws -> TestApp {
        let app = try TestApp()
        let asset = try await app.harness.addAsset("a1", durationMs: 20_000, kind: .video)
        var speech = AudioEvent(kind: .speech, startMs: 3_200, endMs: 5_000, speakerID: "S1")
        speech.transcription = "Ask not"
        speech.meta.words = [
            TimelineWord(word: "Ask", startMs: 3_200, endMs: 3_500, confidence: 0.5),
            TimelineWord(word: "not", startMs: 4_500, endMs: 5_000, confidence: 1),
        ]
        try await app.harness.addTimeline(
            "timeline1", of: asset,
            events: [
                AudioEvent(kind: .silence, startMs: 0, endMs: 3_200), speech,
                AudioEvent(kind: .silence, startMs: 5_000, endMs: 20_000),
            ], beats: [BeatEvent(timeMs: 8_040, beatIndex: 0, barIndex: 0, beatInBar: 1)], durationMs: 20_000)
        return app
    }

    @Test("A sequence becomes a shot list that is got again byte for byte, and as files")
    func shots() async throws {
        try await app().test { client in
            let made = try await client(.post, origin, json: request)
            #expect(made.status == 200)
            guard case .array(let shots)? = made["shots"] else { throw Missing() }
            #expect(shots.compactMap { $0.members?["source_start_ms"]?.double } == [3_200, 8_040])
            let meta = try #require(shots.first?.members?["meta"]?.members)
            #expect(meta["semantic_offset_ms"] == .integer(3_200) && meta["alignment_reason"]?.text == "speech_onset")
            #expect(meta["semantic_version"]?.text == "whisper_librosa_v2.1")
            #expect(meta["semantic_cache_key"]?.text == "key-timeline1")
            #expect(made["meta", "semantic_cache_key"]?.text == "key-timeline1" && made["meta", "count"] == .integer(2))
            let id = try #require(made["meta", "artifact_id"]?.text)
            #expect(made["meta", "uri"]?.text == "/media-v2/artifacts/\(id)/content")
            #expect(try await client(.post, origin, json: request).bytes == made.bytes)
            #expect(try await client(.get, "\(origin)/\(id)").bytes == made.bytes)
            #expect(try await client(.get, "/media-v2/artifacts/\(id)/content").bytes == made.bytes)
            #expect(try await client(.get, "/media-v2/artifacts/\(id)")["kind"]?.text == "video_shot_list")

            for format in ShotListFormat.allCases where format != .json {
                let file = try await client(.get, "\(origin)/\(id)?format=\(format.rawValue)")
                #expect(file.status == 200 && !file.bytes.isEmpty)
                #expect(file.headers[.contentType] == format.mediaType)
                #expect(
                    file.headers[.contentDisposition] == "attachment; filename=\"\(id).\(format.fileExtension)\"")
            }
            let edl = try await client(.get, "\(origin)/\(id)?format=edl").text
            #expect(edl.contains("00:00:03:05 00:00:04:05 01:00:00:00 01:00:01:00"))
            let drop = try await client(.get, "\(origin)/\(id)?format=edl&frame_rate=30000/1001&drop_frame=true").text
            #expect(drop.contains("FCM: DROP FRAME") && drop.contains("01:00:00;00"))
        }
    }

    @Test(
        "What cannot be used is a 400 that names the field, a window outside of the asset a 422, another's sequence a 403"
    )
    func refusals() async throws {
        try await app().test { client in
            for (change, field) in [
                (("\"25\"", "\"31.7\""), "frame_rate"),
                (("\"start_ms\": 0", "\"start_ms\": \"x\""), "sequence.tracks[0].clips[0].start_ms"),
            ] {
                let answer = try await client(.post, origin, json: request.replacing(change.0, with: change.1))
                #expect(answer.status == 400 && answer.field == field)
            }
            let far = try await client(.post, origin, json: request.replacing("8000", with: "19501"))
            #expect(far.status == 422 && far.error["message"]?.text?.contains("clip c2") == true)
            let foreign = try await client(
                .post, origin,
                json: request.replacing("\"id\": \"s1\", \"tenant_id\": \"t1\"", with: "\"tenant_id\": \"t2\""))
            #expect(foreign.status == 403 && foreign.code == "tenant.mismatch")
            #expect(try await client(.post, origin, json: "{}").field == "sequence")
            let list = try await client(.post, origin, json: request)["meta", "artifact_id"]?.text ?? ""
            #expect(try await client(.get, "\(origin)/\(list)?format=avi").field == "format")
            #expect(try await client(.get, "\(origin)/\(list)?frame_rate=31.7").field == "frame_rate")
            #expect(try await client(.get, "\(origin)/\(list)?format=edl&frame_rate=240").field == "frame_rate")
            #expect(try await client(.get, "\(origin)/timeline1").status == 404)
        }
    }

    @Test("Phrases are found, kept, and a clip of one gives its words")
    func phrases() async throws {
        let app = try await app()
        try await app.test { client in
            let found = try await client(.post, "/audio/voice-phrases/detect", json: #"{"asset_id": "a1"}"#)
            #expect(found.status == 200)
            guard case .array(let phrases)? = found["phrases"], case .array(let ids)? = found["artifact_ids"] else {
                throw Missing()
            }
            #expect(phrases.compactMap { $0.members?["transcript"]?.text } == ["Ask", "not"])
            #expect(phrases.compactMap { $0.members?["source_start_ms"]?.double } == [3_200, 4_500])
            #expect(found["meta", "transcript_found"] == .bool(true) && found["meta", "engine"]?.text != nil)
            let id = try #require(ids.last?.text)
            let artifact = try await client(.get, "/media-v2/artifacts/\(id)")
            #expect(artifact["kind"]?.text == "audio_phrase" && artifact["meta", "phrase"] == phrases.last)
            try await app.harness.addClip("p1", asset: "a1", artifact: id, inMs: 0, outMs: 500)
            let clip = try await client(.get, "/audio/semantic-timeline/by-clip/p1")
            guard case .array(let events)? = clip["summary", "events"] else { throw Missing() }
            #expect(events.compactMap { $0.members?["transcription"]?.text } == ["not"])
            // A shot of the phrase comes from the phrase's place in the asset.
            let shot = try await client(
                .post, origin,
                json:
                    #"{"sequence": {"tracks": [{"clips": [{"artifact_id": "\#(id)", "start_ms": 0, "duration_ms": 500}]}]}}"#
            )
            guard case .array(let shots)? = shot["shots"] else { throw Missing() }
            #expect(shots.first?.members?["source_start_ms"] == .integer(4_500))
            #expect(shots.first?.members?["source_asset_id"]?.text == "a1")

            let together = try await client(
                .post, "/audio/voice-phrases/detect", json: #"{"asset_id": "a1", "max_gap_ms": 1000}"#)
            guard case .array(let one)? = together["phrases"] else { throw Missing() }
            #expect(one.compactMap { $0.members?["transcript"]?.text } == ["Ask not"])
            let wrong = try await client(
                .post, "/audio/voice-phrases/detect", json: #"{"asset_id": "a1", "max_gap_ms": -1}"#)
            #expect(wrong.status == 400 && wrong.field == "max_gap_ms")
        }
    }

    @Test("A timeline is had in every format, with its type and a name")
    func timelineFormats() async throws {
        try await app().test { client in
            for format in TimelineFormat.allCases where format != .json {
                let file = try await client(.get, "/audio/semantic-timeline/timeline1?format=\(format.rawValue)")
                #expect(file.status == 200 && !file.bytes.isEmpty, "\(format)")
                #expect(file.headers[.contentType] == format.mediaType)
                #expect(
                    file.headers[.contentDisposition] == "attachment; filename=\"timeline1.\(format.fileExtension)\"")
            }
            #expect(try await client(.get, "/audio/semantic-timeline/timeline1?format=avi").field == "format")
            #expect(try await client(.get, "/audio/semantic-timeline/timeline1?frame_rate=AAA").field == "frame_rate")
        }
    }

    private struct Missing: Error {}
}
