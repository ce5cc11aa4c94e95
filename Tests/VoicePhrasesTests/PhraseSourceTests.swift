import Library
import SemanticTimeline
import TestSupport
import Testing
import TimelineModel
import VoicePhrases

@Suite("PhrasesTests: where words come from, and what cannot be read", .timeLimit(.minutes(5)))
struct PhraseSourceTests {
    private static let transcript =
        #"{"segments":[{"text":"no"}],"words":[{"word":"From","start":0.5,"end":1,"conf":0.5},"#
        + #"{"word":"elsewhere","start":1.2,"end":2},{"word":"x"}]}"#

    @Test("A transcript that was made elsewhere is read by name, or where no real timeline is there")
    func transcripts() async throws {
        let harness = try await PhraseHarness()
        try await harness.addTimeline("stub", [PhraseHarness.speech(0..<5000, speaker: nil, [:])], isStub: true)
        try await harness.addArtifact("old", .asrTranscript, #"{"words":[]}"#)
        try await harness.addArtifact("asr", .asrTranscript, Self.transcript, startMs: 250)
        let found = try await harness.detect()
        #expect(found.phrases.map(\.transcript) == ["From elsewhere"])
        #expect(found.phrases.map(\.times) == [[500, 2000]] && found.phrases.map(\.sourceStartMs) == [750])
        #expect(found.phrases.map(\.confidence) == [0.5])
        #expect(found.meta.transcriptFound && found.meta.sourceArtifactID == "asr" && found.meta.isStub == nil)
        #expect(found.meta.backendInfo == .object([:]) && found.meta.semanticVersion == nil)
        #expect(found.meta.skippedWords == 1)
        let artifact = try await harness.base.database.artifact(found.artifactIDs[0], in: harness.scope)
        #expect(artifact?.meta["transcript_artifact_id"] == .string("asr"))
        #expect(artifact?.meta["semantic_version"] == nil)
        // A part of the asset is cut from it too: what is heard from 1.3 seconds of the asset on.
        try await harness.addArtifact("part", .audioSegment, startMs: 1300, endMs: 9000)
        let part = try await harness.detect("part")
        #expect(part.phrases.map(\.transcript) == ["elsewhere"])
        #expect(part.phrases.map(\.times) == [[150, 950]] && part.phrases.map(\.sourceStartMs) == [1450])
        // Nobody spoke.
        let silent = try await harness.detect("old")
        #expect(silent.phrases.isEmpty && silent.artifactIDs.isEmpty && !silent.meta.transcriptFound)
        try await harness.addTimeline("real")
        #expect(try await harness.detect().meta.sourceArtifactID == "real")
        #expect(try await harness.detect("asr").phrases == found.phrases)
    }

    @Test("Speech without words is no error: no transcript was found, and a stub says what it is")
    func stub() async throws {
        let harness = try await PhraseHarness()
        let speech = PhraseHarness.speech(0..<5000, speaker: nil, [:])
        try await harness.addTimeline("stub", [speech], isStub: true)
        let stub = try await harness.detect()
        #expect(stub.phrases.isEmpty && stub.artifactIDs.isEmpty)
        #expect(!stub.meta.transcriptFound && stub.meta.isStub == true && stub.meta.count == 0)
        #expect(stub.meta.semanticVersion == "audio_semantic_stub_v1")
        try await harness.addTimeline("music", [AudioEvent(kind: .music, startMs: 0, endMs: 10_000)])
        let music = try await harness.detect()
        #expect(music.phrases.isEmpty && !music.meta.transcriptFound && music.meta.isStub == nil)
        let json = try TimelineJSON.decode(JSONValue.self, from: TimelineJSON.encode(stub)).members
        #expect(json?["phrases"] == .array([]) && json?["artifact_ids"] == .array([]))
        #expect(json?["meta"]?.members?["transcript_found"] == .bool(false))
    }

    @Test("What is not there, and what is somebody else's, is the same 404")
    func foreign() async throws {
        let harness = try await PhraseHarness()
        try await harness.addTimeline("t1")
        let other = Scope(tenantID: "t2", env: "dev")
        let noAsset = SemanticTimelineError.notFound(.audioNotFound, "asset")
        let noArtifact = SemanticTimelineError.notFound(.audioNotFound, "artifact")
        await #expect(throws: noAsset) { try await harness.detect(asset: "nothing") }
        await #expect(throws: noAsset) { try await harness.detect(in: other) }
        await #expect(throws: noAsset) { try await harness.detect(in: Scope(tenantID: "t1", env: "prod")) }
        await #expect(throws: noArtifact) { try await harness.detect("nothing") }
        try await harness.base.addAsset("b")
        await #expect(throws: noArtifact) { try await harness.detect("t1", asset: "b") }
        try await harness.base.addAsset("a123", in: other)
        await #expect(throws: noArtifact) { try await harness.detect("t1", in: other) }
        for (asset, scope) in [("b", harness.scope), ("a123", other)] {
            await #expect { try await harness.detect(asset: asset, in: scope) } throws: { error in
                (error as? SemanticTimelineError)?.code == .timelineNotFound
            }
        }
    }

