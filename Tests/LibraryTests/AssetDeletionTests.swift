import Library
import Testing

@Suite("Deleting assets") struct AssetDeletionTests {
    @Test("takes artifacts and timelines along and leaves other assets alone", arguments: DatabaseBackend.allCases)
    func cascade(_ backend: DatabaseBackend) async throws {
        try await backend.withDatabase { store in
            for id in ["a", "b"] {
                try await store.insert(Sample.asset(id))
                try await store.insert(Sample.artifact("stem-\(id)", of: id), timeline: nil)
                try await store.insert(
                    Sample.artifact("timeline-\(id)", of: id, kind: .audioSemanticTimeline),
                    timeline: Sample.record("timeline-\(id)", of: id, cacheKey: id))
            }
            #expect(try await store.deleteAsset("a", in: Sample.scope))
            #expect(try await store.asset("a", in: Sample.scope) == nil)
            #expect(try await store.artifact("stem-a", in: Sample.scope) == nil)
            #expect(try await store.artifact("timeline-a", in: Sample.scope) == nil)
            #expect(try await store.timeline(artifactID: "timeline-a", in: Sample.scope) == nil)
            #expect(try await store.timelineIDs(cacheKey: "a", in: Sample.scope) == [:])
            #expect(try await store.timelines(ofAsset: "a", sourceArtifactID: nil, in: Sample.scope).isEmpty)
            #expect(try await store.artifacts(ofAsset: "b", in: Sample.scope).count == 2)
            #expect(try await store.timeline(artifactID: "timeline-b", in: Sample.scope) != nil)
            #expect(try await !store.deleteAsset("a", in: Sample.scope))
        }
    }

    @Test("removes stages with the last asset that has their source", arguments: DatabaseBackend.allCases)
    func sharedStages(_ backend: DatabaseBackend) async throws {
        try await backend.withDatabase { store in
            let shared = ContentFacts(sha256: Sample.digest("shared"), sizeBytes: 1)
            try await store.insert(Sample.asset("a", content: shared))
            try await store.insert(Sample.asset("b", content: shared))
            try await store.record(
                [Sample.stage("k", source: shared.sha256), Sample.stage("unrelated")], in: Sample.scope)
            try await store.record([Sample.stage("k", source: shared.sha256)], in: Sample.otherEnv)
            #expect(try await store.deleteAsset("a", in: Sample.scope))
            #expect(try await store.stages(keys: ["k"], in: Sample.scope).count == 1)
            #expect(try await store.deleteAsset("b", in: Sample.scope))
            #expect(try await store.stages(keys: ["k", "unrelated"], in: Sample.scope).map(\.key) == ["unrelated"])
            #expect(try await store.stages(keys: ["k"], in: Sample.otherEnv).count == 1)
        }
    }

    @Test("keeps stages that an artifact of another asset shares", arguments: DatabaseBackend.allCases)
    func stagesSharedByArtifacts(_ backend: DatabaseBackend) async throws {
        try await backend.withDatabase { store in
            let shared = ContentFacts(sha256: Sample.digest("shared"), sizeBytes: 1)
            for id in ["a", "b"] {
                try await store.insert(Sample.asset(id))
                try await store.insert(Sample.artifact("stem-\(id)", of: id, content: shared), timeline: nil)
            }
            try await store.record([Sample.stage("k", source: shared.sha256)], in: Sample.scope)
            #expect(try await store.deleteAsset("a", in: Sample.scope))
            #expect(try await store.stages(keys: ["k"], in: Sample.scope).count == 1)
            #expect(try await store.deleteAsset("b", in: Sample.scope))
            #expect(try await store.stages(keys: ["k"], in: Sample.scope).isEmpty)
        }
    }

    @Test("removes stages of bytes that an asset had when it was analysed", arguments: DatabaseBackend.allCases)
    func stagesOfEarlierBytes(_ backend: DatabaseBackend) async throws {
        try await backend.withDatabase { store in
            let earlier = ContentFacts(sha256: Sample.digest("earlier"), sizeBytes: 1, stamp: "1")
            try await store.insert(Sample.asset("a", content: earlier))
            try await store.insert(
                Sample.artifact("t", of: "a", kind: .audioSemanticTimeline),
                timeline: Sample.record("t", of: "a", source: earlier.sha256))
            try await store.record([Sample.stage("k", source: earlier.sha256)], in: Sample.scope)
            try await store.recordContent(
                ContentFacts(sha256: Sample.digest("later"), sizeBytes: 1, stamp: "2"), ofAsset: "a",
                in: Sample.scope)
            #expect(try await store.deleteAsset("a", in: Sample.scope))
            #expect(try await store.stages(keys: ["k"], in: Sample.scope).isEmpty)
        }
    }
}
