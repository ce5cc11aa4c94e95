import Library
import Testing

/// The same ids everywhere; one scope is filled, the others look for its things and try to change them.
@Suite("Scopes never see each other's things") struct ScopeTests {
    private static let strangers = [
        Sample.otherTenant, Sample.otherEnv, Scope(tenantID: "acme", env: "Dev"), Scope(tenantID: "acm", env: "edev"),
        Scope(tenantID: "", env: ""),
    ]

    private static let content = ContentFacts(sha256: Sample.digest("x"), sizeBytes: 1)

    private func fill(_ store: any LibraryDatabase) async throws {
        try await store.insert(Sample.asset("a", tags: ["rain"], content: Self.content))
        try await store.insert(
            Sample.artifact("t", of: "a", kind: .audioSemanticTimeline, content: Self.content),
            timeline: Sample.record("t", of: "a"))
        try await store.record([Sample.stage("k", source: Self.content.sha256)], in: Sample.scope)
        try await Sample.insertVideo(into: store)
        try await store.insert(Sample.job("j"))
    }

    private func expectFilled(_ store: any LibraryDatabase) async throws {
        let scope = Sample.scope
        #expect(try await store.asset("a", in: scope) == Sample.asset("a", tags: ["rain"], content: Self.content))
        let artifact = Sample.artifact("t", of: "a", kind: .audioSemanticTimeline, content: Self.content)
        #expect(try await store.artifact("t", in: scope) == artifact)
        #expect(try await store.timeline(artifactID: "t", in: scope)?.record == Sample.record("t", of: "a"))
        #expect(
            try await store.stages(keys: ["k"], in: scope) == [Sample.stage("k", source: Self.content.sha256)])
        #expect(try await store.node(VideoClip.self, id: "c", in: scope) == Sample.clip("c", of: "t"))
        #expect(try await store.job("j", in: scope) == Sample.job("j"))
    }

    @Test("nothing is found", arguments: DatabaseBackend.allCases, Self.strangers)
    func reading(_ backend: DatabaseBackend, _ stranger: Scope) async throws {
        try await backend.withDatabase { store in
            try await fill(store)
            try await expectFilled(store)
            #expect(try await store.asset("a", in: stranger) == nil)
            for filter in [AssetFilter(), AssetFilter(tag: "rain")] {
                let page = try await store.assets(in: stranger, matching: filter, page: PageRequest())
                #expect(page.items.isEmpty && page.next == nil)
            }
            #expect(try await store.artifact("t", in: stranger) == nil)
            #expect(try await store.artifacts(ofAsset: "a", in: stranger).isEmpty)
            #expect(try await store.timeline(artifactID: "t", in: stranger) == nil)
            #expect(try await store.timelineIDs(cacheKey: "key", in: stranger) == [:])
            #expect(try await store.timelines(ofAsset: "a", sourceArtifactID: nil, in: stranger).isEmpty)
            #expect(try await store.stages(keys: ["k"], in: stranger).isEmpty)
            #expect(try await store.node(VideoProject.self, id: "p", in: stranger) == nil)
            #expect(try await store.node(VideoSequence.self, id: "s", in: stranger) == nil)
            #expect(try await store.node(VideoTrack.self, id: "t", in: stranger) == nil)
            #expect(try await store.node(VideoClip.self, id: "c", in: stranger) == nil)
            let projects = try await store.nodes(
                VideoProject.self, parentID: nil, in: stranger, page: PageRequest())
            #expect(projects.items.isEmpty)
            let clips = try await store.nodes(VideoClip.self, parentID: "t", in: stranger, page: PageRequest())
            #expect(clips.items.isEmpty)
            #expect(try await store.job("j", in: stranger) == nil)
            #expect(try await store.referenced([Self.content.sha256], in: stranger).isEmpty)
        }
    }

    @Test("nothing is changed", arguments: DatabaseBackend.allCases, Self.strangers)
    func writing(_ backend: DatabaseBackend, _ stranger: Scope) async throws {
        try await backend.withDatabase { store in
            try await fill(store)
            let other = ContentFacts(sha256: Sample.digest("other"), sizeBytes: 2)
            try await store.recordContent(other, ofAsset: "a", in: stranger)
            try await store.setSource("file:///other.wav", ofAsset: "a", in: stranger)
            try await store.recordContent(other, ofArtifact: "t", in: stranger)
            await expectFailure(.missingParent) {
                try await store.insert(Sample.artifact("new", of: "a", in: stranger), timeline: nil)
            }
            await expectFailure(.missingParent) {
                try await store.insert(Sample.sequence("new", of: "p", in: stranger))
            }
            #expect(try await !store.update(Sample.clip("c", of: "other", in: stranger)))
            #expect(try await !store.delete(VideoClip.self, id: "c", in: stranger))
            #expect(try await !store.delete(VideoProject.self, id: "p", in: stranger))
            var job = Sample.job("j", in: stranger)
            job.state = .failed
            try await store.update(job)
            try await store.record([Sample.stage("k", source: Sample.digest("other"))], in: stranger)
            #expect(try await !store.deleteAsset("a", in: stranger))
            try await expectFilled(store)
        }
    }

    @Test("the same ids are things of their own", arguments: DatabaseBackend.allCases, Self.strangers)
    func deletingTwins(_ backend: DatabaseBackend, _ stranger: Scope) async throws {
        try await backend.withDatabase { store in
            try await fill(store)
            try await store.insert(Sample.asset("a", in: stranger, content: Self.content))
            try await store.insert(
                Sample.artifact("t", of: "a", in: stranger, kind: .audioSemanticTimeline),
                timeline: Sample.record("t", of: "a"))
            try await store.record([Sample.stage("k", source: Self.content.sha256)], in: stranger)
            try await Sample.insertVideo(into: store, in: stranger)
            #expect(try await store.deleteAsset("a", in: stranger))
            #expect(try await store.delete(VideoProject.self, id: "p", in: stranger))
            #expect(try await store.stages(keys: ["k"], in: stranger).isEmpty)
            try await expectFilled(store)
        }
    }
}
