import Interchange
import Library
import SemanticTimeline
import TestSupport
import Testing
import TimelineModel
import VideoOrigin

@Suite("Origin: lists that editors read", .timeLimit(.minutes(5)))
struct OriginExportTests {
    private func list(
        _ harness: OriginHarness, _ change: (inout ShotListRequest) -> Void = { _ in }
    ) async throws -> StoredShotList {
        try await harness.addAsset(
            "v1", durationMs: 60_000, speech: [3_200..<9_000], beats: [3_150, 3_650, 4_150, 4_650, 5_150])
        return try await harness.shots([
            .of("v1", at: 0, for: 1_000), .of("v1", at: 1_500, from: 20_000, for: 500, id: "c2"),
        ]) {
            $0.sequence.markers = [.object(["time_ms": .integer(250), "label": .string("hit")]), .string("no marker")]
            change(&$0)
        }
    }

    @Test("Markers are the start of speech, the beats of the shot's window, and the sequence's own")
    func markers() async throws {
        let harness = try OriginHarness()
        let list = try await list(harness)
        let edit = try await harness.origin.editList(
            list.result, options: ShotListExportOptions(), needsFrames: false, in: harness.scope)
        #expect(edit.frameRate == .milliseconds && edit.title == "seq")
        #expect(edit.shots.map(\.sourceStartMs) == [3_150, 20_000])
        #expect(edit.shots[0].markers.map(\.name) == ["speech", "1.1", "1.2"])
        #expect(edit.shots[0].markers.map(\.atMs) == [3_200, 3_150, 3_650])
        #expect(edit.shots[0].markers.map(\.color) == [.blue, .red, .green])
        #expect(edit.shots[1].markers.isEmpty)
        #expect(edit.markers.map(\.name) == ["hit"] && edit.markers.map(\.atMs) == [250])
        #expect(edit.shots[0].media.url == "/media-v2/assets/v1/content" && edit.shots[0].media.durationMs == 60_000)
        #expect(edit.shots[0].metadata["alignment_reason"] == .string("speech_onset"))
    }

    @Test("Formats that count frames get the list's rate, else the caller's, else 25, and say when it was assumed")
    func rates() async throws {
        let harness = try OriginHarness()
        let list = try await list(harness)
        func edit(_ options: ShotListExportOptions, of list: StoredShotList) async throws -> EditList {
            try await harness.origin.editList(list.result, options: options, needsFrames: true, in: harness.scope)
        }
        let assumed = try await edit(ShotListExportOptions(), of: list)
        #expect(assumed.frameRate == .pal25 && assumed.metadata["frame_rate_assumed"] == .bool(true))
        let asked = try await edit(ShotListExportOptions(frameRate: .ntsc2997, isDropFrame: true), of: list)
        #expect(asked.frameRate == .ntsc2997 && asked.isDropFrame && asked.metadata["frame_rate_assumed"] == nil)
        let framed = try await harness.shots([.of("v1")]) { ($0.frameRate, $0.isDropFrame) = (.ntsc5994, true) }
        let stated = try await edit(ShotListExportOptions(), of: framed)
        #expect(stated.frameRate == .ntsc5994 && stated.isDropFrame)
        let plain = try await edit(ShotListExportOptions(isDropFrame: false), of: framed)
        #expect(!plain.isDropFrame)
    }

    @Test("Tracks stand in the sequence's order, whatever comes first in time, those with picture below")
    func trackOrder() async throws {
        let harness = try OriginHarness()
        try await harness.addAsset("v", durationMs: 60_000, kind: .video)
        try await harness.addAsset("s", durationMs: 60_000, kind: .audio)
        let list = try await harness.shots([]) {
            $0.sequence.tracks = [
                AudioSequence.Track(id: "sound", order: 0, clips: [.of("s", at: 0, id: "1")]),
                AudioSequence.Track(id: "over", order: 2, clips: [.of("v", at: 1_000, id: "2")]),
                AudioSequence.Track(id: "main", order: 1, clips: [.of("v", at: 1_500, id: "3")]),
            ]
        }
        let edit = try await harness.origin.editList(
            list.result, options: ShotListExportOptions(), needsFrames: true, in: harness.scope)
        #expect(edit.framed().tracks.map(\.name) == ["main", "over", "sound"])
    }

    @Test("A stored list is exported in every format, and as JSON byte for byte")
    func formats() async throws {
        let harness = try OriginHarness()
        let list = try await list(harness)
        let id = try #require(list.result.meta["artifact_id"]?.text)
        func text(_ format: ShotListFormat) async throws -> String {
            let bytes = try await harness.origin.export(
                id, as: format, options: ShotListExportOptions(), in: harness.scope)
            return String(decoding: bytes, as: UTF8.self)
        }
        #expect(Array(try await text(.json).utf8) == list.json)
        #expect(try await text(.otio).contains("\"OTIO_SCHEMA\""))
        #expect(try await text(.edl).contains("00:00:03:04 00:00:04:04 01:00:00:00 01:00:01:00"))
        #expect(try await text(.fcpxml).contains("<fcpxml"))
        await #expect {
            try await harness.origin.export(
                id, as: .edl, options: ShotListExportOptions(frameRate: .milliseconds), in: harness.scope)
        } throws: { ($0 as? SemanticTimelineError)?.field == "frame_rate" }
    }

    @Test("What is gone since leaves its shots in the list")
    func gone() async throws {
        let harness = try OriginHarness()
        let list = try await list(harness)
        _ = try await harness.base.database.deleteAsset("v1", in: harness.scope)
        let edit = try await harness.origin.editList(
            list.result, options: ShotListExportOptions(), needsFrames: false, in: harness.scope)
        #expect(edit.shots.map(\.media.url) == ["asset:v1", "asset:v1"])
        #expect(edit.shots.allSatisfy { $0.markers.isEmpty })
    }

    @Test(
        "A list that somebody wrote by hand does not trap",
        arguments: [
            #"{"shots": [], "meta": {}}"#,
            #"{"shots": [{"source_asset_id": "", "source_start_ms": -1e308, "source_end_ms": 1e308, "target_start_ms": 1e300, "target_duration_ms": 1e308, "meta": {"semantic_artifact_id": "x", "track": 5}}], "meta": {"frame_rate": "x", "markers": [{"time_ms": -1e300, "duration_ms": -5}]}}"#,
        ])
    func hostile(json: String) async throws {
        let harness = try OriginHarness()
        let asset = try await harness.addAsset("a", durationMs: 1_000)
        try await harness.base.addArtifact("list", .videoShotList, of: asset, bytes: Array(json.utf8))
        for format in ShotListFormat.allCases {
            let bytes = try await harness.origin.export(
                "list", as: format, options: ShotListExportOptions(), in: harness.scope)
            #expect(!bytes.isEmpty)
        }
        try await harness.base.addArtifact("junk", .videoShotList, of: asset, bytes: Array("{".utf8))
        await #expect {
            try await harness.origin.export("junk", as: .edl, options: ShotListExportOptions(), in: harness.scope)
        } throws: { ($0 as? SemanticTimelineError)?.httpStatus == 422 }
    }
}
