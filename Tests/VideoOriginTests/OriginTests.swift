import Library
import SemanticTimeline
import TestSupport
import Testing
import TimelineModel
import VideoOrigin

/// The specification's `audio_to_video_origin/tests`.
@Suite("Audio to video origin", .timeLimit(.minutes(5)))
struct OriginTests {
    // MARK: - Where a shot starts

    @Test("A clip at 10:00 of an asset that first speaks at 0:45 stays at 10:00, not at 10:45")
    func clipInTheMiddle() async throws {
        let harness = try OriginHarness()
        let asset = try await harness.addAsset(
            "talk", durationMs: 900_000, speech: [45_000..<50_000, 599_000..<601_000, 660_000..<670_000])
        let list = try await harness.shots([.of("talk", from: 600_000)])
        #expect(list.result.shots.map(\.sourceStartMs) == [600_000])
        #expect(list.result.shots.map(\.reason) == ["already_in_speech"])
        #expect(list.result.shots[0].meta["first_speech_ms"] == .integer(45_000))
        // Where it is quiet at 10:00, the next speech inside of the window counts, and none beyond it.
        try await harness.addTimeline("newer", of: asset, durationMs: 900_000, [45_000..<50_000, 600_700..<601_000])
        let onset = try await harness.shots([.of("talk", from: 600_000), .of("talk", from: 650_000, id: "c2")])
        #expect(onset.result.shots.map(\.sourceStartMs) == [600_700, 650_000])
        #expect(onset.result.shots.map(\.reason) == ["speech_onset", "no_speech"])
    }

    @Test("first_speech is the specification's literal rule: the asset's first speech is added to every shot")
    func literalRule() async throws {
        let harness = try OriginHarness()
        try await harness.addAsset("talk", durationMs: 900_000, speech: [45_000..<50_000, 599_000..<601_000])
        let list = try await harness.shots([.of("talk", from: 600_000), .of("talk", id: "c2")]) {
            $0.alignment = .firstSpeech
            $0.maxShiftMs = 100
        }
        #expect(list.result.shots.map(\.sourceStartMs) == [645_000, 45_000])
        #expect(list.result.shots.map(\.offsetMs) == [45_000, 45_000])
        #expect(list.result.shots.map(\.reason) == ["speech_onset", "speech_onset"])
    }

    @Test("An untrimmed clip whose recording first speaks at 3.2 s starts there")
    func untrimmed() async throws {
        let harness = try OriginHarness()
        try await harness.addAsset("v1", durationMs: 60_000, speech: [3_200..<9_000])
        let list = try await harness.shots([.of("v1", for: 1_000)])
        let shot = list.result.shots[0]
        #expect((shot.sourceStartMs, shot.sourceEndMs) == (3_200, 4_200))
        #expect((shot.targetStartMs, shot.targetDurationMs) == (0, 1_000))
        #expect(shot.offsetMs == 3_200 && shot.reason == "speech_onset")
        #expect(shot.meta["audio_source_offset_ms"] == .integer(3_200))
    }

    @Test("alignment none leaves every shot where the clip says")
    func unaligned() async throws {
        let harness = try OriginHarness()
        try await harness.addAsset("v1", durationMs: 60_000, speech: [3_200..<9_000], beats: [10])
        let list = try await harness.shots([.of("v1", from: 12.5)]) { $0.alignment = .none }
        #expect(list.result.shots.map(\.sourceStartMs) == [12.5])
        #expect(list.result.shots.map(\.reason) == ["none"])
    }

    // MARK: - Each reason

