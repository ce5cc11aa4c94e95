import Foundation
import Library
import SemanticTimeline
import TestSupport
import Testing
import TimelineModel

@Suite("Jobs", .timeLimit(.minutes(5)))
struct JobTests {
    private func start(_ harness: ServiceHarness, _ request: SemanticRequest) async throws -> JobHandle {
        guard case .job(let handle) = try await harness.service.start(request) else {
            throw SemanticTimelineError(.internalError, "a hit where a job was expected")
        }
        return handle
    }

    @Test("A job is queued, runs and is done; its row says the same, and progress never falls")
    func life() async throws {
        let harness = try ServiceHarness()
        try await harness.addAsset("a123")
        let handle = try await start(harness, harness.request())
        var seen = 0
        var progress: [Double] = []
        while true {
            let (record, revision) = try await handle.snapshot(after: seen)
            seen = revision
            progress.append(record.progress)
            if record.state.isFinal { break }
        }
        let record = try await harness.service.job(handle.id, in: harness.scope)
        #expect(record.state == .done && record.progress == 1 && record.error == nil)
        #expect(progress == progress.sorted())
        #expect(record.work == nil)
        #expect(record.result?.members?["audio_semantic_artifact_id"]?.text != nil)
        #expect(record.startedAt != nil && record.finishedAt != nil)
        await #expect(throws: SemanticTimelineError.notFound(.jobNotFound, "job")) {
            try await harness.service.job(handle.id, in: Scope(tenantID: "t2", env: "dev"))
        }
        await #expect(throws: SemanticTimelineError.notFound(.jobNotFound, "job")) {
            try await harness.service.cancelJob(handle.id, in: Scope(tenantID: "t1", env: "prod"))
        }
    }

    @Test("A running job says how far each stage is, how fast it goes and what is left; its row does not")
    func work() async throws {
        let harness = try ServiceHarness()
        try await harness.addAsset("a123")
        harness.runner.behave(.hang)
        let handle = try await start(harness, harness.request())
        var seen = 0
        while handle.snapshot.record.work == nil { seen = try await handle.snapshot(after: seen).revision }
        let work = try #require(handle.snapshot.record.work)
        #expect(work.stages == ["scene": 0.5, "transcript": 0.125])
        #expect(work.rate == 20 && work.secondsLeft == 0.5 && work.durationSeconds == 10)
        let json = String(decoding: try TimelineJSON.encode(handle.snapshot.record), as: UTF8.self)
        #expect(json.contains(#""seconds_left":0.5"#) && json.contains(#""duration_seconds":10"#))
        #expect(try await harness.database.job(handle.id, in: harness.scope)?.work == nil)
        #expect(try await harness.service.cancelJob(handle.id, in: harness.scope).work == nil)
    }

    @Test("A cancelled job stops, whether it runs or waits, and a retry works")
    func cancel() async throws {
        let harness = try ServiceHarness()
        try await harness.addAsset("a123")
        try await harness.addAsset("b123")
        harness.runner.behave(.hang)
        let running = try await start(harness, harness.request())
        let waiting = try await start(harness, harness.request("b123"))
        while running.snapshot.record.state == .queued { _ = try await running.snapshot(after: 1) }
        #expect(try await harness.service.cancelJob(waiting.id, in: harness.scope).state == .cancelled)
        #expect(try await harness.service.cancelJob(running.id, in: harness.scope).state == .cancelled)
        await #expect(throws: SemanticTimelineError.self) { try await running.result() }
        let stored = try await harness.database.job(running.id, in: harness.scope)
        #expect(stored?.state == .cancelled)
        harness.runner.behave(.succeed)
        #expect(try await !harness.service.analyze(harness.request()).isHit)
        // One that has ended stays as it is.
        #expect(try await harness.service.cancelJob(running.id, in: harness.scope).state == .cancelled)
    }

    @Test("What a shutdown or a crash interrupted is taken up again by the next service, three times at most")
    func resume() async throws {
        let first = try ServiceHarness()
        try await first.addAsset("a123")
        first.runner.behave(.hang)
        let handle = try await start(first, first.request())
        while handle.snapshot.record.state == .queued { _ = try await handle.snapshot(after: 1) }
        await first.service.close()
        let kept = try await first.database.job(handle.id, in: first.scope)
        #expect(kept?.state == .queued && kept?.attempts == 0, "a stop is no failed start")
        #expect(handle.snapshot.record.state == .queued && handle.isAtRest)
        // Who waits is told; who comes now is told too, and the job that is there stays the one.
        for _ in 0..<2 {
            do {
                _ = try await first.service.analyze(first.request())
                Issue.record("work was done after the stop")
            } catch let error as SemanticTimelineError {
                #expect(error.code == .overloaded)
            }
        }

        let second = try ServiceHarness(database: first.database, blobs: first.blobs)
        try await second.service.resumeJobs()
        #expect(try await second.database.unfinishedJobs().contains { $0.id == handle.id })
        let live = try #require(second.service.liveJob(handle.id, in: first.scope))
        _ = try await live.result()
        #expect(try await second.service.job(handle.id, in: first.scope).state == .done)
        #expect(try await second.service.analyze(first.request()).isHit)

        var worn = JobRecord(
            id: "job_worn", scope: first.scope, userID: nil, kind: "analyze", request: .null, createdAt: .now)
        worn.attempts = 3
        worn.state = .running
        try await first.database.insert(worn)
        try await second.service.resumeJobs()
        #expect(try await second.service.job("job_worn", in: first.scope).state == .failed)
    }

    @Test("A job that was interrupted often is taken up as long as each start gets further")
    func progress() async throws {
        let work = FileManager.default.temporaryDirectory.appending(path: "jobs-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: work) }
        for (name, moment, state) in [("further", -60_000, JobState.done), ("stuck", 60_000, .failed)]
            as [(String, Int64, JobState)]
        {
            let harness = try ServiceHarness(workFolder: work + "/" + name)
            try await harness.addAsset("a123")
            harness.runner.behave(.hang)
            let handle = try await start(harness, harness.request())
            while harness.runner.orders.isEmpty { try await Task.sleep(for: .milliseconds(5)) }
            let folder = try #require(harness.runner.orders.last?.checkpoint)
            await harness.service.close()
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            for file in ["lock", "state"] { try Data().write(to: URL(filePath: folder + "/" + file)) }
            var killed = try #require(try await harness.database.job(handle.id, in: harness.scope))
            killed.attempts = 3
            killed.startedAt = Timestamp(millisecondsSince1970: Timestamp.now.millisecondsSince1970 + moment)
            try await harness.database.update(killed)

            let next = try ServiceHarness(
                database: harness.database, blobs: harness.blobs, workFolder: work + "/" + name)
            try await next.service.resumeJobs()
            if let live = next.service.liveJob(handle.id, in: harness.scope) { _ = try? await live.result() }
            #expect(try await next.service.job(handle.id, in: harness.scope).state == state)
        }
    }

    @Test("A full queue refuses new work with a time to come back; joining work under way needs no place")
    func overload() async throws {
        let harness = try ServiceHarness(limits: .init(running: 1, waiting: 1, waitingPerTenant: 1))
        for id in ["a1", "a2", "a3"] { try await harness.addAsset(id) }
        harness.runner.behave(.hang)
        let running = try await start(harness, harness.request("a1"))
        _ = try await start(harness, harness.request("a2"))
        do {
            _ = try await start(harness, harness.request("a3"))
            Issue.record("a full queue took one more")
        } catch let error as SemanticTimelineError {
            #expect(error.code == .overloaded && error.retryAfterSeconds != nil)
        }
        #expect(try await start(harness, harness.request("a1")) === running)
        await harness.service.close()
    }
}
