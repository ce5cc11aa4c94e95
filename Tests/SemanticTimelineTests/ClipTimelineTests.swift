import Analysis
import Library
import SemanticTimeline
import TestSupport
import Testing
import TimelineModel

@Suite("Timelines of clips", .timeLimit(.minutes(5)))
struct ClipTimelineTests {
    private func answer(
        _ harness: ServiceHarness, _ clip: String, _ change: (inout ClipTimelineOptions) -> Void = { _ in }
    ) async throws -> TimelineAnswer {
        var options = ClipTimelineOptions()
        change(&options)
        return try await harness.service.timeline(ofClip: clip, options: options, in: harness.scope).answer
    }

    @Test("A clip's timeline is the slice of the whole in its own time, and says so")
    func slice() async throws {
        let harness = try ServiceHarness()
        try await harness.addAsset("a123")
        let result = try await harness.service.analyze(harness.request())
        let (_, bytes) = try await harness.service.document(result.artifactID, in: harness.scope)
        let whole: AudioSemanticTimelineSummary = try TimelineJSON.decode(from: .init(bytes))
        try await harness.addClip("c1", asset: "a123", inMs: 1000.4, outMs: 4000.6, speed: 1.5)
        let got = try await answer(harness, "c1")
        var expected = try whole.slice(inMs: 1000.4, outMs: 4000.6, speed: 1.5)
        expected.artifactID = result.artifactID
        expected.meta.selection = got.summary.meta.selection
        #expect(got.summary == expected)
        #expect(got.summary.durationMs == 3001)
        #expect(got.summary.meta.clipWindowMs == [1000.4, 4000.6])
        #expect(got.summary.meta.clipRelative == true)
        #expect(got.summary.meta.speedChangeLimit == 1.05 && got.summary.meta.speedChange == 1.5)
        #expect(got.summary.meta.speedChangeLimited == true && got.summary.meta.withinSpeedLimit == false)
        #expect(got.summary.meta.assetDurationMs == whole.durationMs)
        #expect(got.summary.meta.selection?.members?["artifact_id"]?.text == result.artifactID)
        let scaled = try await answer(harness, "c1") { $0.timeBase = .timeline }
        #expect(scaled.summary.durationMs == 2001 && scaled.summary.meta.timeBase == "timeline")
    }

    @Test("Adjacent clips share no beat and no event time")
    func partition() async throws {
        let harness = try ServiceHarness()
        try await harness.addAsset("a123")
        let result = try await harness.service.analyze(harness.request())
        let (_, bytes) = try await harness.service.document(result.artifactID, in: harness.scope)
        let whole: AudioSemanticTimelineSummary = try TimelineJSON.decode(from: .init(bytes))
        let cuts = [0, 435, 1295, 1725, 3000, 5165].map(Double.init) + [Double(whole.durationMs)]
        var beats = 0
        var covered: [EventKind: Int] = [:]
        for (number, (start, end)) in zip(cuts, cuts.dropFirst()).enumerated() {
            try await harness.addClip("c\(number)", asset: "a123", inMs: start, outMs: end)
            let summary = try await answer(harness, "c\(number)").summary
            beats += summary.beats.count
            #expect(summary.events.allSatisfy { $0.startMs < $0.endMs })
            for event in summary.events { covered[event.kind, default: 0] += event.endMs - event.startMs }
        }
        #expect(beats == whole.beats.count)
        for kind in EventKind.allCases {
            let expected = whole.events.filter { $0.kind == kind }.reduce(0) { $0 + $1.endMs - $1.startMs }
            #expect(covered[kind, default: 0] == expected)
        }
    }

    @Test("Chosen is the real timeline before the stub, with what is asked for, then the newest; a pin wins")
    func selection() async throws {
        let harness = try ServiceHarness()
        try await harness.addAsset("a123")
        try await harness.addClip("c1", asset: "a123", inMs: 0, outMs: 2000)
        await #expect(throws: SemanticTimelineError.self) { try await answer(harness, "c1") }
        let full = try await harness.service.analyze(harness.request())
        let bare = try await harness.service.analyze(
            harness.request(parameters: AnalysisParameters(includeBeats: false)))
        harness.replan { _ in AnalysisPlan(stubReason: "configured") }
        let stub = try await harness.service.analyze(harness.request())
        harness.replan { FakePlan.make($0) }
        // The newest is the stub, then the one without beats.
        #expect(try await answer(harness, "c1").artifact.id == full.artifactID)
        #expect(try await answer(harness, "c1") { $0.includeBeats = false }.artifact.id == bare.artifactID)
        #expect(try await answer(harness, "c1") { $0.artifactID = stub.artifactID }.artifact.id == stub.artifactID)
        let newer = try await harness.service.analyze(harness.request(user: "u2"))
        #expect(try await answer(harness, "c1").artifact.id == newer.artifactID)
        await #expect(throws: SemanticTimelineError.self) {
            try await answer(harness, "c1") { $0.artifactID = "nothing" }
        }
        // A damaged one is passed over by a clip that was not answered before.
        try await harness.addClip("c2", asset: "a123", inMs: 0, outMs: 1500)
        let stored = try #require(try await harness.database.timeline(artifactID: newer.artifactID, in: harness.scope))
        try await harness.blobs.remove(try #require(stored.artifact.content?.sha256), in: harness.scope)
        #expect(try await answer(harness, "c2").artifact.id == full.artifactID)
    }

