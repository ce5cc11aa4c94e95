import Library
import Testing

@Suite("Stores of video timelines") struct VideoStoreTests {
    @Test("nodes of each kind come back as they were inserted", arguments: DatabaseBackend.allCases)
    func roundTrip(_ backend: DatabaseBackend) async throws {
        try await backend.withDatabase { store in
            var project = Sample.project("p")
            project.userID = "u"
            project.meta = Sample.meta
            var clip = Sample.clip("c", of: "t")
            clip.artifactID = "stem"
            clip.speed = 0.1
            clip.label = "Intro “A”"
            clip.meta = Sample.meta
            try await store.insert(project)
            try await store.insert(Sample.sequence("s", of: "p"))
            try await store.insert(Sample.track("t", of: "s"))
            try await store.insert(clip)
            #expect(try await store.node(VideoProject.self, id: "p", in: Sample.scope) == project)
            #expect(
                try await store.node(VideoSequence.self, id: "s", in: Sample.scope) == Sample.sequence("s", of: "p"))
            #expect(try await store.node(VideoTrack.self, id: "t", in: Sample.scope) == Sample.track("t", of: "s"))
            #expect(try await store.node(VideoClip.self, id: "c", in: Sample.scope) == clip)
            #expect(try await store.node(VideoClip.self, id: "t", in: Sample.scope) == nil)
        }
    }

    @Test("an id is taken once for a kind", arguments: DatabaseBackend.allCases)
    func conflict(_ backend: DatabaseBackend) async throws {
        try await backend.withDatabase { store in
            try await store.insert(Sample.project("x"))
            try await store.insert(Sample.sequence("x", of: "x"))
            await expectFailure(.conflict) { try await store.insert(Sample.sequence("x", of: "x")) }
            await expectFailure(.conflict) { try await store.insert(Sample.project("x")) }
        }
    }

    @Test("a node needs its parent, of the right kind and in its own scope", arguments: DatabaseBackend.allCases)
    func missingParent(_ backend: DatabaseBackend) async throws {
        try await backend.withDatabase { store in
            try await store.insert(Sample.project("p"))
            try await store.insert(Sample.project("far", in: Sample.otherTenant))
            await expectFailure(.missingParent) { try await store.insert(Sample.track("t", of: "p")) }
            await expectFailure(.missingParent) { try await store.insert(Sample.sequence("s", of: "far")) }
            #expect(try await store.node(VideoSequence.self, id: "s", in: Sample.scope) == nil)
        }
    }

    @Test("children are listed oldest first, a page at a time", arguments: DatabaseBackend.allCases)
    func list(_ backend: DatabaseBackend) async throws {
        try await backend.withDatabase { store in
            for id in ["q", "p"] { try await store.insert(Sample.project(id)) }
            for id in ["s3", "s2", "s1"] { try await store.insert(Sample.sequence(id, of: "p")) }
            try await store.insert(Sample.sequence("other", of: "q"))
            let projects = try await store.nodes(
                VideoProject.self, parentID: nil, in: Sample.scope, page: PageRequest())
            #expect(projects.items.map(\.id) == ["q", "p"])
            let first = try await store.nodes(
                VideoSequence.self, parentID: "p", in: Sample.scope, page: PageRequest(limit: 2))
            #expect(first.items.map(\.id) == ["s3", "s2"])
            let cursor = try #require(first.next)
            let second = try await store.nodes(
                VideoSequence.self, parentID: "p", in: Sample.scope, page: PageRequest(limit: 2, cursor: cursor))
            #expect(second.items.map(\.id) == ["s1"])
            #expect(second.next == nil)
            let none = try await store.nodes(
                VideoTrack.self, parentID: "p", in: Sample.scope, page: PageRequest())
            #expect(none.items.isEmpty)
        }
    }

    @Test("an update replaces a node that is there", arguments: DatabaseBackend.allCases)
    func update(_ backend: DatabaseBackend) async throws {
        try await backend.withDatabase { store in
            try await Sample.insertVideo(into: store)
            var clip = Sample.clip("c", of: "t")
            clip.outMs = 9999.5
            clip.label = nil
            #expect(try await store.update(clip))
            #expect(try await store.node(VideoClip.self, id: "c", in: Sample.scope) == clip)
            #expect(try await !store.update(Sample.clip("gone", of: "t")))
            #expect(try await store.node(VideoClip.self, id: "gone", in: Sample.scope) == nil)
        }
    }

    @Test("an update can move a node to another parent that exists", arguments: DatabaseBackend.allCases)
    func move(_ backend: DatabaseBackend) async throws {
        try await backend.withDatabase { store in
            try await Sample.insertVideo(into: store)
            try await store.insert(Sample.track("t2", of: "s"))
            #expect(try await store.update(Sample.clip("c", of: "t2")))
            let moved = try await store.nodes(
                VideoClip.self, parentID: "t2", in: Sample.scope, page: PageRequest())
            #expect(moved.items.map(\.id) == ["c"])
            await expectFailure(.missingParent) { try await store.update(Sample.clip("c", of: "none")) }
            #expect(try await store.node(VideoClip.self, id: "c", in: Sample.scope)?.trackID == "t2")
        }
    }

    @Test("a deletion takes all below along and nothing beside", arguments: DatabaseBackend.allCases)
    func cascade(_ backend: DatabaseBackend) async throws {
        try await backend.withDatabase { store in
            try await Sample.insertVideo(into: store)
            try await store.insert(Sample.sequence("s2", of: "p"))
            try await store.insert(Sample.track("t2", of: "s2"))
            // The ids of kinds are apart: this is no child of track `s`.
            try await store.insert(Sample.clip("s", of: "t2"))
            #expect(try await store.delete(VideoSequence.self, id: "s", in: Sample.scope))
            #expect(try await store.node(VideoTrack.self, id: "t", in: Sample.scope) == nil)
            #expect(try await store.node(VideoClip.self, id: "c", in: Sample.scope) == nil)
            #expect(try await store.node(VideoClip.self, id: "s", in: Sample.scope) != nil)
            #expect(try await store.node(VideoProject.self, id: "p", in: Sample.scope) != nil)
            #expect(try await !store.delete(VideoSequence.self, id: "s", in: Sample.scope))
            #expect(try await store.delete(VideoProject.self, id: "p", in: Sample.scope))
            #expect(try await store.node(VideoClip.self, id: "s", in: Sample.scope) == nil)
        }
    }
}
