import Library
import TestServers
import Testing
import TimelineModel

@Suite("Queues of jobs", .timeLimit(.minutes(5))) struct JobQueueTests {
    private static let lease = Duration.seconds(60)
    private static let nothing = JobResult(artifact: nil, timeline: nil, stages: [])

    /// A queue in a new database.
    private struct Bench {
        let url: String
        let library: PostgresLibrary
        var queue: PostgresQueue { library.queue }

        init() async throws {
            url = try await PostgresServer.database()
            library = try await PostgresLibrary.open(url)
        }

        @discardableResult
        func enqueue(
            _ id: String, flight: String? = nil, cost: Double = 60, priority: JobPriority = .normal,
            parent: String? = nil, blob: String? = nil, in scope: Scope = Sample.scope,
            limits: QueueLimits = QueueLimits()
        ) async throws -> JobRecord {
            try await queue.enqueue(
                QueueOrder(
                    job: Sample.job(id, in: scope), flight: flight ?? id, cost: cost, priority: priority,
                    parentID: parent, blobSHA256: blob), limits: limits)
        }

        func claim(_ limit: Int = 1, lease: Duration = JobQueueTests.lease) async throws -> [ClaimedJob] {
            try await queue.claim(owner: "test", limit: limit, lease: lease)
        }

        func claimOne(lease: Duration = JobQueueTests.lease) async throws -> ClaimedJob {
            try #require(try await claim(lease: lease).first)
        }

        func complete(_ claimed: ClaimedJob, _ result: JobResult = JobQueueTests.nothing) async throws -> Bool {
            try await queue.complete(claimed.lease, job: JobQueueTests.done(claimed.job), result: result)
        }

        func state(_ id: String, in scope: Scope = Sample.scope) async throws -> JobState? {
            try await queue.jobs([(id, scope)]).first?.state
        }

        /// Lets a lease or a pause be over.
        func letTimePass() async throws {
            _ = try await PostgresServer.run(
                "UPDATE queue SET lease_until = now() - interval '1 s', lease_seconds = 0, run_at = now() - interval '1 s'",
                in: url)
        }
    }

    private static func done(_ job: JobRecord) -> JobRecord {
        var job = job
        job.state = .done
        job.progress = 1
        job.result = .string("result of " + job.id)
        job.finishedAt = Sample.time
        return job
    }

    private static func failed(_ job: JobRecord) -> JobRecord {
        var job = job
        job.state = .failed
        job.error = .object(["code": .string("audio.analyze_failed"), "message": .string("it broke")])
        job.finishedAt = Sample.time
        return job
    }

    // MARK: - Once

    @Test("a job is put in, worked on and ended, and its result is there") func life() async throws {
        let bench = try await Bench()
        try await bench.library.database.insert(Sample.asset("a"))
        try await bench.enqueue("j")
        #expect(try await bench.state("j") == .queued)
        let claimed = try await bench.claimOne()
        #expect(claimed.job.id == "j" && claimed.job.state == .running && claimed.job.attempts == 1)
        #expect(try await bench.claim().isEmpty)
        #expect(try await bench.state("j") == .running)
        let artifact = Sample.artifact("t", of: "a", kind: .audioSemanticTimeline)
        let result = JobResult(
            artifact: artifact, timeline: Sample.record("t", of: "a"), stages: [Sample.stage("s")])
        #expect(try await bench.complete(claimed, result))
        #expect(try await bench.queue.jobs([("j", Sample.scope)]) == [Self.done(claimed.job)])
        #expect(try await bench.library.database.timeline(artifactID: "t", in: Sample.scope)?.artifact == artifact)
        #expect(try await bench.library.database.stages(keys: ["s"], in: Sample.scope).count == 1)
        // Whoever did not hear that it went through may ask again.
        #expect(try await bench.complete(claimed, result))
        #expect(try await bench.claim().isEmpty)
        #expect(try await bench.queue.jobs([("none", Sample.scope), ("j", Sample.otherTenant)]).isEmpty)
    }

    @Test("a result that cannot be kept leaves the job as it was") func allOrNothing() async throws {
        let bench = try await Bench()
        try await bench.enqueue("j")
        let claimed = try await bench.claimOne()
        let orphan = JobResult(
            artifact: Sample.artifact("t", of: "nothing"), timeline: nil, stages: [Sample.stage("s")])
        await expectFailure(.missingParent) { try await bench.complete(claimed, orphan) }
        #expect(try await bench.state("j") == .running)
        #expect(try await bench.library.database.stages(keys: ["s"], in: Sample.scope).isEmpty)
        #expect(try await bench.complete(claimed))
    }

    @Test("of many who ask for the same, one gets it into the queue") func singleFlight() async throws {
        let bench = try await Bench()
        let ids = try await withThrowingTaskGroup(of: (Int, String).self) { group in
            for asker in 0..<16 {
                for key in 0..<10 {
                    group.addTask { (key, try await bench.enqueue("j\(asker)-\(key)", flight: "f\(key)").id) }
                }
            }
            return try await group.reduce(into: [:]) { $0[$1.0, default: Set<String>()].insert($1.1) }
        }
        #expect(ids.count == 10 && ids.values.allSatisfy { $0.count == 1 })
        #expect(try await PostgresServer.run("SELECT count(*) FROM queue", in: bench.url) == "10\n")
        #expect(try await PostgresServer.run("SELECT count(*) FROM job", in: bench.url) == "10\n")
        // Another tenant's are its own.
        #expect(try await bench.enqueue("x", flight: "f0", in: Sample.otherTenant).id == "x")
        // What is over can be asked for again.
        for claimed in try await bench.claim(20) { #expect(try await bench.complete(claimed)) }
        #expect(try await bench.enqueue("again", flight: "f0").id == "again")
    }

    @Test("of many who claim, each job goes to one") func claims() async throws {
        let bench = try await Bench()
        for number in 0..<120 {
            let scope = Scope(tenantID: "t\(number % 7)", env: "dev")
            try await bench.enqueue("j\(number)", in: scope)
        }
        let claimed = try await withThrowingTaskGroup(of: [ClaimedJob].self) { group in
            for size in 1...8 {
                group.addTask {
                    var mine: [ClaimedJob] = []
                    while true {
                        let some = try await bench.claim(size % 3 + 1)
                        if some.isEmpty, try await bench.queue.statistics().waiting == 0 { return mine }
                        mine += some
                    }
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        #expect(claimed.count == 120)
        #expect(Set(claimed.map(\.job.id)).count == 120)
        #expect(Set(claimed.map(\.lease)).count == 120)
    }

    // MARK: - Leases

    @Test("who was silent for too long is too late") func fencing() async throws {
        let bench = try await Bench()
        try await bench.library.database.insert(Sample.asset("a"))
        try await bench.enqueue("j")
        let late = try await bench.claimOne()
        #expect(try await bench.queue.extend([(late.lease, late.job)], by: Self.lease).keys.first == late.lease)
        #expect(try await bench.queue.tend(QueueLimits()).lapsed == 0)
        try await bench.letTimePass()
        #expect(try await bench.queue.tend(QueueLimits()).lapsed == 1)
        let next = try await bench.claimOne()
        #expect(next.job.id == "j" && next.lease != late.lease)
        #expect(try await bench.queue.extend([(late.lease, late.job)], by: Self.lease).isEmpty)
        let result = JobResult(artifact: Sample.artifact("late", of: "a"), timeline: nil, stages: [])
        #expect(try await !bench.complete(late, result))
        #expect(try await bench.library.database.artifact("late", in: Sample.scope) == nil)
        #expect(try await bench.queue.fail(late.lease, job: Self.failed(late.job), as: .final) == nil)
        #expect(try await !bench.queue.park(late.lease, stages: []))
        try await bench.queue.release(late.lease)
        #expect(try await bench.state("j") == .running)
        #expect(try await bench.complete(next))
        var record = Self.done(late.job)
        record.result = .string("another result")
        #expect(try await !bench.queue.complete(late.lease, job: record, result: result))
    }

    @Test("a job that takes its workers along is given up, with the reason") func poison() async throws {
        let bench = try await Bench()
        try await bench.enqueue("j")
        for round in 1...3 {
            _ = try await bench.claimOne()
            try await bench.letTimePass()
            let care = try await bench.queue.tend(QueueLimits())
            #expect(care.lapsed == 1 && care.dead == (round == 3 ? 1 : 0))
        }
        #expect(try await bench.claim().isEmpty)
        let job = try #require(try await bench.queue.jobs([("j", Sample.scope)]).first)
        #expect(job.state == .failed && job.attempts == 3)
        #expect(job.error?.members?["message"]?.text?.contains("lost 3 times") == true)
        // It stands in nobody's way.
        #expect(try await bench.enqueue("k", flight: "j").id == "k")
        await expectFailure(.conflict) { try await bench.queue.retry("j", in: Sample.scope) }
        #expect(try await bench.complete(bench.claimOne()))
        #expect(try await bench.queue.retry("j", in: Sample.scope)?.state == .queued)
        #expect(try await bench.complete(bench.claimOne()))
        #expect(try await bench.queue.retry("j", in: Sample.scope) == nil)
    }

    @Test("a heartbeat tells how far a job is, and that never falls") func heartbeats() async throws {
        let bench = try await Bench()
        try await bench.enqueue("j")
        let claimed = try await bench.claimOne()
        var job = claimed.job
        job.stage = "transcribe"
        job.progress = 0.5
        job.work = JobWork(durationSeconds: 10, stages: ["scene": 1], rate: 20, secondsLeft: 0.25)
        _ = try await bench.queue.extend([(claimed.lease, job)], by: Self.lease)
        #expect(try await bench.queue.jobs([("j", Sample.scope)]) == [job])
        var back = job
        back.progress = 0.25
        _ = try await bench.queue.extend([(claimed.lease, back)], by: Self.lease)
        #expect(try await bench.queue.jobs([("j", Sample.scope)]).first?.progress == 0.5)
    }

    @Test("what is given back can be claimed at once, and it does not count as a try") func release() async throws {
        let bench = try await Bench()
        try await bench.enqueue("j")
        for _ in 0..<7 { try await bench.queue.release(try await bench.claimOne().lease) }
        #expect(try await bench.state("j") == .queued)
        #expect(try await bench.complete(bench.claimOne()))
    }

    // MARK: - Failing

    @Test("what may pass is tried again later, five times in all") func backOff() async throws {
        let bench = try await Bench()
        try await bench.enqueue("j")
        for round in 1...5 {
            let claimed = try await bench.claimOne()
            let state = try await bench.queue.fail(claimed.lease, job: Self.failed(claimed.job), as: .passing)
            #expect(state == (round < 5 ? .queued : .failed))
            // Not before its time.
            #expect(try await bench.queue.tend(QueueLimits()).promoted == 0)
            #expect(try await bench.claim().isEmpty)
            if round < 5 {
                let pause = try await PostgresServer.run(
                    "SELECT extract(epoch FROM run_at - now()) FROM queue WHERE state = 2", in: bench.url)
                let seconds = Double(pause.dropLast()) ?? 0
                let middle = Double(5 << (round - 1))
                #expect((middle * 0.5 - 5...middle * 1.5).contains(seconds), "\(seconds)")
                try await bench.letTimePass()
                #expect(try await bench.queue.tend(QueueLimits()).promoted == 1)
            }
        }
        #expect(try await bench.queue.jobs([("j", Sample.scope)]).first?.error == Self.failed(Sample.job("j")).error)
    }

    @Test("what would fail again is not tried again") func final() async throws {
        let bench = try await Bench()
        try await bench.enqueue("j")
        let claimed = try await bench.claimOne()
        #expect(try await bench.queue.fail(claimed.lease, job: Self.failed(claimed.job), as: .final) == .failed)
        #expect(try await bench.state("j") == .failed)
        #expect(try await bench.queue.statistics().dead == 1)
        // It goes with its record.
        #expect(try await bench.library.database.removeJobs(finishedBefore: .now) == 1)
        _ = try await bench.queue.tend(QueueLimits())
        #expect(try await bench.queue.statistics().dead == 0)
    }

    // MARK: - Cancelling

    @Test("a job that waits is cancelled at once, one that runs by its worker") func cancelling() async throws {
        let bench = try await Bench()
        try await bench.enqueue("waits")
        try await bench.enqueue("other")
        #expect(try await bench.queue.cancel("waits", in: Sample.otherTenant) == nil)
        #expect(try await bench.queue.cancel("waits", in: Sample.scope)?.state == .cancelled)
        let claimed = try await bench.claimOne()
        #expect(claimed.job.id == "other")
        #expect(try await bench.queue.cancel("other", in: Sample.scope)?.state == .running)
        let states = try await bench.queue.extend([(claimed.lease, claimed.job)], by: Self.lease)
        #expect(states[claimed.lease]?.isCancelled == true)
        var record = claimed.job
        record.state = .cancelled
        #expect(try await bench.queue.fail(claimed.lease, job: record, as: .final) == .cancelled)
        #expect(try await bench.state("other") == .cancelled)
        #expect(try await bench.queue.cancel("other", in: Sample.scope)?.state == .cancelled)
        #expect(try await bench.claim().isEmpty)
    }

    @Test("a job that is being cancelled is nobody's answer, and cannot be parked, put off or given back")
    func beingCancelled() async throws {
        let bench = try await Bench()
        for how in 0..<3 {
            let id = "j\(how)"
            try await bench.enqueue(id, flight: "same")
            let claimed = try await bench.claimOne()
            try await bench.enqueue("part\(how)", parent: id)
            _ = try await bench.queue.cancel(id, in: Sample.scope)
            await expectFailure(.missingParent) { try await bench.enqueue("late\(how)", parent: id) }
            #expect(try await bench.enqueue("next\(how)", flight: "same").id == "next\(how)")
            switch how {
            case 0: #expect(try await bench.queue.park(claimed.lease, stages: []))
            case 1:
                let failed = Self.failed(claimed.job)
                #expect(try await bench.queue.fail(claimed.lease, job: failed, as: .passing) == .cancelled)
            default: try await bench.queue.release(claimed.lease)
            }
            #expect(try await bench.state(id) == .cancelled)
            #expect(try await bench.state("part\(how)") == .cancelled)
            #expect(try await bench.complete(bench.claimOne()))
            #expect(try await bench.claim().isEmpty)
        }
    }

    @Test("what a whole turned out not to need is not done") func neededNoMore() async throws {
        let bench = try await Bench()
        try await bench.enqueue("whole")
        let whole = try await bench.claimOne()
        try await bench.enqueue("part", parent: "whole")
        #expect(try await bench.complete(whole))
        #expect(try await bench.state("part") == .cancelled)
        #expect(try await bench.claim().isEmpty)
        await expectFailure(.missingParent) { try await bench.enqueue("late", parent: "whole") }
    }

    @Test("a connection that was stopped in a transaction is not used again") func abortedTransactions() async throws {
        let url = try await PostgresServer.database()
        let library = try await PostgresLibrary.open(url, connections: 1)
        for _ in 0..<3 {
            let stopped = Task { try await library.database.insert(Sample.asset("a")) }
            // The lock of the scope, held by another until the statement that waits for it is stopped.
            _ = try await PostgresServer.run(
                """
                DO $$ DECLARE waiting int; BEGIN
                    PERFORM pg_advisory_xact_lock(\(PostgresQueue.lockClass), \(PostgresQueue.lockNumber(Sample.scope)));
                    FOR round IN 1..500 LOOP
                        SELECT pid INTO waiting FROM pg_stat_activity
                        WHERE datname = current_database() AND wait_event_type = 'Lock' AND pid <> pg_backend_pid();
                        EXIT WHEN waiting IS NOT NULL;
                        PERFORM pg_sleep(0.01); PERFORM pg_stat_clear_snapshot();
                    END LOOP;
                    PERFORM pg_cancel_backend(waiting); PERFORM pg_sleep(0.2);
                END $$
                """, in: url)
            _ = await stopped.result
            #expect(try await library.database.asset("none", in: Sample.scope) == nil)
            _ = try await library.database.deleteAsset("a", in: Sample.scope)
        }
    }

    @Test("a cancelled job whose worker is lost is cancelled all the same") func cancellingLost() async throws {
        let bench = try await Bench()
        try await bench.enqueue("j")
        _ = try await bench.claimOne()
        _ = try await bench.queue.cancel("j", in: Sample.scope)
        try await bench.letTimePass()
        _ = try await bench.queue.tend(QueueLimits())
        #expect(try await bench.state("j") == .cancelled)
        #expect(try await bench.claim().isEmpty)
    }

    // MARK: - Parts

    @Test("a parked job goes on when its parts are over") func parts() async throws {
        let bench = try await Bench()
        try await bench.library.database.insert(
            Sample.asset("a", content: ContentFacts(sha256: Sample.digest("source"), sizeBytes: 1)))
        try await bench.enqueue("whole")
        let whole = try await bench.claimOne()
        for part in ["p1", "p2"] { try await bench.enqueue(part, parent: "whole", blob: Sample.digest(part)) }
        #expect(try await bench.queue.park(whole.lease, stages: [Sample.stage("plan")]))
        #expect(try await bench.library.database.stages(keys: ["plan"], in: Sample.scope).count == 1)
        let used = try await bench.library.database.referenced([Sample.digest("p1")], in: Sample.scope)
        #expect(used == [Sample.digest("p1")])
        let parts = try await bench.claim(5)
        #expect(Set(parts.map(\.job.id)) == ["p1", "p2"])
        #expect(parts.allSatisfy { $0.parentID == "whole" && $0.blobSHA256 == Sample.digest($0.job.id) })
        #expect(
            try await bench.complete(parts[0], JobResult(artifact: nil, timeline: nil, stages: [Sample.stage("1")])))
        #expect(try await bench.claim().isEmpty)
        let half = try #require(try await bench.queue.jobs([("whole", Sample.scope)]).first)
        #expect(half.state == .running && abs(half.progress - 0.495) < 1e-9)
        #expect(try await bench.complete(parts[1]))
        let merging = try await bench.claimOne()
        #expect(merging.job.id == "whole")
        #expect(try await bench.complete(merging))
        #expect(try await bench.library.database.referenced([Sample.digest("p1")], in: Sample.scope).isEmpty)
    }

    @Test("a job whose parts are over before it is parked goes on at once") func quickParts() async throws {
        let bench = try await Bench()
        try await bench.enqueue("whole")
        let whole = try await bench.claimOne()
        try await bench.enqueue("part", parent: "whole")
        #expect(try await bench.complete(bench.claimOne()))
        #expect(try await bench.queue.park(whole.lease, stages: []))
        #expect(try await bench.claimOne().job.id == "whole")
    }

    @Test("a part that fails for good takes the whole along, and the other parts") func failingParts() async throws {
        let bench = try await Bench()
        try await bench.enqueue("whole")
        let whole = try await bench.claimOne()
        for part in ["p1", "p2", "p3"] { try await bench.enqueue(part, parent: "whole") }
        #expect(try await bench.queue.park(whole.lease, stages: []))
        let parts = try await bench.claim(2)
        #expect(try await bench.queue.fail(parts[0].lease, job: Self.failed(parts[0].job), as: .final) == .failed)
        let job = try #require(try await bench.queue.jobs([("whole", Sample.scope)]).first)
        #expect(job.state == .failed && job.error == Self.failed(job).error)
        #expect(try await bench.state("p3") == .cancelled)
        let states = try await bench.queue.extend([(parts[1].lease, parts[1].job)], by: Self.lease)
        #expect(states[parts[1].lease]?.isCancelled == true)
        #expect(try await bench.claim().isEmpty)
    }

    @Test("cancelling a whole cancels its parts") func cancellingParts() async throws {
        let bench = try await Bench()
        try await bench.enqueue("whole")
        let whole = try await bench.claimOne()
        try await bench.enqueue("part", parent: "whole")
        #expect(try await bench.queue.park(whole.lease, stages: []))
        #expect(try await bench.queue.cancel("whole", in: Sample.scope)?.state == .cancelled)
        #expect(try await bench.state("part") == .cancelled)
        #expect(try await bench.claim().isEmpty)
        #expect(try await bench.queue.statistics() == QueueStatistics())
    }

    // MARK: - Turns

    @Test("a tenant with 3 000 jobs in front delays another's five by less than a tenth of first-come")
    func fairness() async throws {
        let bench = try await Bench()
        let limits = QueueLimits(openPerTenant: 10_000, admittedPerTenant: 10_000)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for worker in 0..<8 {
                group.addTask {
                    for number in stride(from: worker, to: 3000, by: 8) {
                        try await bench.enqueue("whale\(number)", limits: limits)
                    }
                }
            }
            try await group.waitForAll()
        }
        for _ in 0..<40 { #expect(try await bench.complete(bench.claimOne())) }
        for number in 0..<5 { try await bench.enqueue("small\(number)", in: Sample.otherTenant, limits: limits) }
        var places: [Int] = []
        for place in 1...400 where places.count < 5 {
            let claimed = try await bench.claimOne()
            if claimed.job.scope == Sample.otherTenant { places.append(place) }
            #expect(try await bench.complete(claimed))
        }
        // First-come would have been 2 961…2 965.
        #expect(places.count == 5 && places.allSatisfy { $0 <= 296 }, "\(places)")
    }

    @Test("a tenant that comes late does not pass those who waited, and an empty queue forgets nobody's turn")
    func present() async throws {
        let bench = try await Bench()
        for number in 0..<20 {
            try await bench.enqueue("old\(number)", cost: 100)
            #expect(try await bench.complete(bench.claimOne()))
        }
        // All was empty in between: whoever had much then is not behind one who has it now.
        for number in 0..<10 {
            try await bench.enqueue("new\(number)", cost: 100, in: Sample.otherTenant)
            try await bench.enqueue("old-\(number)", cost: 100)
        }
        var order: [String] = []
        for _ in 0..<20 {
            let claimed = try await bench.claimOne()
            order.append(claimed.job.tenantID)
            #expect(try await bench.complete(claimed))
        }
        let firstHalf = order.prefix(10).count { $0 == Sample.otherTenant.tenantID }
        #expect((3...7).contains(firstHalf), "\(order)")
    }

    @Test("a tenant's jobs are let into the line so many at a time") func admission() async throws {
        let bench = try await Bench()
        let limits = QueueLimits(openPerTenant: 6, admittedPerTenant: 2)
        for number in 0..<6 { try await bench.enqueue("j\(number)", limits: limits) }
        await expectFailure(.full) { try await bench.enqueue("more", limits: limits) }
        #expect(try await bench.enqueue("same", flight: "j0", limits: limits).id == "j0")
        let first = try await bench.claim(6)
        #expect(first.map(\.job.id) == ["j0", "j1"])
        #expect(try await bench.queue.tend(limits).admitted == 0)
        #expect(try await bench.complete(first[0]))
        let next = try await bench.claim(6)
        #expect(next.map(\.job.id) == ["j2"])
        // What nobody let in is let in by the caretaker.
        #expect(try await bench.queue.tend(QueueLimits(openPerTenant: 6, admittedPerTenant: 4)).admitted == 2)
        #expect(Set(try await bench.claim(6).map(\.job.id)) == ["j3", "j4"])
    }

    @Test("more pressing jobs come first") func priorities() async throws {
        let bench = try await Bench()
        try await bench.enqueue("low", priority: .low)
        try await bench.enqueue("normal", in: Sample.otherTenant)
        try await bench.enqueue("high", priority: .high, in: Sample.otherEnv)
        var order: [String] = []
        for _ in 0..<3 { order.append(try await bench.claimOne().job.id) }
        #expect(order == ["high", "normal", "low"])
    }

    @Test("a queue tells how it stands") func statistics() async throws {
        let bench = try await Bench()
        #expect(try await bench.queue.statistics() == QueueStatistics())
        for number in 0..<3 { try await bench.enqueue("j\(number)") }
        try await bench.enqueue("x", in: Sample.otherTenant)
        _ = try await bench.claimOne()
        let statistics = try await bench.queue.statistics()
        #expect(statistics.waiting == 3 && statistics.running == 1 && statistics.dead == 0)
        #expect(statistics.tenants.count == 2 && statistics.tenants[0].tenantID == "acme")
        #expect(statistics.oldestSeconds >= 0)
    }

    @Test("a claim among 100 000 jobs reads an index and no table") func plan() async throws {
        let bench = try await Bench()
        _ = try await PostgresServer.run(
            """
            INSERT INTO queue (qshard, tenant_id, env, job_id, kind, flight, vtag, cost, state)
            SELECT number % 64, 't' || number % 1000, 'dev', 'j' || number, 'analyze', 'f' || number, random() * 1e6, 60,
                CASE WHEN number % 10 = 0 THEN 1 ELSE 0 END FROM generate_series(1, 100000) AS number;
            INSERT INTO job (qshard, tenant_id, env, id, kind, state, stage, progress, request, created_at, attempts)
            SELECT qshard, tenant_id, env, job_id, kind, 'queued', 'queued', 0, '{}', 0, 0 FROM queue;
            ANALYZE queue; ANALYZE job;
            """, in: bench.url)
        let values = ["7", "4", "'w'", "30.0", "30.0", "7", "7", "5"]
        for (sql, values) in [(PostgresQueue.headsSQL, []), (PostgresQueue.claimSQL, values)] {
            var parts = sql.split(separator: "?", omittingEmptySubsequences: false).map(String.init)
            for place in values.indices { parts[place] += "$\(place + 1)" }
            let statement = values.isEmpty ? "" : "(\(values.joined(separator: ", ")))"
            let plan = try await PostgresServer.run(
                """
                SET plan_cache_mode = force_generic_plan; PREPARE claim AS \(parts.joined());
                EXPLAIN EXECUTE claim\(statement)
                """, in: bench.url)
            #expect(
                plan.contains("Index Scan using queue_ready") || plan.contains("Index Only Scan using queue_ready"),
                "\(plan)")
            #expect(!plan.contains("Seq Scan on queue ") && !plan.contains("Seq Scan on job"), "\(plan)")
            #expect(!plan.contains("Sort") || values.isEmpty || plan.contains("Sort Key: started"), "\(plan)")
        }
    }

    // MARK: - The database

    @Test("a database that is not there, or not one, is an error") func unreachable() async throws {
        await expectFailure(.unavailable) {
            try await PostgresLibrary.open("postgres://nobody@127.0.0.1:1/none?connect_timeout=1")
        }
        await expectFailure(.unavailable) { try await PostgresLibrary.open("postgres://[") }
    }

    @Test("a database of a later version is refused and left as it is") func newer() async throws {
        let bench = try await Bench()
        try await bench.enqueue("j")
        _ = try await PostgresServer.run("INSERT INTO cueline_migration (name) VALUES ('v999')", in: bench.url)
        await expectFailure(.newer) { try await PostgresLibrary.open(bench.url) }
        _ = try await PostgresServer.run("DELETE FROM cueline_migration WHERE name = 'v999'", in: bench.url)
        #expect(try await PostgresLibrary.open(bench.url).queue.jobs([("j", Sample.scope)]).count == 1)
    }

    @Test("several that open an empty database at once make its tables once") func opening() async throws {
        let url = try await PostgresServer.database()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<8 { group.addTask { _ = try await PostgresLibrary.open(url) } }
            try await group.waitForAll()
        }
        #expect(try await PostgresServer.run("SELECT name FROM cueline_migration", in: url) == "v1\n")
    }

    @Test("a server that throws everybody out is found again") func reconnecting() async throws {
        let bench = try await Bench()
        for round in 0..<3 {
            try await bench.enqueue("j\(round)")
            _ = try await PostgresServer.run(
                """
                SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                WHERE datname = current_database() AND pid <> pg_backend_pid()
                """, in: bench.url)
            #expect(try await bench.state("j\(round)") == .queued)
        }
    }

    @Test("a row that cannot be read is an error and no crash") func strangeRows() async throws {
        let bench = try await Bench()
        let database = bench.library.database
        try await database.insert(Sample.asset("a"))
        for change in ["kind = 'smell'", "meta = '[1'", "tags = '{}'", "content_sha256 = 'x', content_size = NULL"] {
            _ = try await PostgresServer.run("UPDATE asset SET \(change)", in: bench.url)
            await expectFailure(.inputOutput) { try await database.asset("a", in: Sample.scope) }
            _ = try await PostgresServer.run(
                "UPDATE asset SET kind = 'audio', meta = '{}', tags = '[]', content_sha256 = NULL", in: bench.url)
        }
        #expect(try await database.asset("a", in: Sample.scope) == Sample.asset("a"))
    }
}
