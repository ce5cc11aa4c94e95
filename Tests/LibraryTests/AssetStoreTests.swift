import Library
import Testing
import TimelineModel

@Suite("Stores of assets") struct AssetStoreTests {
    @Test("an asset comes back as it was inserted", arguments: DatabaseBackend.allCases)
    func roundTrip(_ backend: DatabaseBackend) async throws {
        try await backend.withDatabase { store in
            var full = Sample.asset(
                "full", kind: .video, tags: ["ambience", "it's \"loud\"", "ä"], sourceRef: "shelf/7",
                content: ContentFacts(sha256: Sample.digest("x"), sizeBytes: 1 << 40, stamp: "1:2:3"))
            // Not every database takes these characters, or tells them apart.
            full.userID = "user|50%\u{0}\u{1}\u{2}"
            full.tags += ["\u{0}", "\u{1}\u{0}"]
            full.durationMs = 12.5
            full.fps = 29.97
            full.audioChannels = 2
            full.sampleRate = 48_000
            full.codecInfo = "pcm_s16le"
            full.meta = Sample.meta
            let bare = Sample.asset("bare", sourceRef: "shelf/\u{0}7")
            try await store.insert(full)
            try await store.insert(bare)
            #expect(try await store.asset("full", in: Sample.scope) == full)
            #expect(try await store.asset("bare", in: Sample.scope) == bare)
            #expect(try await store.asset("none", in: Sample.scope) == nil)
        }
    }

    @Test("an id is taken once in a scope", arguments: DatabaseBackend.allCases)
    func conflict(_ backend: DatabaseBackend) async throws {
        try await backend.withDatabase { store in
            try await store.insert(Sample.asset("a", kind: .audio))
            await expectFailure(.conflict) { try await store.insert(Sample.asset("a", kind: .video)) }
            #expect(try await store.asset("a", in: Sample.scope)?.kind == .audio)
            try await store.insert(Sample.asset("a", in: Sample.otherEnv, kind: .image))
            #expect(try await store.asset("a", in: Sample.otherEnv)?.kind == .image)
        }
    }

    @Test(
        "pages are oldest first and neither repeat nor skip",
        arguments: DatabaseBackend.allCases, [(count: 7, sizes: [3, 3, 1]), (6, [3, 3]), (2, [2]), (0, [0])])
    func pages(_ backend: DatabaseBackend, _ example: (count: Int, sizes: [Int])) async throws {
        try await backend.withDatabase { store in
            let ids = (0..<example.count).map { "z\(9 - $0)" }
            for id in ids {
                try await store.insert(Sample.asset(id))
                try await store.insert(Sample.asset(id, in: Sample.otherTenant))
            }
            var seen: [[String]] = []
            var cursor: Int64?
            repeat {
                let page = try await store.assets(
                    in: Sample.scope, matching: AssetFilter(), page: PageRequest(limit: 3, cursor: cursor))
                seen.append(page.items.map(\.id))
                cursor = page.next
            } while cursor != nil
            #expect(seen.map(\.count) == example.sizes)
            #expect(seen.flatMap(\.self) == ids)
        }
    }

    @Test("the newest come first where that is asked for, page by page", arguments: DatabaseBackend.allCases)
    func newestFirst(_ backend: DatabaseBackend) async throws {
        try await backend.withDatabase { store in
            for id in ["a", "b", "c", "d", "e"] { try await store.insert(Sample.asset(id)) }
            var seen: [[String]] = []
            var cursor: Int64?
            repeat {
                let page = try await store.assets(
                    in: Sample.scope, matching: AssetFilter(),
                    page: PageRequest(limit: 2, cursor: cursor, isNewestFirst: true))
                seen.append(page.items.map(\.id))
                cursor = page.next
            } while cursor != nil
            #expect(seen == [["e", "d"], ["c", "b"], ["a"]])
        }
    }

    @Test("what is inserted after a page was read is on the next", arguments: DatabaseBackend.allCases)
    func pagesOfAChangingList(_ backend: DatabaseBackend) async throws {
        try await backend.withDatabase { store in
            for id in ["a", "b", "c"] { try await store.insert(Sample.asset(id)) }
            let first = try await store.assets(
                in: Sample.scope, matching: AssetFilter(), page: PageRequest(limit: 2))
            #expect(try await store.deleteAsset("b", in: Sample.scope))
            #expect(try await store.deleteAsset("c", in: Sample.scope))
            try await store.insert(Sample.asset("d"))
            let cursor = try #require(first.next)
            let second = try await store.assets(
                in: Sample.scope, matching: AssetFilter(), page: PageRequest(limit: 2, cursor: cursor))
            #expect(second.items.map(\.id) == ["d"])
        }
    }

