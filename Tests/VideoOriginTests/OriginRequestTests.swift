import SemanticTimeline
import Testing
import TimelineModel
import VideoOrigin

@Suite("Origin: requests")
struct OriginRequestTests {
    private static func request(_ json: String) throws -> ShotListRequest {
        let value: JSONValue = try TimelineJSON.decode(from: .init(json.utf8))
        return try ShotListRequest(json: value.members ?? [:])
    }

    @Test("A request is read with its defaults")
    func defaults() throws {
        let request = try Self.request(
            """
            {"sequence": {"id": "s", "bpm": 120, "more": 1, "tracks": [
                {"clips": [{"asset_id": "a", "start_ms": 0.5, "duration_ms": 10, "label": null}]},
                {"id": "t", "mute": true, "solo": true, "order": 0, "role": "music", "meta": {"x": 1},
                 "clips": [{"id": "c", "artifact_id": "x", "start_ms": 0, "duration_ms": 1, "source_offset_ms": -3}]}]}}
            """)
        #expect(request.alignment == .window && request.snapsToBeats && request.maxShiftMs == nil)
        #expect(request.beatToleranceMs == 120 && !request.requiresSemantics && request.frameRate == nil)
        #expect(request.sequence.tracks.map(\.id) == ["track-1", "t"])
        #expect(request.sequence.tracks.map(\.order) == [0, 0])
        #expect(request.sequence.tracks[0].clips == [.init(id: "clip-1", assetID: "a", startMs: 0.5, durationMs: 10)])
        #expect(request.sequence.tracks[1].isMuted && request.sequence.tracks[1].isSoloed)
        #expect(request.sequence.tracks[1].clips[0].sourceOffsetMs == -3)
        let full = try Self.request(
            """
            {"sequence": {"id": "s"}, "alignment": "first_speech", "snap_to_beats": false, "max_shift_ms": 0,
             "beat_tolerance_ms": 1.5, "require_semantics": true, "frame_rate": "29.97", "drop_frame": true}
            """)
        #expect(full.alignment == .firstSpeech && !full.snapsToBeats && full.maxShiftMs == 0)
        #expect(full.frameRate == .ntsc2997 && full.isDropFrame && full.requiresSemantics)
    }

    @Test(
        "What cannot be used is an error that names the field",
        arguments: [
            ("{}", "sequence"), (#"{"sequence": []}"#, "sequence"),
            (#"{"sequence": {"tracks": {}}}"#, "sequence.tracks"),
            (#"{"sequence": {"tracks": [1]}}"#, "sequence.tracks"),
            (#"{"sequence": {"tenant_id": "A B"}}"#, "sequence.tenant_id"),
            (#"{"sequence": {"bpm": "fast"}}"#, "sequence.bpm"),
            (#"{"sequence": {"tracks": [{"mute": 1}]}}"#, "sequence.tracks[0].mute"),
            (
                #"{"sequence": {"tracks": [{}, {"clips": [{"start_ms": 0, "duration_ms": 1}]}]}}"#,
                "sequence.tracks[1].clips[0].asset_id"
            ),
            (
                #"{"sequence": {"tracks": [{"clips": [{"asset_id": "a b", "start_ms": 0, "duration_ms": 1}]}]}}"#,
                "sequence.tracks[0].clips[0].asset_id"
            ),
            (
                #"{"sequence": {"tracks": [{"clips": [{"asset_id": "a", "duration_ms": 1}]}]}}"#,
                "sequence.tracks[0].clips[0].start_ms"
            ),
            (
                #"{"sequence": {"tracks": [{"clips": [{"asset_id": "a", "start_ms": -1, "duration_ms": 1}]}]}}"#,
                "sequence.tracks[0].clips[0].start_ms"
            ),
            (
                #"{"sequence": {"tracks": [{"clips": [{"asset_id": "a", "start_ms": 0, "duration_ms": 0}]}]}}"#,
                "sequence.tracks[0].clips[0].duration_ms"
            ),
            (
                #"{"sequence": {"tracks": [{"clips": [{"asset_id": "a", "start_ms": 0, "duration_ms": 1e300}]}]}}"#,
                "sequence.tracks[0].clips[0].duration_ms"
            ),
            (#"{"sequence": {}, "alignment": "maybe"}"#, "alignment"),
            (#"{"sequence": {}, "max_shift_ms": -1}"#, "max_shift_ms"),
            (#"{"sequence": {}, "beat_tolerance_ms": 1e9}"#, "beat_tolerance_ms"),
            (#"{"sequence": {}, "frame_rate": "31.7"}"#, "frame_rate"),
            (#"{"sequence": {}, "frame_rate": 25}"#, "frame_rate"),
            (#"{"sequence": {}, "frame_rate": "25", "drop_frame": true}"#, "drop_frame"),
        ])
    func refusals(json: String, field: String) {
        #expect {
            try Self.request(json)
        } throws: { error in
            let error = error as? SemanticTimelineError
            return error?.code == .validation && error?.field == field
        }
    }
}