    @Test("A transcript that cannot be read or understood is an error, never no phrases")
    func unreadable() async throws {
        let harness = try await PhraseHarness()
        let broken = try await harness.addArtifact("broken", .asrTranscript, #"{"words":[{"word":"a"}]}"#)
        for (id, field) in [("broken", "artifact_id"), (nil, nil)] {
            await #expect { try await harness.detect(id) } throws: { error in
                let error = error as? SemanticTimelineError
                return error?.code == .validation && error?.httpStatus == 422 && error?.field == field
            }
        }
        try await harness.base.blobs.remove(try #require(broken.content?.sha256), in: harness.scope)
        for id in ["broken", nil] {
            await #expect { try await harness.detect(id) } throws: { error in
                (error as? SemanticTimelineError)?.code == .fetchFailed
            }
        }
    }

    @Test("A damaged timeline is passed over for another real one or a transcript, not for a stub")
    func damaged() async throws {
        let harness = try await PhraseHarness()
        try await harness.addTimeline("stub", [], isStub: true)
        try await harness.addTimeline("whole")
        let newest = try await harness.addTimeline("newest")
        #expect(try await harness.detect().meta.sourceArtifactID == "newest")
        try await harness.base.blobs.remove(try #require(newest.content?.sha256), in: harness.scope)
        #expect(try await harness.detect().meta.sourceArtifactID == "whole")
        let whole = try #require(try await harness.base.database.artifact("whole", in: harness.scope))
        try await harness.base.blobs.remove(try #require(whole.content?.sha256), in: harness.scope)
        let stem = try await harness.addArtifact("stem", .stem)
        try await harness.addTimeline("stem-stub", [], of: stem, isStub: true)
        for id in ["whole", "stem", nil] {
            await #expect { try await harness.detect(id) } throws: { error in
                (error as? SemanticTimelineError)?.code == .timelineNotFound
            }
        }
        try await harness.addArtifact("asr", .asrTranscript, Self.transcript)
        #expect(try await harness.detect().meta.sourceArtifactID == "asr")
    }

    @Test("Parameters out of range and impossible identifiers name their field")
    func validation() async throws {
        let harness = try await PhraseHarness()
        let changes: [(String, @Sendable (inout VoicePhraseRequest) -> Void)] = [
            ("max_gap_ms", { $0.maxGapMs = -1 }), ("max_gap_ms", { $0.maxGapMs = 60_001 }),
            ("min_phrase_len_ms", { $0.minPhraseLenMs = .min }), ("min_phrase_len_ms", { $0.minPhraseLenMs = .max }),
            ("asset_id", { $0.assetID = "" }), ("artifact_id", { $0.artifactID = "a/b" }),
            ("user_id", { $0.userID = "anonymous" }),
        ]
        for (field, change) in changes {
            await #expect { try await harness.detect(nil, change) } throws: { error in
                let error = error as? SemanticTimelineError
                return error?.code == .validation && error?.field == field
            }
        }
        try await harness.addTimeline("t1")
        #expect(try await harness.detect("").phrases.count == 3)
    }

    @Test("A thousand phrases are found and registered in a moment")
    func many() async throws {
        let harness = try await PhraseHarness()
        let events = (0..<1000).map { number in
            PhraseHarness.speech(
                number * 10..<number * 10 + 8, speaker: "S\(number % 2)", ["w": number * 10..<number * 10 + 8])
        }
        try await harness.addTimeline("t1", events)
        let start = ContinuousClock.now
        let first = try await harness.detect { $0.minPhraseLenMs = 0 }
        let again = try await harness.detect { $0.minPhraseLenMs = 0 }
        #expect(first.phrases.count == 1000 && again == first)
        #expect(ContinuousClock.now - start < .seconds(30))
    }
}
