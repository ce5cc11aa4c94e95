import Foundation
import Library
import Synchronization
import Testing

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// What only a bucket has to do with: the rest, all stores have to pass.
@Suite("Blobs in a bucket", .timeLimit(.minutes(10))) struct S3BlobStoreTests {
    private static let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

    private func withStore(
        _ server: S3Server, sizes: S3BlobStore.Sizes = .init(), hooks: S3BlobStore.Hooks = .init(),
        location: S3Location? = nil, _ body: (S3BlobStore) async throws -> Void
    ) async throws {
        let folder = try ScratchFolder()
        let place: S3Location
        if let location { place = location } else { place = try await server.location() }
        let store = try S3BlobStore(
            place, temporaryFolder: folder.path, retries: S3Retries(), sizes: sizes, hooks: hooks)
        do {
            try await body(store)
        } catch {
            await store.close()
            throw error
        }
        await store.close()
        #expect(try folder.files(below: "").isEmpty)
    }

    private static func fetch(_ url: String, method: String = "GET", body: Data? = nil) async throws -> (Int, Data) {
        var request = URLRequest(url: try #require(URL(string: url)))
        request.httpMethod = method
        request.httpBody = body
        let (data, response) = try await URLSession.shared.data(for: request)
        return (try #require(response as? HTTPURLResponse).statusCode, data)
    }

    @Test("40 MB go in parts, and come back whole, in ranges and as a file", arguments: S3Server.allCases)
    func parts(_ server: S3Server) async throws {
        try await withStore(server) { store in
            let piece = (0..<(1 << 20)).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 9) }
            let staged = try await store.stage()
            for number in 0..<40 { try await staged.append([UInt8(number)] + piece.dropFirst()) }
            let facts = try await staged.publish(in: Sample.scope)
            #expect(facts.sizeBytes == 40 << 20)
            let key = try #require(store.key(of: facts.sha256, in: Sample.scope))
            let etag = try await store.client.head(key).etag
            #expect(etag.hasSuffix("-3\""))
            #expect(try await store.verify(facts.sha256, in: Sample.scope) == 40 << 20)
            let whole = try await store.read(facts.sha256, in: Sample.scope, range: nil)
            let isWhole = whole.count == 40 << 20 && whole[39 << 20] == 39 && whole.last == piece.last
            #expect(isWhole)
            // Across the border of two parts.
            let border: Int64 = 16 << 20
            let part = try await store.read(facts.sha256, in: Sample.scope, range: border - 2..<border + 3)
            #expect(part == [piece[piece.count - 2], piece[piece.count - 1], 16, piece[1], piece[2]])
            let size = try await store.withFile(facts.sha256, in: Sample.scope) { path in
                try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int
            }
            #expect(size == 40 << 20)
            #expect(try await store.client.unfinishedUploads(prefix: key).isEmpty)
        }
    }

    @Test("a cancelled upload leaves no parts", arguments: S3Server.allCases)
    func cancelledUpload(_ server: S3Server) async throws {
        let sizes = {
            var sizes = S3BlobStore.Sizes()
            sizes.singlePut = 5 << 20
            sizes.part = 5 << 20
            return sizes
        }()
        try await withStore(server, sizes: sizes) { store in
            let staged = try await store.stage()
            for _ in 0..<30 { try await staged.append([UInt8](repeating: 7, count: 1 << 20)) }
            let prefix = store.blobsPrefix
            let task = Task { try await staged.publish(in: Sample.scope) }
            while try await store.client.unfinishedUploads(prefix: prefix).isEmpty {}
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
            await staged.discard()
            #expect(try await store.client.unfinishedUploads(prefix: prefix).isEmpty)
            #expect(try await store.blobs(publishedBefore: Timestamp(millisecondsSince1970: .max)).isEmpty)
        }
    }

    @Test(
        "any text is a tenant", arguments: S3Server.allCases,
        ["", ".", "..", "a b", "ä/ö", "=44", "a+b&c=d?e#f%20", "\u{0}\r\n", String(repeating: "Ü", count: 60)])
    func tenants(_ server: S3Server, _ tenant: String) async throws {
        try await withStore(server) { store in
            let scope = Scope(tenantID: tenant, env: tenant)
            _ = try await store.keep(Array("abc".utf8), in: scope)
            #expect(try await store.read(Self.abc, in: scope, range: nil) == Array("abc".utf8))
            let all = Timestamp(millisecondsSince1970: .max)
            #expect(try await store.blobs(publishedBefore: all) == [scope: [Self.abc]])
            let url = try store.downloadURL(Self.abc, in: scope, expires: .seconds(60))
            let (status, data) = try await Self.fetch(url)
            #expect(status == 200 && data == Data("abc".utf8))
            #expect(try await store.remove(Self.abc, in: scope, publishedBefore: all))
            #expect(try await store.blobs(publishedBefore: all).isEmpty)
        }
    }

    @Test("what was verified is not read again until it changes", arguments: S3Server.allCases)
    func verification(_ server: S3Server) async throws {
        try await withStore(server) { store in
            _ = try await store.keep(Array("abc".utf8), in: Sample.scope)
            #expect(try await store.verify(Self.abc, in: Sample.scope) == 3)
            #expect(try await store.verify(Self.abc, in: Sample.scope) == 3)
            let key = try #require(store.key(of: Self.abc, in: Sample.scope))
            try await store.client.put(key, Array("abd".utf8))
            await expectFailure(.blobDamaged) { try await store.verify(Self.abc, in: Sample.scope) }
            await expectFailure(.blobDamaged) { try await store.withFile(Self.abc, in: Sample.scope) { $0 } }
            try await store.client.delete(key)
            await expectFailure(.blobMissing) { try await store.verify(Self.abc, in: Sample.scope) }
        }
    }

    @Test("listings of more than a page are whole", arguments: [S3Server.moto])
    func manyBlobs(_ server: S3Server) async throws {
        try await withStore(server) { store in
            let count = 1100
            let key = try #require(store.key(of: Self.abc, in: Sample.scope))
            let folder = key.dropLast(Self.abc.count)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for lane in 0..<8 {
                    group.addTask {
                        for number in stride(from: lane, to: count, by: 8) {
                            let digest = "ba" + String(repeating: "0", count: 58) + String(1000 + number)
                            try await store.client.put(folder + digest, [])
                        }
                    }
                }
                try await group.waitForAll()
            }
            let blobs = try await store.blobs(publishedBefore: Timestamp(millisecondsSince1970: .max))
            #expect(Set(blobs[Sample.scope] ?? []).count == count)
        }
    }

    // MARK: - Removing beside publishing

    private static let forever = Timestamp(millisecondsSince1970: .max)

    @Test("a blob that is published when it was found old comes back", arguments: S3Server.allCases)
    func publicationBeforeDeletion(_ server: S3Server) async throws {
        let location = try await server.location()
        let isWaiting = AsyncStream.makeStream(of: Void.self)
        let waits = Mutex(0)
        try await withStore(
            server,
            hooks: {
                var hooks = S3BlobStore.Hooks()
                hooks.isWaiting = {
                    waits.withLock { $0 += 1 }
                    isWaiting.continuation.yield()
                }
                return hooks
            }(), location: location
        ) { publisher in
            _ = try await publisher.keep(Array("abc".utf8), in: Sample.scope)
            let publication = Mutex<Task<ContentFacts, any Error>?>(nil)
            var hooks = S3BlobStore.Hooks()
            hooks.willDelete = {
                let task = Task { try await publisher.keep(Array("abc".utf8), in: Sample.scope) }
                publication.withLock { $0 = task }
                // It has put the blob, seen the marker, and waits.
                for await _ in isWaiting.stream { break }
            }
            try await withStore(server, hooks: hooks, location: location) { remover in
                let isRemoved = try await remover.remove(Self.abc, in: Sample.scope, publishedBefore: Self.forever)
                #expect(isRemoved)
            }
            let task = publication.withLock { $0 }
            #expect(try await task?.value.sha256 == Self.abc)
            #expect(waits.withLock(\.self) > 0)
            #expect(try await publisher.verify(Self.abc, in: Sample.scope) == 3)
        }
    }

    @Test("a blob that is deleted before its publisher looks comes back", arguments: S3Server.allCases)
    func deletionBeforeTheLook(_ server: S3Server) async throws {
        let location = try await server.location()
        try await withStore(server, location: location) { remover in
            let puts = Mutex(0)
            var hooks = S3BlobStore.Hooks()
            hooks.didPut = {
                let isFirst = puts.withLock { count in
                    count += 1
                    return count == 1
                }
                guard isFirst else { return }
                // All of a removal, by one who takes every blob for old.
                let isRemoved = try? await remover.remove(
                    Self.abc, in: Sample.scope, publishedBefore: Self.forever)
                #expect(isRemoved == true)
            }
            try await withStore(server, hooks: hooks, location: location) { publisher in
                _ = try await publisher.keep(Array("abc".utf8), in: Sample.scope)
                #expect(puts.withLock(\.self) == 2)
                #expect(try await publisher.verify(Self.abc, in: Sample.scope) == 3)
            }
        }
    }

    @Test("a blob that is published when it was found old for the first time stays", arguments: S3Server.allCases)
    func publicationBeforeTheSecondLook(_ server: S3Server) async throws {
        let isRenewed = Mutex(false)
        var hooks = S3BlobStore.Hooks()
        hooks.didMark = { isRenewed.withLock { $0 = true } }
        hooks.published = { isRenewed.withLock(\.self) ? $1 : Timestamp(millisecondsSince1970: 0) }
        try await withStore(server, hooks: hooks) { store in
            _ = try await store.keep(Array("abc".utf8), in: Sample.scope)
            let moment = Timestamp(millisecondsSince1970: 1_000_000)
            #expect(try await !store.remove(Self.abc, in: Sample.scope, publishedBefore: moment))
            let didMark = isRenewed.withLock { $0 }
            #expect(didMark)
            #expect(try await store.verify(Self.abc, in: Sample.scope) == 3)
            // Its marker is gone: nobody waits.
            isRenewed.withLock { $0 = false }
            #expect(try await store.removeAbandonedFiles() == 0)
        }
    }

    @Test("the first of two removers to finish does not hide the second", arguments: S3Server.allCases)
    func twoRemovers(_ server: S3Server) async throws {
        let location = try await server.location()
        let isWaiting = AsyncStream.makeStream(of: Void.self)
        var hooks = S3BlobStore.Hooks()
        hooks.isWaiting = { isWaiting.continuation.yield() }
        try await withStore(server, hooks: hooks, location: location) { other in
            _ = try await other.keep(Array("abc".utf8), in: Sample.scope)
            let publication = Mutex<Task<ContentFacts, any Error>?>(nil)
            var slow = S3BlobStore.Hooks()
            slow.willDelete = {
                // One remover does all its work, and a publisher comes, while another is about to delete.
                _ = try? await other.remove(Self.abc, in: Sample.scope, publishedBefore: Self.forever)
                let task = Task { try await other.keep(Array("abc".utf8), in: Sample.scope) }
                publication.withLock { $0 = task }
                for await _ in isWaiting.stream { break }
            }
            try await withStore(server, hooks: slow, location: location) { remover in
                _ = try await remover.remove(Self.abc, in: Sample.scope, publishedBefore: Self.forever)
            }
            _ = try await publication.withLock(\.self)?.value
            #expect(try await other.verify(Self.abc, in: Sample.scope) == 3)
        }
    }

    @Test("whatever the order, a blob that was published is there", arguments: S3Server.allCases)
    func race(_ server: S3Server) async throws {
        // Dates of whole seconds cannot tell what happens here: a blob is old until it was put again.
        let isRenewed = Mutex(false)
        var hooks = S3BlobStore.Hooks()
        hooks.didPut = { isRenewed.withLock { $0 = true } }
        hooks.published = { _, _ in
            isRenewed.withLock(\.self) ? Self.forever : Timestamp(millisecondsSince1970: 0)
        }
        try await withStore(server, hooks: hooks) { store in
            var removals = 0
            for round in 0..<30 {
                let bytes = Array("round \(round)".utf8)
                let digest = try await store.keep(bytes, in: Sample.scope).sha256
                isRenewed.withLock { $0 = false }
                try await withThrowingTaskGroup(of: Bool.self) { group in
                    for _ in 0..<2 {
                        group.addTask {
                            try await store.remove(
                                digest, in: Sample.scope, publishedBefore: Timestamp(millisecondsSince1970: 1_000_000))
                        }
                    }
                    group.addTask {
                        // Later in each round, so that every order comes up.
                        try await Task.sleep(for: .milliseconds(round))
                        _ = try await store.keep(bytes, in: Sample.scope)
                        return false
                    }
                    for try await isRemoved in group where isRemoved { removals += 1 }
                }
                #expect(try await store.verify(digest, in: Sample.scope) == Int64(bytes.count))
            }
            #expect(removals > 0)
        }
    }

    @Test("the marker of a remover that died counts for ten minutes", arguments: S3Server.allCases)
    func deadRemover(_ server: S3Server) async throws {
        let location = try await server.location()
        let age = Mutex<Int64>(0)
        let waits = AsyncStream.makeStream(of: Void.self)
        var hooks = S3BlobStore.Hooks()
        hooks.published = { key, date in
            let seconds = key.contains(".removing/") ? age.withLock(\.self) : 0
            return Timestamp(millisecondsSince1970: date.millisecondsSince1970 - seconds * 1000)
        }
        hooks.isWaiting = { waits.continuation.yield() }
        try await withStore(server, hooks: hooks, location: location) { store in
            let key = try #require(store.key(of: Self.abc, in: Sample.scope))
            try await store.client.put(key + ".removing/rm_dead", [])
            let task = Task { try await store.keep(Array("abc".utf8), in: Sample.scope) }
            for await _ in waits.stream { break }
            #expect(try await store.removeAbandonedFiles() == 0)
            age.withLock { $0 = 620 }
            #expect(try await task.value.sha256 == Self.abc)
            #expect(try await store.removeAbandonedFiles() == 1)
            age.withLock { $0 = 0 }
            _ = try await store.keep(Array("abc".utf8), in: Sample.scope)
            #expect(try await store.blobs(publishedBefore: Self.forever) == [Sample.scope: [Self.abc]])
        }
    }

    @Test("a blob of this second is not certainly old", arguments: S3Server.allCases)
    func certainty(_ server: S3Server) async throws {
        try await withStore(server) { store in
            _ = try await store.keep(Array("abc".utf8), in: Sample.scope)
            let key = try #require(store.key(of: Self.abc, in: Sample.scope))
            let second = try await store.client.head(key).lastModified.millisecondsSince1970
            let isRemoved = try await store.remove(
                Self.abc, in: Sample.scope, publishedBefore: Timestamp(millisecondsSince1970: second + 999))
            #expect(!isRemoved)
            #expect(
                try await store.blobs(publishedBefore: Timestamp(millisecondsSince1970: second + 999)).isEmpty)
            #expect(
                try await store.remove(
                    Self.abc, in: Sample.scope, publishedBefore: Timestamp(millisecondsSince1970: second + 3_600_000)))
        }
    }

    // MARK: - Signatures

    @Test("addresses that carry their signature read and write, and nothing else", arguments: S3Server.allCases)
    func presigned(_ server: S3Server) async throws {
        try await withStore(server) { store in
            let key = store.blobsPrefix + "odd key=1|ü~.bin"
            let upload = try store.uploadURL(key: key, expires: .seconds(60))
            #expect(try await Self.fetch(upload, method: "PUT", body: Data("abc".utf8)).0 == 200)
            #expect(try await store.client.head(key).sizeBytes == 3)
            _ = try await store.keep(Array("abc".utf8), in: Sample.scope)
            let url = try store.downloadURL(Self.abc, in: Sample.scope, expires: .seconds(60))
            #expect(try await Self.fetch(url) == (200, Data("abc".utf8)))
            if server == .ceph {
                let other = url.replacingOccurrences(of: "X-Amz-Expires=60", with: "X-Amz-Expires=61")
                #expect(other != url)
                #expect(try await Self.fetch(other).0 == 403)
                let elsewhere = upload.replacingOccurrences(of: "odd", with: "old")
                #expect(try await Self.fetch(elsewhere, method: "PUT", body: Data()).0 == 403)
                #expect(try await Self.fetch(url, method: "DELETE").0 == 403)
            }
            for duration in [Duration.zero, .seconds(-1), .seconds(604_801), .seconds(Int64.max)] {
                await expectFailure(.inputOutput) {
                    try store.downloadURL(Self.abc, in: Sample.scope, expires: duration)
                }
            }
            await expectFailure(.blobMissing) { try store.downloadURL("x", in: Sample.scope, expires: .seconds(1)) }
            await expectFailure(.inputOutput) { try store.uploadURL(key: "a/../b", expires: .seconds(1)) }
        }
    }

    @Test("a wrong secret is refused, and the error does not tell it") func wrongSecret() async throws {
        let location = try await S3Server.ceph.location(secret: "the-wrong-secret")
        try await withStore(.ceph, location: location) { store in
            do {
                _ = try await store.verify(Self.abc, in: Sample.scope)
                Issue.record("a wrong secret was taken")
            } catch let error as LibraryError {
                #expect(error.code == .inputOutput)
                #expect(error.underlying == "403 SignatureDoesNotMatch")
                #expect(!"\(error)\(String(reflecting: error))".contains("the-wrong"))
            }
            await expectFailure(.inputOutput) { try await store.keep([1], in: Sample.scope) }
            await expectFailure(.inputOutput) { try await store.blobs(publishedBefore: .now) }
        }
    }

    @Test("bytes that are not those of their signature are refused") func wrongBytes() async throws {
        try await withStore(.ceph) { store in
            let key = store.blobsPrefix + "wrong"
            await #expect(throws: S3Failure(status: 400, code: "XAmzContentSHA256Mismatch")) {
                try await store.client.put(key, Array("abd".utf8), sha256: Self.abc)
            }
            await #expect(throws: S3Failure(status: 404, code: nil)) { try await store.client.head(key) }
        }
    }
}