    @Test("a page of a senseless size is a page", arguments: DatabaseBackend.allCases, [0, -1, .min, .max])
    func oddPages(_ backend: DatabaseBackend, _ limit: Int) async throws {
        try await backend.withDatabase { store in
            try await store.insert(Sample.asset("a"))
            let page = try await store.assets(
                in: Sample.scope, matching: AssetFilter(), page: PageRequest(limit: limit, cursor: -5))
            #expect(page.items.map(\.id) == ["a"])
            #expect(page.next == nil)
        }
    }

    @Test(
        "filters select by kind, tag and source",
        arguments: DatabaseBackend.allCases,
        [
            (AssetFilter(kind: .video), ["v1", "v2"]),
            (AssetFilter(tag: "rain"), ["a1", "v1"]),
            (AssetFilter(tag: "it's \"loud\""), ["v2"]),
            (AssetFilter(sourceRef: "shelf"), ["a1", "v2"]),
            (AssetFilter(kind: .video, tag: "rain"), ["v1"]),
            (AssetFilter(kind: .audio, tag: "rain", sourceRef: "shelf"), ["a1"]),
            (AssetFilter(tag: "rai"), []),
            (AssetFilter(tag: ""), []),
            (AssetFilter(), ["a1", "a2", "v1", "v2"]),
        ] as [(AssetFilter, [String])])
    func filters(_ backend: DatabaseBackend, _ example: (filter: AssetFilter, ids: [String])) async throws {
        try await backend.withDatabase { store in
            try await store.insert(Sample.asset("a1", tags: ["wind", "rain"], sourceRef: "shelf"))
            try await store.insert(Sample.asset("a2", tags: ["rainfall"], sourceRef: "shelf/2"))
            try await store.insert(Sample.asset("v1", kind: .video, tags: ["rain"]))
            try await store.insert(Sample.asset("v2", kind: .video, tags: ["it's \"loud\""], sourceRef: "shelf"))
            let page = try await store.assets(in: Sample.scope, matching: example.filter, page: PageRequest())
            #expect(page.items.map(\.id) == example.ids)
        }
    }

    @Test("a filter's pages go on where they ended", arguments: DatabaseBackend.allCases)
    func filteredPages(_ backend: DatabaseBackend) async throws {
        try await backend.withDatabase { store in
            for index in 0..<6 {
                try await store.insert(Sample.asset("\(index)", kind: index.isMultiple(of: 2) ? .audio : .video))
            }
            let filter = AssetFilter(kind: .video)
            let first = try await store.assets(in: Sample.scope, matching: filter, page: PageRequest(limit: 2))
            #expect(first.items.map(\.id) == ["1", "3"])
            let second = try await store.assets(
                in: Sample.scope, matching: filter, page: PageRequest(limit: 2, cursor: first.next))
            #expect(second.items.map(\.id) == ["5"])
            #expect(second.next == nil)
        }
    }

    @Test("content is noted where the asset still is", arguments: DatabaseBackend.allCases)
    func recordContent(_ backend: DatabaseBackend) async throws {
        try await backend.withDatabase { store in
            var asset = Sample.asset("a")
            try await store.insert(asset)
            let content = ContentFacts(sha256: Sample.digest("x"), sizeBytes: 77, stamp: "1:2")
            try await store.recordContent(content, ofAsset: "a", in: Sample.scope)
            try await store.recordContent(content, ofAsset: "gone", in: Sample.scope)
            asset.content = content
            asset.sizeBytes = 77
            #expect(try await store.asset("a", in: Sample.scope) == asset)
            #expect(try await store.asset("gone", in: Sample.scope) == nil)
        }
    }

    @Test("another source's bytes are unknown", arguments: DatabaseBackend.allCases)
    func setSource(_ backend: DatabaseBackend) async throws {
        try await backend.withDatabase { store in
            try await store.insert(
                Sample.asset("a", content: ContentFacts(sha256: Sample.digest("x"), sizeBytes: 77, stamp: "1:2")))
            try await store.setSource("file:///moved.wav", ofAsset: "a", in: Sample.scope)
            try await store.setSource("file:///moved.wav", ofAsset: "gone", in: Sample.scope)
            let asset = try #require(await store.asset("a", in: Sample.scope))
            #expect(asset.sourceURI == "file:///moved.wav")
            #expect(asset.content == nil)
            #expect(asset.sizeBytes == nil)
            #expect(try await store.asset("gone", in: Sample.scope) == nil)
        }
    }
}