    @Test("Only the stub is there: it answers, and says what it is")
    func onlyStub() async throws {
        let harness = try ServiceHarness { _ in AnalysisPlan(stubReason: "no model") }
        try await harness.addAsset("a123")
        try await harness.addClip("c1", asset: "a123", inMs: 0, outMs: 2000)
        _ = try await harness.service.analyze(harness.request())
        let summary = try await answer(harness, "c1").summary
        #expect(summary.meta.backendType == "stub" && summary.meta.fallbackReason == "no model")
    }

    @Test("A stub of the clip's own artifact does not come before a real timeline of its parent")
    func ownStub() async throws {
        let harness = try ServiceHarness()
        let asset = try await harness.addAsset("a123")
        let loop = try await harness.addArtifact("loop", .audioLoop, of: asset, startMs: 1_000)
        let events = [AudioEvent(kind: .silence, startMs: 0, endMs: 9_000)]
        try await harness.addTimeline("real", of: asset, events: events, durationMs: 9_000)
        try await harness.addTimeline(
            "stub", of: asset, events: events, durationMs: 9_000, source: loop, isStub: true)
        try await harness.addClip("c1", asset: "a123", artifact: "loop", inMs: 0, outMs: 2_000)
        #expect(try await answer(harness, "c1").artifact.id == "real")
        try await harness.addTimeline("own", of: asset, events: events, durationMs: 9_000, source: loop)
        #expect(try await answer(harness, "c1").artifact.id == "own")
    }

    @Test("A clip of a derived artifact has that one's own timeline, else the parent's, moved by where it begins")
    func derived() async throws {
        let harness = try ServiceHarness()
        try await harness.addAsset("a123")
        let parent = try await harness.service.analyze(harness.request())
        let loop = try await harness.addAsset("scratch", bytes: Array("loop".utf8)).content
        try await harness.database.insert(
            DerivedArtifact(
                id: "loop", parentAssetID: "a123", scope: harness.scope, kind: .audioLoop, uri: "/x", createdAt: .now,
                startMs: 1500, endMs: 4500, meta: [:], content: loop), timeline: nil)
        try await harness.addClip("c1", asset: "a123", artifact: "loop", inMs: 500, outMs: 2000)
        try await harness.addClip("moved", asset: "a123", inMs: 2000, outMs: 3500)
        let shifted = try await answer(harness, "c1")
        #expect(shifted.artifact.id == parent.artifactID)
        #expect(shifted.summary.events == (try await answer(harness, "moved").summary.events))
        #expect(shifted.summary.meta.selection?.members?["source"]?.text == "asset")
        #expect(shifted.summary.meta.selection?.members?["shift_ms"]?.double == 1500)
        #expect(shifted.summary.meta.clipWindowMs == [500, 2000])
        let own = try await harness.service.analyze(harness.request(artifact: "loop"))
        let unshifted = try await answer(harness, "c1")
        #expect(unshifted.artifact.id == own.artifactID)
        #expect(unshifted.summary.meta.selection?.members?["source"]?.text == "artifact")
        #expect(unshifted.summary.meta.selection?.members?["shift_ms"] == nil)
    }

    @Test("A clip of another tenant or env is the same error as one that is not there")
    func foreign() async throws {
        let harness = try ServiceHarness()
        let other = Scope(tenantID: "t2", env: "dev")
        try await harness.addAsset("a123", in: other)
        try await harness.addClip("theirs", asset: "a123", inMs: 0, outMs: 2000, in: other)
        for id in ["theirs", "nothing"] {
            await #expect(throws: SemanticTimelineError.notFound(.clipNotFound, "clip")) {
                try await answer(harness, id)
            }
        }
    }
}
