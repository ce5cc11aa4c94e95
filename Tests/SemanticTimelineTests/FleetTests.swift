import Foundation
import Library
import SemanticTimeline
import Synchronization
import TestServers
import TestSupport
import Testing
import TimelineModel

@Suite("Services and workers that share a library", .timeLimit(.minutes(5)))
struct FleetTests {
    /// Two hosts on one database and one store of blobs.
    private struct Bench {
        let one: ServiceHarness
        let two: ServiceHarness
        let queue: PostgresQueue
        let url: String

        init() async throws {
            url = try await PostgresServer.database()
            let blobs = MemoryBlobStore()
            var hosts: [ServiceHarness] = []
            var queue: PostgresQueue?
            for _ in 0..<2 {
                let library = try await PostgresLibrary.open(url)
                queue = library.queue
                hosts.append(
                    try ServiceHarness(
                        database: library.database, queue: library.queue, blobs: blobs,
                        workFolder: FileManager.default.temporaryDirectory.path + "/cueline-fleet-\(UUID().uuidString)")
                )
            }
            (one, two) = (hosts[0], hosts[1])
            self.queue = try #require(queue)
            try await one.addAsset("a123", durationMs: 10_000)
        }

        func start(_ host: ServiceHarness) async throws -> JobHandle {
            guard case .job(let handle) = try await host.service.start(host.request()) else {
                throw SemanticTimelineError(.internalError, "a hit where a job was expected")
            }
            return handle
        }

        /// Waits until a job is in a state.
        func wait(_ handle: JobHandle, for state: JobState) async throws {
            var seen = 0
            while handle.snapshot.record.state != state { seen = try await handle.snapshot(after: seen).revision }
        }
    }

    private final class Most: Sendable {
        let value = Mutex(0)
    }

    @Test("a request waits for a worker anywhere, and what it found is a hit for all") func sharing() async throws {
        let bench = try await Bench()
        let result = try await bench.two.withWorker { worker in
            let result = try await bench.one.service.analyze(bench.one.request())
            // A worker counts what it did when it has heard that it was kept.
            while worker.counts.done == 0 { try await Task.sleep(for: .milliseconds(5)) }
            return result
        }
        #expect(!result.isHit)
        #expect(bench.one.runner.orders.isEmpty && bench.two.runner.orders.count == 1)
        for host in [bench.one, bench.two] {
            let hit = try await host.service.analyze(host.request())
            #expect(hit.isHit && hit.artifactID == result.artifactID)
            #expect(try await host.service.document(result.artifactID, in: host.scope).1.isEmpty == false)
        }
    }

    @Test("requests for the same at several hosts run once") func singleFlight() async throws {
        let bench = try await Bench()
        let askers = (0..<12).map { number in
            let host = number.isMultiple(of: 2) ? bench.one : bench.two
            return Task { try await host.service.analyze(host.request()).artifactID }
        }
        let ids = try await bench.one.withWorker { _ in
            try await bench.two.withWorker { _ in
                var ids: Set<String> = []
                for asker in askers { ids.insert(try await asker.value) }
                return ids
            }
        }
        #expect(ids.count == 1)
        #expect(bench.one.runner.orders.count + bench.two.runner.orders.count == 1)
    }

