import Library
import SemanticTimeline
import TestSupport
import Testing
import TimelineModel
import VoicePhrases

@Suite("PhrasesTests: phrases of assets and their artifacts", .timeLimit(.minutes(5)))
struct PhrasesTests {
    @Test("D43: phrases come from the semantic timeline, by pauses and voices, with what they came from")
    func timeline() async throws {
        let harness = try await PhraseHarness()
        try await harness.addTimeline("t1")
        let result = try await harness.detect()
        #expect(result.phrases.map(\.transcript) == ["Ask not", "what", "Why not?"])
        #expect(result.phrases.map(\.times) == [[1000, 1800], [2500, 2900], [3000, 3900]])
        #expect(result.phrases.map { [$0.sourceStartMs, $0.sourceEndMs] } == result.phrases.map(\.times))
        #expect(result.phrases.map(\.speakerID) == ["S1", "S1", "S2"])
        #expect(result.phrases.allSatisfy { $0.confidence == 0.75 })
        let meta = result.meta
        #expect(meta.engine == "cueline_voice_phrases_v1" && meta.transcriptFound && meta.isStub == nil)
        #expect(meta.sourceArtifactID == "t1" && meta.semanticCacheKey == "key-t1")
        #expect(meta.semanticVersion == "whisper_librosa_v2.1")
        #expect(meta.backendInfo == .object(["backend_type": .string("whisper_librosa")]))
        #expect(meta.count == 3 && meta.droppedShort == 1 && meta.skippedWords == 0)
        let joined = try await harness.detect { ($0.maxGapMs, $0.minPhraseLenMs) = (700, 0) }
        #expect(joined.phrases.map(\.transcript) == ["Ask not what", "Why not?", "Oh"])
    }

