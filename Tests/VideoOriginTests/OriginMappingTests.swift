import Library
import SemanticTimeline
import TestSupport
import Testing
import TimelineModel
import VideoOrigin

@Suite("Origin: what clips play, whose it is, and what is kept", .timeLimit(.minutes(5)))
struct OriginMappingTests {
    private func clip(_ artifact: String, offset: Double = 0) -> AudioSequence.Clip {
        AudioSequence.Clip(
            id: "c1", assetID: "ignored", artifactID: artifact, startMs: 0, durationMs: 1_000, sourceOffsetMs: offset)
    }

    @Test("An artifact's clip starts where the artifact does: stated origin, else its place in its parent")
    func artifacts() async throws {
        let harness = try OriginHarness()
        let asset = try await harness.addAsset("a", durationMs: 90_000, analysed: false)
        try await harness.addAsset("b", durationMs: 90_000, analysed: false)
        try await harness.base.addArtifact("loop", .audioLoop, of: asset, startMs: 30_000, endMs: 34_000)
        try await harness.base.addArtifact(
            "stated", .audioHit, of: asset, startMs: 5,
            meta: [
                "source_asset_id": .string("b"), "source_start_ms": .integer(7_000), "source_end_ms": .integer(8_000),
                "role": .string("villain"), "track": .string("x"), "secret": .string("s"),
            ])
        try await harness.base.addArtifact("stem", .audioStemVocal, of: asset)
        let loop = try await harness.shots([clip("loop", offset: 500)]).result.shots[0]
        #expect(loop.sourceAssetID == "a" && loop.sourceStartMs == 30_500)
        let stated = try await harness.shots([clip("stated", offset: 250)]).result.shots[0]
        #expect(stated.sourceAssetID == "b" && stated.sourceStartMs == 7_250)
        #expect(stated.meta["source_asset_id"] == .string("b") && stated.meta["source_start_ms"] == .integer(7_000))
        #expect(stated.meta["origin"]?.members?["source_end_ms"] == .integer(8_000))
        // An artifact's meta does not overwrite the shot's, nor does all of it leak.
        #expect(stated.meta["role"] == .string("dialogue") && stated.meta["track"] == .string("voice"))
        #expect(stated.meta["secret"] == nil && stated.meta["origin"]?.members?["secret"] == nil)
        #expect(try await harness.shots([clip("stem")]).result.shots[0].sourceStartMs == 0)
    }