    /// Nominal start, speech, beats, request → start and reason.
    private struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var from: Double = 10_000
        var duration: Double = 2_000
        var speech: [Range<Int>] = []
        var beats: [Int] = []
        var maxShift: Double?
        var snaps = true
        var start: Double
        var reason: String
        var beatOffset: Double = 0
        var testDescription: String { name }
    }

    private static let cases: [Case] = [
        Case(name: "speech starts in the window", speech: [10_500..<12_000], start: 10_500, reason: "speech_onset"),
        Case(
            name: "a beat just before the speech", speech: [10_500..<12_000], beats: [9_000, 10_400, 10_510],
            start: 10_400, reason: "speech_onset", beatOffset: -100),
        Case(
            name: "a beat with the speech", speech: [10_500..<12_000], beats: [10_400, 10_500], start: 10_500,
            reason: "speech_onset"),
        Case(
            name: "a beat too long before the speech", speech: [10_500..<12_000], beats: [10_379], start: 10_500,
            reason: "speech_onset"),
        Case(
            name: "beats that do not matter", speech: [10_500..<12_000], beats: [10_400], snaps: false, start: 10_500,
            reason: "speech_onset"),
        Case(name: "the window starts in speech", speech: [9_000..<10_001], start: 10_000, reason: "already_in_speech"),
        Case(
            name: "speech starts with the window", speech: [10_000..<10_100], start: 10_000, reason: "already_in_speech"
        ),
        Case(
            name: "speech ends where the window starts", speech: [9_000..<10_000, 11_000..<12_000], start: 11_000,
            reason: "speech_onset"),
        Case(
            name: "speech starts where the window ends", speech: [12_000..<13_000], start: 10_000, reason: "no_speech"),
        Case(
            name: "no speech, the nearest beat is before", beats: [9_950, 10_060], start: 9_950, reason: "beat",
            beatOffset: -50),
        Case(
            name: "no speech, the nearest beat is behind", beats: [9_900, 10_060], start: 10_060, reason: "beat",
            beatOffset: 60),
        Case(name: "no speech, no beat near", beats: [9_879, 10_121], start: 10_000, reason: "no_speech"),
        Case(
            name: "further than allowed", speech: [11_000..<12_000], maxShift: 999, start: 10_000,
            reason: "beyond_max_shift"),
        Case(
            name: "a beat that is too far, before speech that is not", speech: [10_010..<11_000], beats: [9_900],
            maxShift: 50, start: 10_010, reason: "speech_onset"),
        Case(
            name: "a beat in somebody's last word", speech: [9_000..<9_945, 10_050..<11_000], beats: [9_940],
            start: 10_050, reason: "speech_onset"),
        Case(
            name: "just as far as allowed", speech: [11_000..<12_000], maxShift: 1_000, start: 11_000,
            reason: "speech_onset"),
        Case(
            name: "near the end of the asset", from: 17_500, speech: [18_400..<19_000], start: 18_000,
            reason: "clamped"),
        Case(
            name: "near the end of the asset, with a beat", from: 17_500, speech: [18_400..<19_000], beats: [18_300],
            start: 18_000, reason: "clamped"),
        Case(
            name: "a whole recording", from: 0, duration: 20_000, speech: [3_000..<4_000], start: 0, reason: "clamped"),
        Case(
            name: "an untrimmed recording that speaks long after the window", from: 0, speech: [9_000..<9_500],
            start: 9_000, reason: "speech_onset"),
    ]

    @Test("Each reason, and the start that goes with it", arguments: cases)
    private func reason(_ example: Case) async throws {
        let harness = try OriginHarness()
        try await harness.addAsset("a", durationMs: 20_000, speech: example.speech, beats: example.beats)
        let list = try await harness.shots([.of("a", at: 500, from: example.from, for: example.duration)]) {
            $0.maxShiftMs = example.maxShift
            $0.snapsToBeats = example.snaps
        }
        let shot = list.result.shots[0]
        #expect(shot.sourceStartMs == example.start && shot.reason == example.reason)
        #expect(shot.offsetMs == example.start - example.from)
        #expect(shot.meta["beat_offset_ms"]?.double == example.beatOffset)
        #expect(shot.meta["nominal_source_start_ms"]?.double == example.from)
        #expect(shot.sourceEndMs - shot.sourceStartMs == example.duration)
        #expect(shot.targetStartMs == 500 && shot.targetDurationMs == example.duration)
    }

    @Test("Without semantics the shot maps at nominal, and the list says whose are missing; or that is an error")
    func noSemantics() async throws {
        let harness = try OriginHarness()
        try await harness.addAsset("a", durationMs: 20_000, analysed: false)
        let clip = AudioSequence.Clip.of("a", from: 1_000)
        let list = try await harness.shots([clip])
        let shot = list.result.shots[0]
        #expect(shot.sourceStartMs == 1_000 && shot.reason == "no_semantics" && shot.offsetMs == 0)
        let unaligned = try await harness.shots([clip]) { $0.alignment = .none }
        #expect(unaligned.result.shots[0].reason == "no_semantics")
        for name in ["semantic_version", "semantic_cache_key", "semantic_identity", "semantic_artifact_id"] {
            #expect(shot.meta[name] == .null)
        }
        #expect(list.result.meta["missing_semantics"] == .array([.string("a")]))
        #expect(list.result.meta["semantic_cache_key"] == nil && list.result.meta["semantics"] == .object([:]))
        await #expect {
            try await harness.shots([clip]) { $0.requiresSemantics = true }
        } throws: { error in
            let error = error as? SemanticTimelineError
            return error?.code == .timelineNotFound && error?.message.contains("clip c1") == true
        }
    }

    // MARK: - What a list says

    @Test("Shots and result name the semantics that they were made with")
    func semanticMeta() async throws {
        let harness = try OriginHarness()
        try await harness.addAsset("a", durationMs: 20_000, speech: [500..<900])
        try await harness.addAsset("b", durationMs: 20_000, speech: [700..<900])
        try await harness.addAsset("c", durationMs: 20_000, analysed: false)
        let list = try await harness.shots([
            .of("a", at: 4_000, id: "late"), .of("b", at: 0, id: "early"), .of("c", at: 2_000, id: "bare"),
        ])
        #expect(list.result.shots.map(\.clip) == ["early", "bare", "late"])
        let meta = list.result.shots[2].meta
        #expect(meta["semantic_version"] == .string("whisper_librosa_v2.1"))
        #expect(meta["semantic_cache_key"] == .string("key-timeline-a"))
        #expect(meta["semantic_identity"] == .string("identity-timeline-a"))
        #expect(meta["semantic_artifact_id"] == .string("timeline-a"))
        #expect(meta["track"] == .string("voice") && meta["role"] == .string("dialogue"))
        // In track and clip order the last shot that had semantics is that of b.
        #expect(list.result.meta["semantic_cache_key"] == .string("key-timeline-b"))
        #expect(list.result.meta["semantic_version"] == .string("whisper_librosa_v2.1"))
        #expect(list.result.meta["count"] == .integer(3))
        #expect(
            list.result.meta["semantics"]?.members?["a"]
                == .object([
                    "artifact_id": .string("timeline-a"), "cache_key": .string("key-timeline-a"),
                    "version": .string("whisper_librosa_v2.1"),
                ]))
        #expect(list.result.meta["missing_semantics"] == .array([.string("c")]))
    }

    @Test("The newest real timeline of the present bytes counts; a stub only where there is no other, and says so")
    func selection() async throws {
        let harness = try OriginHarness()
        let asset = try await harness.addAsset("a", durationMs: 20_000, analysed: false)
        try await harness.addTimeline("stub", of: asset, durationMs: 20_000, [100..<200], isStub: true)
        let stub = try await harness.shots([.of("a")]).result.shots[0]
        #expect(stub.meta["semantic_version"] == .string("audio_semantic_stub_v1") && stub.sourceStartMs == 100)
        try await harness.addTimeline("real", of: asset, durationMs: 20_000, [300..<400])
        try await harness.addTimeline("stub2", of: asset, durationMs: 20_000, [100..<200], isStub: true)
        try await harness.addTimeline(
            "stale", of: asset, durationMs: 20_000, [500..<600], sourceSHA256: "other bytes")
        #expect(try await harness.shots([.of("a")]).result.shots[0].sourceStartMs == 300)
    }

    @Test("A real timeline without beats comes before a stub that has some, and a real one with beats before both")
    func realBeforeStub() async throws {
        let harness = try OriginHarness()
        let asset = try await harness.addAsset("a", durationMs: 20_000, analysed: false)
        let speech = OriginHarness.events(durationMs: 20_000, speech: [300..<400])
        try await harness.base.addTimeline(
            "beatless", of: asset, events: speech, durationMs: 20_000, includeBeats: false)
        try await harness.addTimeline("stub", of: asset, durationMs: 20_000, [100..<200], [100], isStub: true)
        #expect(try await harness.shots([.of("a")]).result.shots[0].sourceStartMs == 300)
        try await harness.addTimeline("beats", of: asset, durationMs: 20_000, [500..<600], [450])
        try await harness.base.addTimeline(
            "newer", of: asset, events: speech, durationMs: 20_000, includeBeats: false)
        #expect(try await harness.shots([.of("a")]).result.shots[0].sourceStartMs == 450)
        let unsnapped = try await harness.shots([.of("a")]) { $0.snapsToBeats = false }
        #expect(unsnapped.result.shots[0].meta["semantic_artifact_id"] == .string("newer"))
    }

    @Test("Semantics that were analysed after a first call are used by the next")
    func laterSemantics() async throws {
        let harness = try OriginHarness()
        let asset = try await harness.addAsset("a", durationMs: 20_000, analysed: false)
        let before = try await harness.shots([.of("a")])
        #expect(before.result.shots[0].reason == "no_semantics")
        try await harness.addTimeline("t", of: asset, durationMs: 20_000, [300..<400])
        let after = try await harness.shots([.of("a")])
        #expect(after.result.shots[0].sourceStartMs == 300 && after.result.shots[0].reason == "speech_onset")
        #expect(before.result.meta["artifact_id"] != after.result.meta["artifact_id"])
    }

    @Test("A damaged timeline is as good as none: the next best counts")
    func damaged() async throws {
        let harness = try OriginHarness()
        let asset = try await harness.addAsset("a", durationMs: 20_000, analysed: false)
        try await harness.addTimeline("good", of: asset, durationMs: 20_000, [300..<400])
        let bad = try await harness.addTimeline("bad", of: asset, durationMs: 20_000, [500..<600])
        try await harness.base.blobs.remove(try #require(bad.content).sha256, in: harness.scope)
        #expect(try await harness.shots([.of("a")]).result.shots[0].sourceStartMs == 300)
        // A stub does not stand in for what cannot be read.
        let other = try await harness.addAsset("b", durationMs: 20_000, analysed: false)
        try await harness.addTimeline("stub", of: other, durationMs: 20_000, [100..<200], isStub: true)
        let gone = try await harness.addTimeline("gone", of: other, durationMs: 20_000, [500..<600])
        try await harness.base.blobs.remove(try #require(gone.content).sha256, in: harness.scope)
        #expect(try await harness.shots([.of("b")]).result.shots[0].reason == "no_semantics")
    }
}
