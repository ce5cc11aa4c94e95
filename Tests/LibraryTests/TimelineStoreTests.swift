import Library
import Testing

@Suite("Stores of timelines") struct TimelineStoreTests {
    /// An asset `a` with a timeline for each id, and a stem that is none.
    private func insert(
        _ ids: [String], into store: any LibraryDatabase, record: (String) -> TimelineRecord
    ) async throws {
        try await store.insert(Sample.asset("a"))
        try await store.insert(Sample.artifact("stem", of: "a"), timeline: nil)
        for id in ids {
            try await store.insert(
                Sample.artifact(id, of: "a", kind: .audioSemanticTimeline), timeline: record(id))
        }
    }

    @Test("a timeline comes back with its artifact, as both were inserted", arguments: DatabaseBackend.allCases)
    func roundTrip(_ backend: DatabaseBackend) async throws {
        try await backend.withDatabase { store in
            try await store.insert(Sample.asset("a"))
            let artifact = Sample.artifact("t", of: "a", kind: .audioSemanticTimeline)
            var record = Sample.record("t", of: "a", sourceArtifactID: "stem")
            record.isStub = true
            record.includeBeats = false
            try await store.insert(artifact, timeline: record)
            let stored = StoredTimeline(record: record, artifact: artifact)
            #expect(try await store.timeline(artifactID: "t", in: Sample.scope) == stored)
            #expect(try await store.timelineIDs(cacheKey: "key", in: Sample.scope) == ["identity": "t"])
        }
    }

    @Test("a key finds the newest timeline of the same identity", arguments: DatabaseBackend.allCases)
    func newest(_ backend: DatabaseBackend) async throws {
        try await backend.withDatabase { store in
            try await insert(["z", "b", "a", "c"], into: store) { id in
                Sample.record(id, of: "a", identity: id == "c" ? "another" : "same")
            }
            let found = try await store.timelineIDs(cacheKey: "key", in: Sample.scope)
            #expect(found == ["same": "a", "another": "c"])
            #expect(try await store.timelineIDs(cacheKey: "none", in: Sample.scope) == [:])
        }
    }

    @Test("an artifact of another kind is no timeline", arguments: DatabaseBackend.allCases)
    func otherKinds(_ backend: DatabaseBackend) async throws {
        try await backend.withDatabase { store in
            try await insert(["t"], into: store) { Sample.record($0, of: "a") }
            #expect(try await store.timeline(artifactID: "stem", in: Sample.scope) == nil)
            #expect(try await store.timeline(artifactID: "none", in: Sample.scope) == nil)
        }
    }

    @Test("timelines are listed by what was analysed, newest first", arguments: DatabaseBackend.allCases)
    func list(_ backend: DatabaseBackend) async throws {
        try await backend.withDatabase { store in
            try await insert(["1", "2", "3", "4"], into: store) { id in
                Sample.record(id, of: "a", sourceArtifactID: id > "2" ? "stem" : nil, cacheKey: id)
            }
            let own = try await store.timelines(ofAsset: "a", sourceArtifactID: nil, in: Sample.scope)
            #expect(own.map(\.artifact.id) == ["2", "1"])
            let stem = try await store.timelines(ofAsset: "a", sourceArtifactID: "stem", in: Sample.scope)
            #expect(stem.map(\.artifact.id) == ["4", "3"])
            #expect(try await store.timelines(ofAsset: "b", sourceArtifactID: nil, in: Sample.scope).isEmpty)
        }
    }
}
