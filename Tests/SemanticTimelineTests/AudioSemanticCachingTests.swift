import Analysis
import Foundation
import Library
import SemanticTimeline
import TestSupport
import Testing
import TimelineModel

@Suite("AudioSemanticCachingTests: hits, misses and what is reused", .timeLimit(.minutes(5)))
struct AudioSemanticCachingTests {
    @Test("The first request is a miss, the same again a hit without work, with the documented key")
    func missThenHit() async throws {
        let harness = try ServiceHarness()
        try await harness.addAsset("a123")
        let miss = try await harness.service.analyze(harness.request())
        let hit = try await harness.service.analyze(harness.request())
        #expect(!miss.isHit && hit.isHit)
        #expect(miss.cacheKey == "t1|dev|a123|None|True|True|300|1000|whisper_librosa_v2|u1")
        #expect(miss.meta["cache_key"]?.text == miss.cacheKey)
        #expect(hit.artifactID == miss.artifactID && hit.cacheKey == miss.cacheKey)
        #expect(harness.runner.orders.count == 1)
        #expect(
            Set(["decode", "loudness", "scene", "voice", "plan", "transcript", "rhythm"]).isSubset(of: hit.cachedStages)
        )
        #expect(miss.cachedStages.isEmpty)
        #expect(hit.meta["backend_info"]?.members?["service"]?.text == "audio_semantic_timeline")
        #expect(hit.meta["summary"]?.members?["speech"] != nil)
    }

    @Test("Bytes that are sent again while they are heard are heard again, but not for ever")
    func sentAgain() async throws {
        let harness = try ServiceHarness()
        try await harness.addAsset("a123")
        let runner = harness.runner
        runner.behave(.fail(SemanticTimelineError(.fetchFailed, "the recording changed while it was read")))
        await #expect(throws: SemanticTimelineError.self) { try await harness.service.analyze(harness.request()) }
        #expect(runner.orders.count == 3)
        runner.onOrder { _ in runner.behave(.succeed) }
        #expect(try await !harness.service.analyze(harness.request()).isHit)
        #expect(runner.orders.count == 5)
        runner.onOrder { _ in }
        runner.behave(.fail(SemanticTimelineError(.analyzeFailed, "no model")))
        await #expect(throws: SemanticTimelineError.self) {
            try await harness.service.analyze(harness.request(user: "u2"))
        }
        #expect(runner.orders.count == 6)
    }

    @Test("Each of the ten fields of the key makes a key of its own")
    func keyFields() async throws {
        let harness = try ServiceHarness()
        let other = Scope(tenantID: "t2", env: "dev")
        let prod = Scope(tenantID: "t1", env: "prod")
        for scope in [harness.scope, other, prod] { try await harness.addAsset("a123", in: scope) }
        try await harness.addAsset("a124")
        let artifact = DerivedArtifact(
            id: "stem1", parentAssetID: "a123", scope: harness.scope, kind: .stem, uri: "/x", createdAt: .now,
            meta: [:], content: try await harness.service.stores.assets.asset("a123", in: harness.scope)?.content)
        try await harness.database.insert(artifact, timeline: nil)
        var requests = [
            harness.request(), harness.request(in: other), harness.request(in: prod), harness.request("a124"),
            harness.request(artifact: "stem1"), harness.request(user: "u2"),
            harness.request(parameters: AnalysisParameters(includeBeats: false)),
            harness.request(parameters: AnalysisParameters(includeSpeechMusic: false)),
            harness.request(parameters: AnalysisParameters(minSilenceMs: 400)),
            harness.request(parameters: AnalysisParameters(loudnessWindowMs: 2000)),
        ]
        var keys: [String] = []
        for request in requests {
            let result = try await harness.service.analyze(request)
            #expect(!result.isHit)
            keys.append(result.cacheKey)
        }
        // The tenth field is the backend's version.
        harness.replan { _ in AnalysisPlan(stubReason: "configured") }
        keys.append(try await harness.service.analyze(harness.request()).cacheKey)
        #expect(Set(keys).count == 11)
        harness.replan { FakePlan.make($0) }
        requests.append(harness.request(user: ""))
        for request in requests.dropLast() { #expect(try await harness.service.analyze(request).isHit) }
        #expect(try await harness.service.analyze(harness.request(user: "")).cacheKey.hasSuffix("|anonymous"))
    }

    @Test("A transcript that draws depends on the seed, and nothing else that is heard does")
    func seeds() {
        let parameters = AnalysisParameters()
        let keys = [1, 2].map { seed in
            StageKeys(
                contentSHA256: "aa", stream: 0, parameters: parameters, plan: FakePlan.make(parameters), seed: seed
            ).keys
        }
        #expect(keys[0].filter { keys[1][$0.key] != $0.value }.map(\.key) == [.transcript])
    }

    @Test("Another model, language, stage version, seed or content is a miss under the same key, never served stale")
    func identity() async throws {
        let harness = try ServiceHarness()
        try await harness.addAsset("a123")
        let first = try await harness.service.analyze(harness.request())
        var seen = [first.identity]
        func expectMiss(_ request: SemanticRequest, _ what: String) async throws {
            let result = try await harness.service.analyze(request)
            #expect(!result.isHit, "\(what)")
            #expect(result.cacheKey == first.cacheKey, "\(what)")
            #expect(!seen.contains(result.identity), "\(what)")
            seen.append(result.identity)
            #expect(try await harness.service.analyze(request).isHit, "\(what), again")
        }
        try await expectMiss(harness.request(parameters: AnalysisParameters(language: "en")), "language")
        try await expectMiss(harness.request(parameters: AnalysisParameters(vocabulary: "Cueline")), "vocabulary")
        try await expectMiss(harness.request(parameters: AnalysisParameters(bpm: 120)), "tempo hint")
        harness.replan { FakePlan.make($0, model: "cc") }
        try await expectMiss(harness.request(), "model")
        harness.replan { FakePlan.make($0, speakers: "ee") }
        try await expectMiss(harness.request(), "speaker model")
        harness.replan { FakePlan.make($0, stages: ["scene": "scene_next"]) }
        try await expectMiss(harness.request(), "stage version")
        harness.replan { FakePlan.make($0) }
        #expect(try await harness.service.analyze(harness.request()).isHit)

        let seeded = try ServiceHarness(seed: 7, database: harness.database, blobs: harness.blobs)
        let result = try await seeded.service.analyze(harness.request())
        #expect(!result.isHit && result.cacheKey == first.cacheKey && !seen.contains(result.identity))
        seen.append(result.identity)

        // Other bytes under the old id.
        _ = try await harness.database.deleteAsset("a123", in: harness.scope)
        try await harness.addAsset("a123", bytes: Array("another sound".utf8))
        try await expectMiss(harness.request(), "content")
    }

    @Test("A file that changed under its asset is heard again; one that did not is a hit")
    func changedFile() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "cueline-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appending(path: "a b.wav")
        try Data("one".utf8).write(to: file)
        let harness = try ServiceHarness(roots: [folder.path])
        try await harness.database.insert(
            MediaAsset(
                id: "a123", scope: harness.scope, kind: .audio, sourceURI: "file://\(folder.path)/a%20b.wav",
                createdAt: .now))
        #expect(try await !harness.service.analyze(harness.request()).isHit)
        #expect(try await harness.service.analyze(harness.request()).isHit)
        try Data("two".utf8).write(to: file)
        #expect(try await !harness.service.analyze(harness.request()).isHit)
        #expect(Set(harness.runner.orders.map(\.contentSHA256)).count == 2)
        try FileManager.default.removeItem(at: file)
        await #expect(throws: SemanticTimelineError.self) { try await harness.service.analyze(harness.request()) }
    }

    @Test("Beats left out, or another user, hears nothing again; beats asked for hears beats alone")
    func stages() async throws {
        let harness = try ServiceHarness()
        try await harness.addAsset("a123")
        let without = try await harness.service.analyze(
            harness.request(parameters: AnalysisParameters(includeBeats: false)))
        #expect(without.cachedStages.isEmpty)
        let with = try await harness.service.analyze(harness.request())
        #expect(with.cachedStages == ["decode", "loudness", "voice", "plan", "scene", "speakers", "transcript"])
        let other = try await harness.service.analyze(harness.request(user: "u2"))
        #expect(!other.isHit)
        #expect(
            other.cachedStages == ["decode", "loudness", "voice", "plan", "scene", "speakers", "transcript", "rhythm"])
        #expect(other.meta["stages"]?.members?["transcript"]?.members?["seconds"]?.double == 0)
        let quiet = try await harness.service.analyze(
            harness.request(parameters: AnalysisParameters(minSilenceMs: 900)))
        #expect(quiet.cachedStages == ["decode", "loudness", "voice", "plan", "transcript"])
        for model in ["ee", nil] {
            harness.replan { FakePlan.make($0, speakers: model) }
            let otherVoices = try await harness.service.analyze(harness.request())
            #expect(!otherVoices.isHit && !otherVoices.cachedStages.contains("speakers"))
            #expect(otherVoices.cachedStages.isSuperset(of: ["voice", "scene", "transcript", "rhythm"]))
        }
    }

    @Test("Nothing is shared across tenants or envs, not even the stages of the same bytes")
    func apart() async throws {
        let harness = try ServiceHarness()
        for scope in [harness.scope, Scope(tenantID: "t2", env: "dev"), Scope(tenantID: "t1", env: "prod")] {
            try await harness.addAsset("a123", in: scope)
            let result = try await harness.service.analyze(harness.request(in: scope))
            #expect(!result.isHit && result.cachedStages.isEmpty)
        }
        #expect(harness.runner.orders.count == 3)
        #expect(harness.runner.orders.allSatisfy { $0.known.isEmpty })
    }

    @Test("Another analysis of an asset leaves the bytes of the first as they were")
    func separateArtifacts() async throws {
        let harness = try ServiceHarness()
        try await harness.addAsset("a123")
        let first = try await harness.service.analyze(harness.request())
        let (_, before) = try await harness.service.document(first.artifactID, in: harness.scope)
        let second = try await harness.service.analyze(
            harness.request(parameters: AnalysisParameters(includeBeats: false)))
        #expect(second.artifactID != first.artifactID && second.uri != first.uri)
        #expect(try await harness.service.document(first.artifactID, in: harness.scope).1 == before)
        #expect(try await harness.service.document(second.artifactID, in: harness.scope).1 != before)
    }

    @Test("What was clamped is noted as it was asked, whoever asked first")
    func clampIsNoted() async throws {
        let harness = try ServiceHarness()
        try await harness.addAsset("a123")
        var clamped = harness.request()
        clamped.minSilenceMs = 10
        var exact = harness.request()
        exact.minSilenceMs = 50
        for request in [clamped, exact, clamped] {
            let result = try await harness.service.analyze(request)
            #expect(result.meta["min_silence_ms"] == .integer(50))
            #expect((result.meta["clamped"] != nil) == (request.minSilenceMs == 10))
        }
    }

    @Test("A child that falls back, where the service planned otherwise, does not make an artifact each time")
    func otherPlan() async throws {
        let harness = try ServiceHarness()
        try await harness.addAsset("a123")
        harness.runner.replan { _ in AnalysisPlan(stubReason: "the model cannot be loaded") }
        let first = try await harness.service.analyze(harness.request())
        let second = try await harness.service.analyze(harness.request())
        #expect(first.meta["backend_type"]?.text == "stub" && first.artifactID == second.artifactID)
        #expect(try await harness.database.artifacts(ofAsset: "a123", in: harness.scope).count == 1)
    }

    @Test("force hears again, whatever is kept, and the same bytes come out")
    func force() async throws {
        let harness = try ServiceHarness()
        try await harness.addAsset("a123")
        let first = try await harness.service.analyze(harness.request())
        let forced = try await harness.service.analyze(harness.request(force: true))
        #expect(!forced.isHit && forced.cachedStages.isEmpty)
        let (_, old) = try await harness.service.document(first.artifactID, in: harness.scope)
        let (_, new) = try await harness.service.document(forced.artifactID, in: harness.scope)
        #expect(old == new)
        // The newest answers from now on.
        #expect(try await harness.service.analyze(harness.request()).artifactID == forced.artifactID)
    }

    @Test("200 requests at once for one new key: one analysis, 200 equal answers")
    func singleFlight() async throws {
        let harness = try ServiceHarness()
        try await harness.addAsset("a123")
        harness.runner.behave(.succeed, delay: .milliseconds(100))
        let results = try await withThrowingTaskGroup(of: SemanticResult.self) { group in
            for _ in 0..<200 { group.addTask { try await harness.service.analyze(harness.request()) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(results.count == 200)
        #expect(Set(results.map(\.artifactID)).count == 1)
        #expect(Set(results).count <= 2, "only cache_hit may tell late ones from early ones")
        #expect(harness.runner.orders.count == 1)
    }

    @Test("When the work is killed, all who wait are told, and a retry works")
    func failedFlight() async throws {
        let harness = try ServiceHarness()
        try await harness.addAsset("a123")
        harness.runner.behave(
            .fail(SemanticTimelineError(.analyzeFailed, "the analysis crashed")), delay: .milliseconds(100))
        let failures = await withTaskGroup(of: SemanticTimelineError.Code?.self) { group in
            for _ in 0..<20 {
                group.addTask {
                    do {
                        _ = try await harness.service.analyze(harness.request())
                        return nil
                    } catch {
                        return (error as? SemanticTimelineError)?.code
                    }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(failures == Array(repeating: .analyzeFailed, count: 20))
        harness.runner.behave(.succeed)
        #expect(try await !harness.service.analyze(harness.request()).isHit)
    }

    @Test("A stored timeline that is missing or damaged is made again, and healed")
    func heals() async throws {
        let harness = try ServiceHarness()
        try await harness.addAsset("a123")
        let first = try await harness.service.analyze(harness.request())
        let stored = try #require(
            try await harness.database.timeline(artifactID: first.artifactID, in: harness.scope))
        let sha256 = try #require(stored.artifact.content?.sha256)
        try await harness.blobs.remove(sha256, in: harness.scope)
        await #expect(throws: SemanticTimelineError.self) {
            try await harness.service.document(first.artifactID, in: harness.scope)
        }
        let second = try await harness.service.analyze(harness.request())
        #expect(!second.isHit)
        #expect(try await harness.service.analyze(harness.request()).isHit)
        _ = try await harness.service.document(first.artifactID, in: harness.scope)
    }

    @Test("The same request, twice over, gives the same stored bytes")
    func deterministic() async throws {
        var documents: [[UInt8]] = []
        for _ in 0..<2 {
            let harness = try ServiceHarness()
            try await harness.addAsset("a123")
            let result = try await harness.service.analyze(harness.request())
            documents.append(try await harness.service.document(result.artifactID, in: harness.scope).1)
        }
        #expect(documents[0] == documents[1])
    }

    @Test("Unknown assets, artifacts of another asset and foreign ones are the same error")
    func missing() async throws {
        let harness = try ServiceHarness()
        let other = Scope(tenantID: "t2", env: "dev")
        try await harness.addAsset("a123")
        try await harness.addAsset("b123")
        try await harness.addAsset("theirs", in: other)
        try await harness.database.insert(
            DerivedArtifact(
                id: "stem", parentAssetID: "b123", scope: harness.scope, kind: .stem, uri: "/x", createdAt: .now,
                meta: [:]), timeline: nil)
        for request in [harness.request("nothing"), harness.request("theirs")] {
            await #expect(throws: SemanticTimelineError.notFound(.audioNotFound, "asset")) {
                try await harness.service.analyze(request)
            }
        }
        for artifact in ["stem", "nothing"] {
            await #expect(throws: SemanticTimelineError.notFound(.audioNotFound, "artifact")) {
                try await harness.service.analyze(harness.request(artifact: artifact))
            }
        }
        #expect(harness.runner.orders.isEmpty)
    }
}