    @Test("A window that leaves its asset is a 422 that names the clip", arguments: [-1.0, 9_000.5, 1e9])
    func outside(offset: Double) async throws {
        let harness = try OriginHarness()
        try await harness.addAsset("a", durationMs: 10_000)
        await #expect {
            try await harness.shots([.of("a", from: offset, for: 1_000, id: "far")])
        } throws: { error in
            let error = error as? SemanticTimelineError
            return error?.code == .validation && error?.httpStatus == 422 && error?.message.contains("clip far") == true
        }
    }

    @Test("An unknown asset or artifact is a 404 that names the clip; another tenant's is the same 404")
    func unknown() async throws {
        let harness = try OriginHarness()
        try await harness.addAsset("a", durationMs: 10_000)
        let other = Scope(tenantID: "t2", env: "dev")
        let theirs = try await harness.base.addAsset("theirs", durationMs: 10_000, in: other)
        try await harness.base.addArtifact("their-loop", .audioLoop, of: theirs)
        var messages: Set<String> = []
        for clip in [
            AudioSequence.Clip(id: "c", assetID: "nobodys", startMs: 0, durationMs: 10),
            AudioSequence.Clip(id: "c", assetID: "theirs", startMs: 0, durationMs: 10),
            AudioSequence.Clip(id: "c", artifactID: "nobodys", startMs: 0, durationMs: 10),
            AudioSequence.Clip(id: "c", artifactID: "their-loop", startMs: 0, durationMs: 10),
        ] {
            do {
                _ = try await harness.shots([.of("a", id: "first"), clip])
                Issue.record("no error for \(clip)")
            } catch let error as SemanticTimelineError {
                #expect(error.code == .audioNotFound)
                messages.insert(error.message)
            }
        }
        #expect(messages == ["clip c of track voice: no such asset", "clip c of track voice: no such artifact"])
        // Nothing of them was kept.
        #expect(
            try await harness.base.database.artifacts(ofAsset: "a", in: harness.scope).map(\.kind) == [
                .audioSemanticTimeline
            ])
    }

    @Test("An artifact that states another tenant's asset as its source is a 404")
    func statedForeignSource() async throws {
        let harness = try OriginHarness()
        let asset = try await harness.addAsset("a", durationMs: 10_000)
        try await harness.base.addAsset("theirs", in: Scope(tenantID: "t2", env: "dev"))
        try await harness.base.addArtifact(
            "loop", .audioLoop, of: asset, meta: ["source_asset_id": .string("theirs")])
        await #expect(throws: SemanticTimelineError.self) { try await harness.shots([clip("loop")]) }
    }

    @Test("A sequence of another tenant or env is refused")
    func foreignSequence() async throws {
        let harness = try OriginHarness()
        for change: @Sendable (inout ShotListRequest) -> Void in [
            { $0.sequence.tenantID = "t2" }, { $0.sequence.env = "prod" },
        ] {
            await #expect {
                try await harness.shots([], change)
            } throws: { ($0 as? SemanticTimelineError)?.code == .tenantMismatch }
        }
        _ = try await harness.shots([]) { ($0.sequence.tenantID, $0.sequence.env) = ("t1", "dev") }
    }

    @Test("Muted tracks, and those that are not soloed where one is, are left out and listed")
    func mutedAndSoloed() async throws {
        let harness = try OriginHarness()
        try await harness.addAsset("a", durationMs: 20_000)
        func tracks(solo: Bool) -> [AudioSequence.Track] {
            [
                AudioSequence.Track(id: "low", order: 3, clips: [.of("a", id: "1")]),
                AudioSequence.Track(
                    id: "muted", isMuted: true, order: 2, clips: [.of("nobodys", id: "2")]),
                AudioSequence.Track(
                    id: "top", isSoloed: solo, order: 1, clips: [.of("a", at: 5, id: "3"), .of("a", id: "4")]),
            ]
        }
        let all = try await harness.shots([]) { $0.sequence.tracks = tracks(solo: false) }
        // Equal starts: by track order, then clip order.
        #expect(all.result.shots.map(\.clip) == ["4", "1", "3"])
        #expect(
            all.result.meta["skipped"]
                == .array([.object(["track": .string("muted"), "clip": .string("2"), "reason": .string("muted")])]))
        let soloed = try await harness.shots([]) { $0.sequence.tracks = tracks(solo: true) }
        #expect(soloed.result.shots.map(\.clip) == ["4", "3"])
        guard case .array(let skipped)? = soloed.result.meta["skipped"] else { throw Missing() }
        #expect(skipped.compactMap { $0.members?["reason"]?.text } == ["muted", "not_soloed"])
        #expect(skipped.compactMap { $0.members?["clip"]?.text } == ["2", "1"])
    }

    @Test("A soloed track that is muted silences the others all the same")
    func mutedSolo() async throws {
        let harness = try OriginHarness()
        try await harness.addAsset("a", durationMs: 20_000)
        let list = try await harness.shots([]) {
            $0.sequence.tracks = [
                AudioSequence.Track(id: "1", isMuted: true, isSoloed: true, clips: [.of("a", id: "x")]),
                AudioSequence.Track(id: "2", clips: [.of("a", id: "y")]),
            ]
        }
        #expect(list.result.shots.isEmpty && list.result.meta["artifact_id"] == .null)
    }

    @Test("What an artifact states at length is not repeated in every shot")
    func longOrigin() async throws {
        let harness = try OriginHarness()
        let asset = try await harness.addAsset("a", durationMs: 90_000, analysed: false)
        var meta: [String: JSONValue] = [
            "source_note": .string(String(repeating: "x", count: 100_000)), "source_list": .array([.integer(1)]),
        ]
        for number in 0..<100 { meta["origin_\(number)"] = .integer(Int64(number)) }
        try await harness.base.addArtifact("long", .audioLoop, of: asset, meta: meta)
        let origin = try #require(try await harness.shots([clip("long")]).result.shots[0].meta["origin"]?.members)
        #expect(origin.count == 16 && origin["source_note"] == nil && origin["source_list"] == nil)
    }

    @Test("Sums of fractions that end with the recording are inside of it; absurd origins are not")
    func edges() async throws {
        let harness = try OriginHarness()
        var asset = try await harness.base.addAsset("a", durationMs: 28_288.48)
        let list = try await harness.shots([.of("a", from: 23_088.4, for: 5_200.08)]) { $0.alignment = .none }
        #expect(list.result.shots[0].sourceStartMs == 23_088.4 && list.result.shots[0].offsetMs == 0)
        asset = try await harness.base.addAsset("b")
        try await harness.base.addArtifact(
            "far", .audioLoop, of: asset, meta: ["source_start_ms": .number(1e308)])
        await #expect {
            try await harness.shots([clip("far")])
        } throws: { ($0 as? SemanticTimelineError)?.httpStatus == 422 }
    }

    private struct Missing: Error {}

    // MARK: - Kept

    @Test("The same request over the same semantics is the same artifact; its bytes are the answer")
    func idempotent() async throws {
        let harness = try OriginHarness()
        try await harness.addAsset("a", durationMs: 20_000, speech: [500..<900])
        let first = try await harness.shots([.of("a")])
        let again = try await harness.shots([.of("a")])
        let other = try await harness.shots([.of("a", for: 1_999)])
        #expect(first.json == again.json && first.json != other.json)
        let id = try #require(first.result.meta["artifact_id"]?.text)
        #expect(first.result.meta["uri"] == .string("/media-v2/artifacts/\(id)/content"))
        let stored = try #require(try await harness.base.database.artifact(id, in: harness.scope))
        #expect(stored.kind == .videoShotList && stored.parentAssetID == "a")
        #expect(
            stored.meta["semantic_cache_key"] == .string("key-timeline-a") && stored.meta["shot_count"] == .integer(1))
        #expect(stored.meta["pipeline_hash"] != nil && stored.meta["backend_version"] != nil)
        #expect(try await harness.origin.storedList(id, in: harness.scope).json == first.json)
        let lists = try await harness.base.database.artifacts(ofAsset: "a", in: harness.scope)
            .filter { $0.kind == .videoShotList }
        #expect(lists.count == 2)
        // Bytes that were lost come back with the next request.
        try await harness.base.blobs.remove(try #require(stored.content).sha256, in: harness.scope)
        _ = try await harness.shots([.of("a")])
        #expect(try await harness.origin.storedList(id, in: harness.scope).json == first.json)
        for scope in [Scope(tenantID: "t2", env: "dev"), Scope(tenantID: "t1", env: "prod")] {
            await #expect(throws: SemanticTimelineError.self) { try await harness.origin.storedList(id, in: scope) }
        }
        await #expect(throws: SemanticTimelineError.self) {
            try await harness.origin.storedList("timeline-a", in: harness.scope)
        }
    }

    @Test("A list is not taken for stored where something else has its id")
    func takenID() async throws {
        let harness = try OriginHarness()
        try await harness.addAsset("a", durationMs: 20_000, analysed: false)
        let id = try #require(try await harness.shots([.of("a")]).result.meta["artifact_id"]?.text)
        for kind in [ArtifactKind.frame, .videoShotList] {
            _ = try await harness.base.database.deleteAsset("a", in: harness.scope)
            let asset = try await harness.addAsset("a", durationMs: 20_000, analysed: false)
            try await harness.base.addArtifact(id, kind, of: asset)
            await #expect {
                try await harness.shots([.of("a")])
            } throws: { ($0 as? SemanticTimelineError)?.httpStatus == 409 }
        }
    }

    @Test("Many requests at once give one artifact")
    func concurrent() async throws {
        let harness = try OriginHarness()
        try await harness.addAsset("a", durationMs: 20_000, speech: [500..<900])
        let answers = try await withThrowingTaskGroup(of: [UInt8].self) { group in
            for _ in 0..<50 { group.addTask { try await harness.shots([.of("a")]).json } }
            return try await group.reduce(into: Set()) { $0.insert($1) }
        }
        #expect(answers.count == 1)
    }

    @Test("A sequence without clips has no shots, and nothing is kept")
    func empty() async throws {
        let harness = try OriginHarness()
        let list = try await harness.shots([])
        #expect(list.result.shots.isEmpty && list.result.meta["artifact_id"] == .null)
        #expect(list.result.meta["count"] == .integer(0))
    }
}