    @Test("D44: each phrase is an artifact without bytes that points into the asset")
    func artifacts() async throws {
        let harness = try await PhraseHarness()
        try await harness.addTimeline("t1")
        let result = try await harness.detect()
        #expect(Set(result.artifactIDs).count == 3)
        #expect(result.artifactIDs.allSatisfy { $0.hasPrefix("art_") && $0.count == 30 })
        for (id, phrase) in zip(result.artifactIDs, result.phrases) {
            let artifact = try #require(try await harness.base.database.artifact(id, in: harness.scope))
            #expect(artifact.kind == .audioPhrase && artifact.parentAssetID == "a123" && artifact.content == nil)
            #expect(artifact.startMs == Double(phrase.sourceStartMs) && artifact.endMs == Double(phrase.sourceEndMs))
            let kept = try TimelineJSON.decode(
                VoicePhrase.self, from: TimelineJSON.encode(try #require(artifact.meta["phrase"])))
            #expect(kept == phrase)
            #expect(
                try TimelineJSON.encode(try #require(artifact.meta["phrase"])) == TimelineJSON.encode(phrase))
            #expect(artifact.meta["source_asset_id"] == .string("a123"))
            #expect(artifact.meta["source_start_ms"] == .integer(Int64(phrase.sourceStartMs)))
            #expect(artifact.meta["source_end_ms"] == .integer(Int64(phrase.sourceEndMs)))
            #expect(artifact.meta["source_artifact_id"] == .string("t1"))
            #expect(artifact.meta["semantic_identity"] == .string("identity-t1"))
            #expect(artifact.meta["semantic_cache_key"] == .string("key-t1"))
            #expect(artifact.meta["semantic_version"] == .string("whisper_librosa_v2.1"))
            #expect(artifact.meta["backend_version"] == .string("cueline_voice_phrases_v1"))
            #expect(artifact.meta["pipeline_hash"]?.text?.count == 64)
        }
        let first = try await harness.base.database.artifact(result.artifactIDs[0], in: harness.scope)
        #expect(first?.uri == "/media-v2/assets/a123/content#t=1.000,1.800")
    }

    @Test("The same question gives the same artifacts, also when asked at once; another gives others")
    func idempotence() async throws {
        let harness = try await PhraseHarness()
        try await harness.addTimeline("t1")
        let results = try await withThrowingTaskGroup(of: VoicePhraseResult.self) { group in
            for _ in 0..<8 { group.addTask { try await harness.detect() } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(Set(results).count == 1)
        func count() async throws -> Int {
            try await harness.base.database.artifacts(ofAsset: "a123", in: harness.scope)
                .count { $0.kind == .audioPhrase }
        }
        #expect(try await count() == 3)
        let other = try await harness.detect { $0.maxGapMs = 400 }
        #expect(other.phrases == results[0].phrases)
        #expect(Set(other.artifactIDs).isDisjoint(with: results[0].artifactIDs))
        #expect(try await count() == 6)
        try await harness.addTimeline("t2")
        #expect(try await harness.detect().meta.sourceArtifactID == "t2")
        #expect(try await harness.detect("t1").phrases == results[0].phrases)
    }

    @Test("A clip of a phrase is the phrase, in its own time")
    func clip() async throws {
        let harness = try await PhraseHarness()
        try await harness.addTimeline("t1")
        let result = try await harness.detect()
        for (number, phrase) in result.phrases.enumerated() {
            let length = Double(phrase.endMs - phrase.startMs)
            try await harness.base.addClip(
                "c\(number)", asset: "a123", artifact: result.artifactIDs[number], inMs: 0, outMs: length)
            let answer = try await harness.base.service.timeline(
                ofClip: "c\(number)", options: ClipTimelineOptions(), in: harness.scope
            ).answer.summary
            #expect(answer.durationMs == phrase.endMs - phrase.startMs)
            let words = answer.events.flatMap { $0.meta.words ?? [] }
            #expect(words.map(\.word) == phrase.words?.map(\.word))
            #expect(words.map(\.startMs) == phrase.words?.map { $0.startMs - phrase.startMs })
            #expect(words.map(\.endMs) == phrase.words?.map { $0.endMs - phrase.startMs })
        }
        // It has no bytes of its own that could be heard.
        await #expect(throws: SemanticTimelineError.self) {
            try await harness.base.service.analyze(harness.base.request(artifact: result.artifactIDs[0]))
        }
    }

    @Test("A part of the asset is asked in its own time; its own timeline comes first")
    func part() async throws {
        let harness = try await PhraseHarness()
        try await harness.addTimeline("t1")
        let stem = try await harness.addArtifact("stem", .stem, startMs: 1200, endMs: 3450)
        let cut = try await harness.detect("stem")
        #expect(cut.phrases.map(\.transcript) == ["not", "what", "Why"])
        #expect(cut.phrases.map(\.times) == [[100, 600], [1300, 1700], [1800, 2200]])
        #expect(cut.phrases.map(\.sourceStartMs) == [1300, 2500, 3000])
        #expect(cut.meta.sourceArtifactID == "t1")
        try await harness.addTimeline("stub", [], of: stem, isStub: true)
        #expect(try await harness.detect("stem") == cut)
        try await harness.addTimeline("own", of: stem)
        let own = try await harness.detect("stem")
        #expect(own.meta.sourceArtifactID == "own")
        #expect(own.phrases.map(\.startMs) == [1000, 2500, 3000])
        #expect(own.phrases.map(\.sourceStartMs) == [2200, 3700, 4200])
        #expect(try await harness.detect("own").phrases == own.phrases)
        // Phrases of a phrase, and of a part that only its meta tells.
        let phrase = try await harness.detect(try await harness.detect().artifactIDs[2])
        #expect(phrase.phrases.map(\.transcript) == ["Why not?"])
        #expect(phrase.phrases.map(\.times) == [[0, 900]] && phrase.phrases.map(\.sourceStartMs) == [3000])
        try await harness.addArtifact(
            "loop", .audioLoop, meta: ["source_start_ms": .integer(2400), "source_end_ms": .number(2950)])
        #expect(try await harness.detect("loop").phrases.map(\.times) == [[100, 500]])
    }
}
