import Library
import Testing

@Suite("References to blobs") struct BlobReferencesTests {
    @Test("rows of every table that names blobs count", arguments: DatabaseBackend.allCases)
    func tables(_ backend: DatabaseBackend) async throws {
        try await backend.withDatabase { store in
            let names = ["asset", "artifact", "document", "index", "stage"]
            let digests = Dictionary(uniqueKeysWithValues: names.map { ($0, Sample.digest($0)) })
            func content(_ name: String) throws -> ContentFacts {
                ContentFacts(sha256: try #require(digests[name]), sizeBytes: 1)
            }
            try await store.insert(Sample.asset("a", content: content("asset")))
            try await store.insert(Sample.artifact("x", of: "a", content: content("artifact")), timeline: nil)
            try await store.insert(
                Sample.artifact("t", of: "a", kind: .audioSemanticTimeline, content: content("document")),
                timeline: Sample.record("t", of: "a", index: try #require(digests["index"])))
            try await store.record([Sample.stage("k", blob: try #require(digests["stage"]))], in: Sample.scope)
            let asked = Array(digests.values) + [Sample.digest("nobody"), "'; --"]
            #expect(try await store.referenced(asked, in: Sample.scope) == Set(digests.values))
            #expect(try await store.referenced([], in: Sample.scope).isEmpty)
            #expect(try await store.referenced(asked, in: Sample.otherEnv).isEmpty)
            #expect(try await store.referenced(asked, in: Sample.otherTenant).isEmpty)
        }
    }

    @Test("bytes that lie elsewhere are no blobs", arguments: DatabaseBackend.allCases)
    func filesElsewhere(_ backend: DatabaseBackend) async throws {
        try await backend.withDatabase { store in
            let digest = Sample.digest("x")
            let elsewhere = ContentFacts(sha256: digest, sizeBytes: 1, stamp: "1:2:3")
            try await store.insert(Sample.asset("a", content: elsewhere))
            try await store.insert(Sample.artifact("x", of: "a", content: elsewhere), timeline: nil)
            #expect(try await store.referenced([digest], in: Sample.scope).isEmpty)
            try await store.insert(Sample.asset("b", content: ContentFacts(sha256: digest, sizeBytes: 1)))
            #expect(try await store.referenced([digest], in: Sample.scope) == [digest])
        }
    }

    @Test(
        "a source that was analysed is not referenced by its timeline or its stages",
        arguments: DatabaseBackend.allCases)
    func sources(_ backend: DatabaseBackend) async throws {
        try await backend.withDatabase { store in
            let source = Sample.digest("source")
            try await store.insert(Sample.asset("a"))
            try await store.insert(
                Sample.artifact("t", of: "a", kind: .audioSemanticTimeline),
                timeline: Sample.record("t", of: "a", source: source))
            try await store.record([Sample.stage("k", source: source)], in: Sample.scope)
            #expect(try await store.referenced([source], in: Sample.scope).isEmpty)
        }
    }

    @Test("many digests are looked up at once", arguments: DatabaseBackend.allCases)
    func many(_ backend: DatabaseBackend) async throws {
        try await backend.withDatabase { store in
            let digests = (0..<3000).map { Sample.digest("\($0)x") }
            try await store.record([Sample.stage("k", blob: digests[2999])], in: Sample.scope)
            #expect(try await store.referenced(digests, in: Sample.scope) == [digests[2999]])
        }
    }
}
