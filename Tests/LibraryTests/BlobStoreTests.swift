import Foundation
import Library
import Testing

@Suite("Stores of blobs") struct BlobStoreTests {
    /// FIPS 180-4's example.
    private static let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    private static let nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

    @Test("what is published is read, whole and in ranges", arguments: BlobBackend.allCases)
    func reading(_ backend: BlobBackend) async throws {
        try await backend.withStore { bench in
            let facts = try await bench.publish(Array("abc".utf8), in: Sample.scope)
            #expect(facts == ContentFacts(sha256: Self.abc, sizeBytes: 3))
            let store = bench.store
            #expect(try await store.read(Self.abc, in: Sample.scope, range: nil) == Array("abc".utf8))
            #expect(try await store.read(Self.abc, in: Sample.scope, range: 1..<3) == Array("bc".utf8))
            #expect(try await store.read(Self.abc, in: Sample.scope, range: 0..<1) == Array("a".utf8))
            #expect(try await store.read(Self.abc, in: Sample.scope, range: 3..<3) == [])
            #expect(try await store.verify(Self.abc, in: Sample.scope) == 3)
        }
    }

    @Test("no bytes are bytes, too", arguments: BlobBackend.allCases)
    func empty(_ backend: BlobBackend) async throws {
        try await backend.withStore { bench in
            let facts = try await bench.store.stage().publish(in: Sample.scope)
            #expect(facts == ContentFacts(sha256: Self.nothing, sizeBytes: 0))
            #expect(try await bench.store.read(Self.nothing, in: Sample.scope, range: nil) == [])
            #expect(try await bench.store.verify(Self.nothing, in: Sample.scope) == 0)
        }
    }

