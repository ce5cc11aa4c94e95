import Library
import Testing

@Suite("Stores of artifacts") struct ArtifactStoreTests {
    @Test("an artifact comes back as it was inserted", arguments: DatabaseBackend.allCases)
    func roundTrip(_ backend: DatabaseBackend) async throws {
        try await backend.withDatabase { store in
            try await store.insert(Sample.asset("a"))
            for kind in ArtifactKind.allCases {
                var artifact = Sample.artifact(
                    kind.rawValue, of: "a", kind: kind,
                    content: ContentFacts(sha256: Sample.digest("x"), sizeBytes: 5))
                artifact.startMs = 0.1
                artifact.endMs = 2000
                artifact.trackLabel = "drums"
                artifact.meta = Sample.meta
                try await store.insert(artifact, timeline: nil)
                #expect(try await store.artifact(kind.rawValue, in: Sample.scope) == artifact)
            }
            let bare = Sample.artifact("bare", of: "a")
            try await store.insert(bare, timeline: nil)
            #expect(try await store.artifact("bare", in: Sample.scope) == bare)
            #expect(try await store.artifact("none", in: Sample.scope) == nil)
        }
    }

    @Test("an asset's artifacts are listed oldest first", arguments: DatabaseBackend.allCases)
    func list(_ backend: DatabaseBackend) async throws {
        try await backend.withDatabase { store in
            try await store.insert(Sample.asset("a"))
            try await store.insert(Sample.asset("b"))
            for id in ["z", "m", "c"] { try await store.insert(Sample.artifact(id, of: "a"), timeline: nil) }
            try await store.insert(Sample.artifact("other", of: "b"), timeline: nil)
            #expect(try await store.artifacts(ofAsset: "a", in: Sample.scope).map(\.id) == ["z", "m", "c"])
            #expect(try await store.artifacts(ofAsset: "none", in: Sample.scope).isEmpty)
        }
    }

    @Test("many go in together: those that are there stay as they are", arguments: DatabaseBackend.allCases)
    func many(_ backend: DatabaseBackend) async throws {
        try await backend.withDatabase { store in
            try await store.insert(Sample.asset("a"))
            var old = Sample.artifact("2", of: "a")
            old.trackLabel = "old"
            try await store.insert(old, timeline: nil)
            #expect(try await store.insertMissing(["1", "2", "3"].map { Sample.artifact($0, of: "a") }) == 2)
            #expect(try await store.artifacts(ofAsset: "a", in: Sample.scope).map(\.id) == ["2", "1", "3"])
            #expect(try await store.artifact("2", in: Sample.scope) == old)
            await #expect {
                try await store.insertMissing([Sample.artifact("4", of: "a"), Sample.artifact("5", of: "none")])
            } throws: { ($0 as? LibraryError)?.code == .missingParent }
            #expect(try await store.artifact("4", in: Sample.scope) == nil)
        }
    }

    @Test("an id is taken once in a scope", arguments: DatabaseBackend.allCases)
    func conflict(_ backend: DatabaseBackend) async throws {
        try await backend.withDatabase { store in
            try await store.insert(Sample.asset("a"))
            try await store.insert(Sample.artifact("x", of: "a", kind: .stem), timeline: nil)
            await expectFailure(.conflict) {
                try await store.insert(Sample.artifact("x", of: "a", kind: .mask), timeline: nil)
            }
            #expect(try await store.artifact("x", in: Sample.scope)?.kind == .stem)
        }
    }

    @Test("an artifact needs its asset in its own scope", arguments: DatabaseBackend.allCases)
    func missingParent(_ backend: DatabaseBackend) async throws {
        try await backend.withDatabase { store in
            try await store.insert(Sample.asset("a", in: Sample.otherTenant))
            try await store.insert(Sample.asset("a", in: Sample.otherEnv))
            await expectFailure(.missingParent) {
                try await store.insert(Sample.artifact("x", of: "a"), timeline: nil)
            }
            #expect(try await store.artifact("x", in: Sample.scope) == nil)
        }
    }

    @Test("an artifact whose timeline cannot be inserted is not there either", arguments: DatabaseBackend.allCases)
    func transaction(_ backend: DatabaseBackend) async throws {
        try await backend.withDatabase { store in
            try await store.insert(Sample.asset("a"))
            await expectFailure(.missingParent) {
                try await store.insert(Sample.artifact("x", of: "a"), timeline: Sample.record("other", of: "a"))
            }
            #expect(try await store.artifact("x", in: Sample.scope) == nil)
        }
    }

    @Test("content is noted where the artifact still is", arguments: DatabaseBackend.allCases)
    func recordContent(_ backend: DatabaseBackend) async throws {
        try await backend.withDatabase { store in
            try await store.insert(Sample.asset("a"))
            var artifact = Sample.artifact("x", of: "a")
            try await store.insert(artifact, timeline: nil)
            artifact.content = ContentFacts(sha256: Sample.digest("x"), sizeBytes: 9, stamp: "s")
            let content = try #require(artifact.content)
            try await store.recordContent(content, ofArtifact: "x", in: Sample.scope)
            try await store.recordContent(content, ofArtifact: "gone", in: Sample.scope)
            #expect(try await store.artifact("x", in: Sample.scope) == artifact)
            #expect(try await store.artifact("gone", in: Sample.scope) == nil)
        }
    }
}
