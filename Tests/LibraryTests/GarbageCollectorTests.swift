import Foundation
import Library
import Synchronization
import Testing

@Suite("Collecting garbage") struct GarbageCollectorTests {
    /// Blobs that rows refer to, and what happens while the collector asks for them.
    private struct References: BlobReferences {
        var digests: Set<String> = []
        var scope = Sample.scope
        var onAsking: @Sendable () async throws -> Void = {}

        var whole = true

        func referenced(_ asked: [String], in scope: Scope) async throws -> Set<String> {
            try await onAsking()
            return scope == self.scope ? digests.intersection(asked) : []
        }

        func isWhole() async throws -> Bool { whole }
    }

    private static let hour = Duration.seconds(3600)

    @Test("old blobs without a row go; new ones and those with a row stay", arguments: BlobBackend.allCases)
    func collection(_ backend: BlobBackend) async throws {
        try await backend.withStore { bench in
            let garbage = try await bench.publish([1], in: Sample.scope, secondsAgo: 3700).sha256
            let used = try await bench.publish([2], in: Sample.scope, secondsAgo: 3700).sha256
            let new = try await bench.publish([3], in: Sample.scope, secondsAgo: 3500).sha256
            let collector = GarbageCollector(
                blobs: bench.store, references: References(digests: [used]), jobs: nil)
            let report = try await collector.collect(grace: Self.hour)
            #expect(report.removedBlobs == 1 && report.keptBlobs == 1 && report.removedJobs == 0)
            await expectFailure(.blobMissing) { try await bench.store.verify(garbage, in: Sample.scope) }
            #expect(try await bench.store.verify(used, in: Sample.scope) == 1)
            #expect(try await bench.store.verify(new, in: Sample.scope) == 1)
            let later = Timestamp(millisecondsSince1970: Timestamp.now.millisecondsSince1970 + 200_000)
            #expect(try await collector.collect(grace: Self.hour, now: later).removedBlobs == 1)
            await expectFailure(.blobMissing) { try await bench.store.verify(new, in: Sample.scope) }
        }
    }

    @Test("a blob that is published again starts its period anew", arguments: BlobBackend.allCases)
    func republication(_ backend: BlobBackend) async throws {
        try await backend.withStore { bench in
            let digest = try await bench.publish([1], in: Sample.scope, secondsAgo: 3700).sha256
            try await bench.publish([1], in: Sample.scope)
            let collector = GarbageCollector(blobs: bench.store, references: References(), jobs: nil)
            let report = try await collector.collect(grace: Self.hour)
            #expect(report.removedBlobs == 0 && report.keptBlobs == 0)
            #expect(try await bench.store.verify(digest, in: Sample.scope) == 1)
        }
    }

    @Test("a blob that is published while its row is looked for survives", arguments: BlobBackend.allCases)
    func race(_ backend: BlobBackend) async throws {
        try await backend.withStore { bench in
            let digest = try await bench.publish([1], in: Sample.scope, secondsAgo: 3700).sha256
            let other = try await bench.publish([2], in: Sample.scope, secondsAgo: 3700).sha256
            let references = References(onAsking: { try await bench.publish([1], in: Sample.scope) })
            let collector = GarbageCollector(blobs: bench.store, references: references, jobs: nil)
            let report = try await collector.collect(grace: Self.hour)
            #expect(report.removedBlobs == 1 && report.keptBlobs == 1)
            #expect(try await bench.store.verify(digest, in: Sample.scope) == 1)
            await expectFailure(.blobMissing) { try await bench.store.verify(other, in: Sample.scope) }
        }
    }

    @Test("a row of one scope does not keep the blob of another", arguments: BlobBackend.allCases)
    func scopes(_ backend: BlobBackend) async throws {
        try await backend.withStore { bench in
            let digest = try await bench.publish([1], in: Sample.scope, secondsAgo: 3700).sha256
            try await bench.publish([1], in: Sample.otherEnv, secondsAgo: 3700)
            let collector = GarbageCollector(
                blobs: bench.store, references: References(digests: [digest], scope: Sample.otherEnv), jobs: nil)
            #expect(try await collector.collect(grace: Self.hour).removedBlobs == 1)
            await expectFailure(.blobMissing) { try await bench.store.verify(digest, in: Sample.scope) }
            #expect(try await bench.store.verify(digest, in: Sample.otherEnv) == 1)
        }
    }

