import Library
import Testing

@Suite("Stores of stages") struct StageStoreTests {
    @Test("entries come back by key as they were recorded", arguments: DatabaseBackend.allCases)
    func roundTrip(_ backend: DatabaseBackend) async throws {
        try await backend.withDatabase { store in
            let entries = [Sample.stage("k1"), Sample.stage("k2", blob: Sample.digest("b2")), Sample.stage("k3")]
            try await store.record(entries, in: Sample.scope)
            let found = try await store.stages(keys: ["k2", "k1", "none"], in: Sample.scope)
            #expect(Set(found) == Set(entries.prefix(2)))
            #expect(found.count == 2)
            #expect(try await store.stages(keys: [], in: Sample.scope).isEmpty)
        }
    }

    @Test("an entry of the same key is replaced", arguments: DatabaseBackend.allCases)
    func replacement(_ backend: DatabaseBackend) async throws {
        try await backend.withDatabase { store in
            try await store.record([Sample.stage("k"), Sample.stage("other")], in: Sample.scope)
            let newer = Sample.stage("k", source: Sample.digest("s2"), blob: Sample.digest("b2"))
            try await store.record([newer], in: Sample.scope)
            #expect(try await store.stages(keys: ["k"], in: Sample.scope) == [newer])
            #expect(try await store.stages(keys: ["other"], in: Sample.scope) == [Sample.stage("other")])
        }
    }

    @Test("many keys are found at once", arguments: DatabaseBackend.allCases)
    func manyKeys(_ backend: DatabaseBackend) async throws {
        try await backend.withDatabase { store in
            let keys = (0..<2000).map { "key '\($0)\"" }
            try await store.record(keys.map { Sample.stage($0) }, in: Sample.scope)
            #expect(Set(try await store.stages(keys: keys, in: Sample.scope).map(\.key)) == Set(keys))
        }
    }
}