    @Test(
        "pieces of any size make one blob", arguments: BlobBackend.allCases,
        [[1, 2, 3], [1 << 20], [(1 << 20) - 1, 1, 1], [(1 << 20) + 1], [70_000, 0, 70_000], [3 << 20, 5, 900_000]])
    func pieces(_ backend: BlobBackend, _ sizes: [Int]) async throws {
        try await backend.withStore { bench in
            let bytes = (0..<sizes.reduce(0, +)).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 9) }
            let staged = try await bench.store.stage()
            var rest = bytes[...]
            for size in sizes {
                try await staged.append(Array(rest.prefix(size)))
                rest = rest.dropFirst(size)
            }
            let facts = try await staged.publish(in: Sample.scope)
            #expect(facts.sizeBytes == Int64(bytes.count))
            let isSame = try await bench.store.read(facts.sha256, in: Sample.scope, range: nil) == bytes
            #expect(isSame)
            #expect(try await bench.publish(bytes, in: Sample.otherEnv) == facts)
        }
    }

    @Test(
        "a range beyond the end is damage", arguments: BlobBackend.allCases,
        [0..<4, 3..<4, 4..<4, -1..<2, 0..<Int64.max, .min..<Int64.max] as [Range<Int64>])
    func rangesBeyondTheEnd(_ backend: BlobBackend, _ range: Range<Int64>) async throws {
        try await backend.withStore { bench in
            try await bench.publish(Array("abc".utf8), in: Sample.scope)
            await expectFailure(.blobDamaged) {
                try await bench.store.read(Self.abc, in: Sample.scope, range: range)
            }
        }
    }

    @Test(
        "what was not published, or is no digest, is missing", arguments: BlobBackend.allCases,
        [
            nothing, "", "ba", abc.uppercased(), abc + "0", String(abc.dropLast()) + "g", "../../../../etc/passwd",
            "ab/../" + abc.dropFirst(6), String(repeating: ".", count: 64), String(repeating: "\u{0}", count: 64),
        ])
    func missing(_ backend: BlobBackend, _ digest: String) async throws {
        try await backend.withStore { bench in
            try await bench.publish(Array("abc".utf8), in: Sample.scope)
            let store = bench.store
            await expectFailure(.blobMissing) { try await store.read(digest, in: Sample.scope, range: nil) }
            await expectFailure(.blobMissing) { try await store.read(digest, in: Sample.scope, range: 0..<1) }
            await expectFailure(.blobMissing) { try await store.verify(digest, in: Sample.scope) }
            await expectFailure(.blobMissing) { try await store.withFile(digest, in: Sample.scope) { $0 } }
            try await store.remove(digest, in: Sample.scope)
            #expect(try await store.verify(Self.abc, in: Sample.scope) == 3)
        }
    }

    @Test("changed bytes are noticed, and healed by publishing again", arguments: BlobBackend.allCases, [3, 2 << 20])
    func damage(_ backend: BlobBackend, _ size: Int) async throws {
        try await backend.withStore { bench in
            let bytes = [UInt8](repeating: 7, count: size)
            let digest = try await bench.publish(bytes, in: Sample.scope).sha256
            #expect(try await bench.store.verify(digest, in: Sample.scope) == Int64(size))
            try await bench.damage(digest, in: Sample.scope, at: size - 1)
            await expectFailure(.blobDamaged) { try await bench.store.verify(digest, in: Sample.scope) }
            await expectFailure(.blobDamaged) { try await bench.store.read(digest, in: Sample.scope, range: nil) }
            try await bench.publish(bytes, in: Sample.scope)
            #expect(try await bench.store.verify(digest, in: Sample.scope) == Int64(size))
            #expect(try await bench.store.read(digest, in: Sample.scope, range: 2..<3) == [7])
        }
    }

    @Test("nobody sees a blob before it is published", arguments: BlobBackend.allCases)
    func staging(_ backend: BlobBackend) async throws {
        try await backend.withStore { bench in
            let staged = try await bench.store.stage()
            try await staged.append(Array("abc".utf8))
            await expectFailure(.blobMissing) { try await bench.store.verify(Self.abc, in: Sample.scope) }
            _ = try await staged.publish(in: Sample.scope)
            #expect(try await bench.store.verify(Self.abc, in: Sample.scope) == 3)
        }
    }

    @Test("a blob that was forgotten or published takes no more", arguments: BlobBackend.allCases)
    func afterTheEnd(_ backend: BlobBackend) async throws {
        try await backend.withStore { bench in
            let forgotten = try await bench.store.stage()
            try await forgotten.append(Array("abc".utf8))
            await forgotten.discard()
            await forgotten.discard()
            await expectFailure(.inputOutput) { try await forgotten.append([1]) }
            await expectFailure(.inputOutput) { try await forgotten.publish(in: Sample.scope) }
            await expectFailure(.blobMissing) { try await bench.store.verify(Self.abc, in: Sample.scope) }
            let published = try await bench.store.stage()
            try await published.append(Array("abc".utf8))
            _ = try await published.publish(in: Sample.scope)
            await expectFailure(.inputOutput) { try await published.append([1]) }
            await expectFailure(.inputOutput) { try await published.publish(in: Sample.otherEnv) }
            await published.discard()
            #expect(try await bench.store.verify(Self.abc, in: Sample.scope) == 3)
        }
    }

    @Test(
        "scopes are apart", arguments: BlobBackend.allCases,
        [
            Sample.otherTenant, Sample.otherEnv, Scope(tenantID: "acme", env: "Dev"),
            Scope(tenantID: "acme", env: ".."), Scope(tenantID: "acme", env: "../other/dev"),
            Scope(tenantID: "acme", env: String(repeating: "D", count: 128)), Scope(tenantID: "", env: ""),
        ])
    func scopes(_ backend: BlobBackend, _ stranger: Scope) async throws {
        try await backend.withStore { bench in
            let store = bench.store
            try await bench.publish(Array("abc".utf8), in: Sample.scope, secondsAgo: 60)
            await expectFailure(.blobMissing) { try await store.verify(Self.abc, in: stranger) }
            try await store.remove(Self.abc, in: stranger)
            try await bench.publish(Array("abc".utf8), in: stranger, secondsAgo: 60)
            #expect(
                try await store.blobs(publishedBefore: .now) == [Sample.scope: [Self.abc], stranger: [Self.abc]])
            try await bench.damage(Self.abc, in: stranger)
            #expect(try await store.verify(Self.abc, in: Sample.scope) == 3)
            try await store.remove(Self.abc, in: stranger)
            #expect(try await store.verify(Self.abc, in: Sample.scope) == 3)
        }
    }

    @Test("what is removed is gone and can come back", arguments: BlobBackend.allCases)
    func removal(_ backend: BlobBackend) async throws {
        try await backend.withStore { bench in
            try await bench.publish(Array("abc".utf8), in: Sample.scope)
            try await bench.store.remove(Self.abc, in: Sample.scope)
            await expectFailure(.blobMissing) { try await bench.store.verify(Self.abc, in: Sample.scope) }
            try await bench.store.remove(Self.abc, in: Sample.scope)
            try await bench.publish(Array("abc".utf8), in: Sample.scope)
            #expect(try await bench.store.verify(Self.abc, in: Sample.scope) == 3)
        }
    }

    @Test("publishing again makes a blob new", arguments: BlobBackend.allCases)
    func ages(_ backend: BlobBackend) async throws {
        try await backend.withStore { bench in
            let store = bench.store
            let anHourAgo = Timestamp(millisecondsSince1970: Timestamp.now.millisecondsSince1970 - 3_600_000)
            try await bench.publish(Array("abc".utf8), in: Sample.scope, secondsAgo: 7200)
            try await bench.publish(Array("new".utf8), in: Sample.scope, secondsAgo: 600)
            #expect(try await store.blobs(publishedBefore: anHourAgo) == [Sample.scope: [Self.abc]])
            try await bench.publish(Array("abc".utf8), in: Sample.scope)
            #expect(try await store.blobs(publishedBefore: anHourAgo).isEmpty)
            #expect(try await !store.remove(Self.abc, in: Sample.scope, publishedBefore: anHourAgo))
            #expect(try await store.verify(Self.abc, in: Sample.scope) == 3)
            try await bench.publish(Array("abc".utf8), in: Sample.scope, secondsAgo: 7200)
            #expect(try await store.remove(Self.abc, in: Sample.scope, publishedBefore: anHourAgo))
            await expectFailure(.blobMissing) { try await store.verify(Self.abc, in: Sample.scope) }
        }
    }

    @Test("bytes are had as a file for a while", arguments: BlobBackend.allCases)
    func files(_ backend: BlobBackend) async throws {
        try await backend.withStore { bench in
            try await bench.publish(Array("abc".utf8), in: Sample.scope)
            let read = try await bench.store.withFile(Self.abc, in: Sample.scope) { path in
                FileManager.default.contents(atPath: path)
            }
            #expect(read == Data("abc".utf8))
            await #expect(throws: CocoaError(.featureUnsupported)) {
                try await bench.store.withFile(Self.abc, in: Sample.scope) { _ in
                    throw CocoaError(.featureUnsupported)
                }
            }
            #expect(try await bench.store.verify(Self.abc, in: Sample.scope) == 3)
        }
    }

    @Test("many may publish the same bytes at once", .timeLimit(.minutes(5)), arguments: BlobBackend.allCases)
    func concurrentPublication(_ backend: BlobBackend) async throws {
        try await backend.withStore { bench in
            let store = bench.store
            try await withThrowingTaskGroup(of: ContentFacts.self) { group in
                for _ in 0..<16 {
                    group.addTask {
                        let staged = try await store.stage()
                        try await staged.append(Array("abc".utf8))
                        let facts = try await staged.publish(in: Sample.scope)
                        _ = try await store.verify(facts.sha256, in: Sample.scope)
                        return facts
                    }
                }
                for try await facts in group { #expect(facts.sha256 == Self.abc) }
            }
            #expect(try await store.verify(Self.abc, in: Sample.scope) == 3)
        }
    }
}