    @Test("a worker never does more at once than it has places") func slots() async throws {
        let bench = try await Bench()
        let running = Most()
        bench.one.runner.behave(.succeed, delay: .milliseconds(20))
        for number in 0..<40 { try await bench.one.addAsset("s\(number)", bytes: Array("sound \(number)".utf8)) }
        try await bench.one.withWorker(slots: 3) { worker in
            let watching = Task {
                while !Task.isCancelled {
                    let now = worker.runningCount
                    running.value.withLock { $0 = max($0, now) }
                    try await Task.sleep(for: .milliseconds(1))
                }
            }
            // One by one first: an end that nobody waited for must not be taken for a place later.
            for number in 0..<10 { _ = try await bench.two.service.analyze(bench.two.request("s\(number)")) }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 10..<40 {
                    group.addTask { _ = try await bench.two.service.analyze(bench.two.request("s\(number)")) }
                }
                try await group.waitForAll()
            }
            watching.cancel()
        }
        #expect(running.value.withLock { $0 } == 3)
        #expect(bench.one.runner.orders.count == 40)
    }

    @Test("a job is seen, followed and cancelled from another host than its own") func fromAfar() async throws {
        let bench = try await Bench()
        bench.one.runner.behave(.hang)
        try await bench.one.withWorker { _ in
            let handle = try await bench.start(bench.one)
            let there = try #require(try await bench.two.service.followedJob(handle.id, in: bench.two.scope))
            try await bench.wait(there, for: .running)
            // With the next heartbeat.
            var seen = 0
            while there.snapshot.record.progress < 0.2 { seen = try await there.snapshot(after: seen).revision }
            #expect(there.snapshot.record.work?.stages["scene"] == 0.5)
            #expect(try await bench.two.service.cancelJob(handle.id, in: bench.two.scope).state == .cancelled)
            await #expect(throws: SemanticTimelineError.self) { try await handle.result() }
            #expect(handle.snapshot.record.state == .cancelled)
            #expect(try await bench.two.service.followedJob(handle.id, in: bench.two.scope) == nil)
            await #expect(throws: SemanticTimelineError.notFound(.jobNotFound, "job")) {
                try await bench.two.service.job(handle.id, in: Scope(tenantID: "t2", env: "dev"))
            }
        }
    }

    @Test("what a worker that is lost had is done by another") func lostWorker() async throws {
        let bench = try await Bench()
        let handle = try await bench.start(bench.one)
        // Takes the job and is never heard of again.
        let lost = try #require(try await bench.queue.claim(owner: "lost", limit: 1, lease: .milliseconds(200)).first)
        let result = try await bench.two.withWorker { worker in
            let result = try await handle.result()
            #expect(worker.counts.lapsed == 1)
            return result
        }
        #expect(try await bench.one.service.analyze(bench.one.request()).artifactID == result.artifactID)
        let job = try await bench.one.service.job(handle.id, in: bench.one.scope)
        #expect(job.state == .done && job.attempts == 2)
        // Its own end comes too late.
        var record = lost.job
        record.state = .done
        let late = JobResult(artifact: nil, timeline: nil, stages: [])
        #expect(try await !bench.queue.complete(lost.lease, job: record, result: late))
    }

    @Test("a worker that loses its lease stops what it does, and another does it") func lostLease() async throws {
        let bench = try await Bench()
        bench.one.runner.behave(.hang)
        try await bench.one.withWorker { worker in
            let handle = try await bench.start(bench.one)
            try await bench.wait(handle, for: .running)
            while bench.one.runner.orders.isEmpty { try await Task.sleep(for: .milliseconds(10)) }
            // Whoever has it next ends it, be it this worker again.
            bench.one.runner.behave(.succeed)
            // As if it had been cut off: the caretaker has taken its job.
            _ = try await PostgresServer.run(
                "UPDATE queue SET state = 3, lease_token = NULL WHERE state = 1", in: bench.url)
            while worker.counts.lost == 0 { try await Task.sleep(for: .milliseconds(10)) }
            #expect(try await bench.two.withWorker { _ in try await handle.result() }.isHit == false)
        }
    }

    @Test("a worker that is told to stop gives its jobs back") func draining() async throws {
        let bench = try await Bench()
        bench.one.runner.behave(.hang)
        let handle = try await bench.one.withWorker { _ in
            let handle = try await bench.start(bench.one)
            try await bench.wait(handle, for: .running)
            return handle
        }
        #expect(try await bench.one.service.job(handle.id, in: bench.one.scope).state == .queued)
        _ = try await bench.two.withWorker { _ in try await handle.result() }
        #expect(bench.two.runner.orders.count == 1)
    }

    @Test("what the recording is at fault for fails once, what may pass is tried again") func failing() async throws {
        let bench = try await Bench()
        bench.one.runner.behave(.fail(SemanticTimelineError(.unsupportedMedia, "no sound in it")))
        try await bench.one.withWorker { _ in
            let handle = try await bench.start(bench.one)
            await #expect(throws: SemanticTimelineError(.unsupportedMedia, "no sound in it")) {
                try await handle.result()
            }
            #expect(bench.one.runner.orders.count == 1)
            // It is tried anew when somebody asks anew.
            bench.one.runner.behave(.fail(SemanticTimelineError(.analyzeFailed, "it crashed")))
            let again = try await bench.start(bench.two)
            #expect(again.id != handle.id)
            while again.snapshot.record.stage != "waiting to be tried again" {
                _ = try await again.snapshot(after: again.snapshot.revision)
            }
            bench.one.runner.behave(.succeed)
            _ = try await PostgresServer.run("UPDATE queue SET run_at = now() WHERE state = 2", in: bench.url)
            #expect(try await !again.result().isHit)
        }
    }

    @Test("who is in no hurry stands behind those who are") func priorities() async throws {
        let bench = try await Bench()
        try await bench.one.addAsset("other", bytes: Array("other sound".utf8))
        var patient = bench.one.request()
        patient.priority = .low
        for (host, request) in [(bench.one, patient), (bench.two, bench.two.request("other"))] {
            let start = try await host.service.start(request)
            if case .hit = start { Issue.record("a hit where a job was expected") }
        }
        let first = try #require(try await bench.queue.claim(owner: "test", limit: 2, lease: .seconds(9)).first)
        #expect(first.job.request.members?["asset_id"] == .string("other"))
    }

    @Test("a service that stops lets go of who waits; the job goes on") func closing() async throws {
        let bench = try await Bench()
        let handle = try await bench.start(bench.one)
        let waiting = Task { try await handle.result() }
        await bench.one.service.close()
        await #expect(throws: SemanticTimelineError.self) { try await waiting.value }
        try await bench.two.withWorker { _ in
            let there = try #require(try await bench.two.service.followedJob(handle.id, in: bench.two.scope))
            _ = try await there.result()
        }
    }

    @Test("a queue that is full answers with when to come again") func full() async throws {
        let bench = try await Bench()
        var limits = QueueLimits()
        limits.openPerTenant = 1
        let library = try await PostgresLibrary.open(bench.url)
        _ = try await library.queue.enqueue(
            QueueOrder(
                job: JobRecord(
                    id: "other", scope: bench.one.scope, userID: nil, kind: "analyze", request: .null, createdAt: .now),
                flight: "other", cost: 1), limits: limits)
        let host = try ServiceHarness(
            database: library.database, queue: library.queue, blobs: bench.one.blobs, queueLimits: limits)
        await #expect(throws: SemanticTimelineError.self) { try await bench.start(host) }
        do {
            _ = try await bench.start(host)
        } catch let error as SemanticTimelineError {
            #expect(error.code == .overloaded && error.retryAfterSeconds != nil)
        }
    }

    // MARK: - Pieces

    @Test("the pieces of a recording are done by whoever is free, and put together once") func pieces() async throws {
        let bench = try await Bench()
        for host in [bench.one, bench.two] { host.runner.behave(.offer(4)) }
        let result = try await bench.one.withWorker { _ in
            try await bench.two.withWorker { _ in
                try await bench.one.service.analyze(bench.one.request())
            }
        }
        let orders = bench.one.runner.orders + bench.two.runner.orders
        #expect(orders.count { $0.piece != nil } == 4)
        #expect(orders.count { $0.piece == nil } == 2)
        #expect(result.cachedStages.contains("transcript"))
        // What was handed on is gone, and the transcript is there for the next.
        #expect(try await PostgresServer.run("SELECT count(*) FROM queue", in: bench.url) == "0\n")
        let names = try await PostgresServer.run("SELECT name FROM stage ORDER BY name", in: bench.url)
        #expect(names.contains("transcript\n") && names.contains("piece\n"))
        let blobs = try await bench.one.blobs.blobs(publishedBefore: .now.later)[bench.one.scope] ?? []
        let used = try await bench.one.database.referenced(blobs, in: bench.one.scope)
        #expect(used == Set(blobs))
    }

    @Test("a piece that fails for good fails the recording, with its reason") func failingPiece() async throws {
        let bench = try await Bench()
        let broken = SemanticTimelineError(.unsupportedMedia, "a piece is broken")
        bench.one.runner.behave(.offer(3, pieces: broken))
        let handle = try await bench.start(bench.one)
        await #expect(throws: broken) { try await bench.one.withWorker { _ in try await handle.result() } }
        #expect(bench.one.runner.orders.count { $0.piece != nil } == 1)
        #expect(try await bench.queue.statistics().waiting == 0)
    }

    @Test("what is heard anew is not divided") func forced() async throws {
        let bench = try await Bench()
        bench.one.runner.behave(.offer(3))
        _ = try await bench.one.withWorker { _ in
            try await bench.one.service.analyze(bench.one.request(force: true))
        }
        #expect(bench.one.runner.orders.count == 1)
    }
}

extension Timestamp {
    fileprivate var later: Timestamp { Timestamp(millisecondsSince1970: millisecondsSince1970 + 60_000) }
}