    @Test("rows are looked for in portions, and every blob is seen") func portions() async throws {
        let bench = BlobBench()
        for index in 0..<1203 {
            try await bench.publish([UInt8(index & 255), UInt8(index >> 8)], in: Sample.scope, secondsAgo: 3700)
        }
        let asked = Mutex(0)
        let references = References(onAsking: { asked.withLock { $0 += 1 } })
        let collector = GarbageCollector(blobs: bench.store, references: references, jobs: nil)
        #expect(try await collector.collect(grace: Self.hour).removedBlobs == 1203)
        #expect(asked.withLock(\.self) == 3)
        #expect(try await bench.store.blobs(publishedBefore: .now).isEmpty)
    }

    @Test("a deleted asset's blobs go, those that another asset shares stay", arguments: DatabaseBackend.allCases)
    func deletedAssets(_ backend: DatabaseBackend) async throws {
        try await backend.withDatabase { database in
            let bench = BlobBench()
            let own = try await bench.publish([1], in: Sample.scope, secondsAgo: 3700)
            let shared = try await bench.publish([2], in: Sample.scope, secondsAgo: 3700)
            let index = try await bench.publish([3], in: Sample.scope, secondsAgo: 3700)
            let stage = try await bench.publish([4], in: Sample.scope, secondsAgo: 3700)
            try await database.insert(Sample.asset("a", content: own))
            try await database.insert(Sample.asset("b", content: shared))
            try await database.insert(
                Sample.artifact("t", of: "a", kind: .audioSemanticTimeline, content: shared),
                timeline: Sample.record("t", of: "a", source: own.sha256, index: index.sha256))
            try await database.record(
                [Sample.stage("k", source: own.sha256, blob: stage.sha256)], in: Sample.scope)
            let collector = GarbageCollector(blobs: bench.store, references: database, jobs: database)
            #expect(try await collector.collect(grace: Self.hour).keptBlobs == 4)
            #expect(try await database.deleteAsset("a", in: Sample.scope))
            let report = try await collector.collect(grace: Self.hour)
            #expect(report.removedBlobs == 3 && report.keptBlobs == 1)
            #expect(try await bench.store.verify(shared.sha256, in: Sample.scope) == 1)
        }
    }

    @Test("jobs that ended long ago go") func jobs() async throws {
        let database = try SQLLibrary(sqlite: nil)
        for (id, days) in [("old", 8), ("new", 6)] as [(String, Int64)] {
            var job = Sample.job(id)
            job.state = .done
            job.finishedAt = Timestamp(
                millisecondsSince1970: Timestamp.now.millisecondsSince1970 - days * 86_400_000)
            try await database.insert(job)
        }
        let collector = GarbageCollector(blobs: MemoryBlobStore(), references: database, jobs: database)
        #expect(try await collector.collect(grace: Self.hour).removedJobs == 1)
        #expect(try await database.job("old", in: Sample.scope) == nil)
        #expect(try await database.job("new", in: Sample.scope) != nil)
    }

    @Test(
        "periods of any length are periods",
        arguments: [
            (Duration.seconds(-5), 1), (.zero, 1), (.seconds(Int64.max), 0), (.seconds(Int64.max / 1000), 0),
        ])
    func oddPeriods(_ grace: Duration, _ removed: Int) async throws {
        let bench = BlobBench()
        try await bench.publish([1], in: Sample.scope, secondsAgo: 1)
        let collector = GarbageCollector(blobs: bench.store, references: References(), jobs: nil)
        #expect(try await collector.collect(grace: grace).removedBlobs == removed)
    }

    @Test("a report is JSON in snake case") func report() throws {
        var report = GarbageCollector.Report()
        report.removedBlobs = 2
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let text = String(decoding: try encoder.encode(report), as: UTF8.self)
        #expect(text == #"{"kept_blobs":0,"removed_blobs":2,"removed_jobs":0}"#)
    }
}
