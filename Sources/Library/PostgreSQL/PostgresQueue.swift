#if PostgreSQL
    import TimelineModel

    /// A queue in PostgreSQL.
    ///
    /// Claiming skips rows that others have locked (`FOR NO KEY UPDATE SKIP LOCKED`) and reads an index of ready jobs only. Tenants
    /// take turns by start tags (Goyal, Vin and Cheng, Start-time Fair Queuing, 1996), which are given when a job comes: a tenant's jobs
    /// stand behind each other by what they cost, and those of one who comes late begin at the present.
    public final class PostgresQueue: JobQueue, Sendable {
        /// Numbers in the column `state`.
        enum State: Int {
            case ready, running, backoff, backlog, parked, dead
        }

        /// So often a job that fails is tried.
        static let mostAttempts = 5
        /// So often a job's worker may be lost: it may be the job that kills it.
        static let mostLapses = 3
        /// The clock of tags need not be more exact than so many units of cost.
        static let clockGrain = 30.0
        /// Seconds until the second try; each further one takes twice as long, up to the last number.
        static let firstPause = 5.0
        static let longestPause = 3600.0

        let engine: PostgresEngine

        init(engine: PostgresEngine) {
            self.engine = engine
        }

        /// Takes a job from the queue whose lease is held. Values: shard, number, token.
        package static let endLeaseSQL = """
            DELETE FROM queue WHERE qshard = ? AND number = ? AND lease_token = ?::uuid AND state = 1
            RETURNING parent_id
            """

        /// Lets a tenant's next job into the line. Values: shard, shard, tenant.
        package static let admitNextSQL = """
            UPDATE queue SET state = 0 WHERE qshard = ? AND number = (
                SELECT number FROM queue WHERE qshard = ? AND tenant_id = ? AND state = 3
                ORDER BY priority, vtag, number LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED)
            """

        package static let lockClass = PostgresEngine.lockClass

        /// Of a scope's advisory lock.
        package static func lockNumber(_ scope: Scope) -> Int32 { PostgresEngine.lockNumber(scope) }

        // MARK: - Coming

        public func enqueue(_ order: QueueOrder, limits: QueueLimits) async throws -> JobRecord {
            try await engine.write("job", in: order.job.scope) { db in
                let scope = order.job.scope
                let (here, place) = db.at(scope)
                let (shard, tenant) = (TenantShard.number(of: scope.tenantID), scope.tenantID)
                let known = try db.row(
                    "SELECT job_id FROM queue WHERE \(here) AND flight = ? AND state <> \(State.dead.rawValue)",
                    place + [order.flight])
                if let known, let job = try db.find(JobRecord.self, id: known.value("job_id"), in: scope) { return job }
                if let parent = order.parentID {
                    let isRunning = try db.row(
                        "SELECT 1 AS found FROM queue WHERE \(here) AND job_id = ? AND state = 1 AND NOT is_cancelled",
                        place + [parent])
                    guard isRunning != nil else {
                        throw LibraryError(.missingParent, "the job that this is a part of is over")
                    }
                } else {
                    let open = try db.count(
                        "queue WHERE qshard = ? AND tenant_id = ? AND state <> \(State.dead.rawValue)",
                        [shard, tenant], atMost: limits.openPerTenant)
                    guard open < limits.openPerTenant else {
                        throw LibraryError(.full, "too many jobs are waiting")
                    }
                }
                let admitted = try db.count(
                    "queue WHERE qshard = ? AND tenant_id = ? AND state IN (0, 1, 2)", [shard, tenant],
                    atMost: limits.admittedPerTenant)
                // A piece of a job that has begun is part of its share.
                let isAdmitted = admitted < limits.admittedPerTenant || order.parentID != nil
                try db.insert(order.job, in: scope)
                try db.run(
                    """
                    INSERT INTO queue (qshard, tenant_id, env, job_id, kind, flight, parent_id, blob_sha256, state,
                        priority, cost, vtag) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                    """,
                    place + [
                        order.job.id, order.job.kind, order.flight, order.parentID, order.blobSHA256,
                        (isAdmitted ? State.ready : .backlog).rawValue, order.priority.rawValue, order.cost,
                        try db.startTag(of: order),
                    ])
                if let parent = order.parentID {
                    try db.run("UPDATE queue SET parts = parts + 1 WHERE \(here) AND job_id = ?", place + [parent])
                }
                return order.job
            }
        }

        // MARK: - Working

        /// Shards with jobs in line, those first whose first job is due first: one look at an index each.
        package static let headsSQL = """
            SELECT shard.number AS qshard
            FROM generate_series(0, \(TenantShard.count - 1)) AS shard(number) CROSS JOIN LATERAL (
                SELECT priority, vtag FROM queue
                WHERE queue.qshard = shard.number::smallint AND queue.state = 0
                ORDER BY priority, vtag, queue.number LIMIT 1
            ) AS head ORDER BY head.priority, head.vtag LIMIT 8
            """

        /// Values: shard, limit, owner, seconds, seconds, shard, shard, now in milliseconds.
        package static let claimSQL = """
            WITH next AS MATERIALIZED (
                SELECT qshard, number FROM queue WHERE qshard = ? AND state = 0
                ORDER BY priority, vtag, number LIMIT ? FOR NO KEY UPDATE SKIP LOCKED
            ), claimed AS (
                UPDATE queue SET state = 1, attempt = attempt + 1, lease_token = gen_random_uuid(), lease_owner = ?,
                    lease_until = now() + make_interval(secs => ?), lease_seconds = ?, stage = 'decode'
                FROM next WHERE queue.qshard = next.qshard AND queue.number = next.number
                RETURNING queue.qshard, queue.number, queue.tenant_id, queue.env, queue.job_id, queue.priority,
                    queue.vtag, queue.lease_token, queue.parent_id, queue.blob_sha256
            ), clock AS (
                UPDATE queue_clock SET vnow = head.vtag FROM (SELECT max(vtag) AS vtag FROM claimed) AS head
                WHERE queue_clock.qshard = ? AND queue_clock.vnow < head.vtag - \(clockGrain)
                    AND EXISTS (SELECT 1 FROM queue_clock WHERE qshard = ? FOR UPDATE SKIP LOCKED)
            ), started AS (
                UPDATE job SET state = 'running', stage = 'decode', started_at = ?, attempts = job.attempts + 1
                FROM claimed WHERE job.qshard = claimed.qshard AND job.tenant_id = claimed.tenant_id
                    AND job.env = claimed.env AND job.id = claimed.job_id
                RETURNING \(JobRecord.selected), claimed.number, claimed.qshard, claimed.priority,
                    claimed.lease_token::text AS lease_token, claimed.parent_id, claimed.blob_sha256, claimed.vtag
            ) SELECT * FROM started ORDER BY priority, vtag, number
            """

        public func claim(owner: String, limit: Int, lease: Duration) async throws -> [ClaimedJob] {
            let seconds = lease / .seconds(1)
            // A claim that was lost with its connection comes back when its lease is over.
            return try await engine.statement(repeats: false) { db in
                for head in try db.rows(Self.headsSQL, []) {
                    let shard: Int = try head.value("qshard")
                    let rows = try db.rows(
                        Self.claimSQL,
                        [shard, limit, owner, seconds, seconds, shard, shard, Timestamp.now.millisecondsSince1970])
                    // One that cannot be read lapses, and is given up at last.
                    let jobs = rows.compactMap { try? ClaimedJob(row: $0) }
                    if !jobs.isEmpty { return jobs }
                }
                return []
            }
        }

        public func extend(
            _ jobs: [(lease: JobLease, progress: JobRecord)], by lease: Duration
        ) async throws -> [JobLease: LeaseState] {
            guard !jobs.isEmpty else { return [:] }
            let beats = try JSONText.encode(jobs.map { Beat($0.lease, $0.progress) })
            let leases = Dictionary(jobs.map { ($0.lease.token, $0.lease) }, uniquingKeysWith: { $1 })
            let seconds = lease / .seconds(1)
            return try await engine.statement(repeats: true) { db in
                do {
                    // What a crash of the server may take of it costs nothing.
                    try db.execute("BEGIN; SET LOCAL synchronous_commit = off")
                    let rows = try db.rows(
                        """
                        UPDATE queue SET lease_until = now() + make_interval(secs => ?), lease_seconds = ?,
                            stage = beat.stage,
                            progress = greatest(queue.progress, beat.progress), work = beat.work
                        FROM jsonb_to_recordset(?::jsonb) AS beat(
                            shard smallint, number bigint, token uuid, stage text, progress double precision, work text)
                        WHERE queue.qshard = beat.shard AND queue.number = beat.number
                            AND queue.lease_token = beat.token AND queue.state = 1
                        RETURNING queue.lease_token::text AS token, queue.is_cancelled
                        """, [seconds, seconds, beats])
                    try db.execute("COMMIT")
                    var states: [JobLease: LeaseState] = [:]
                    for row in rows {
                        let token: String = try row.value("token")
                        if let lease = leases[token] {
                            states[lease] = LeaseState(isCancelled: try row.value("is_cancelled"))
                        }
                    }
                    return states
                } catch {
                    if !db.isLost { try? db.execute("ROLLBACK") }
                    throw error
                }
            }
        }

        // MARK: - Ending

        public func complete(_ lease: JobLease, job: JobRecord, result: JobResult?) async throws -> Bool {
            try await engine.write("artifact", in: lease.scope) { db in
                guard let row = try db.endLease(lease) else {
                    // The connection may have been cut behind a commit that went through.
                    let now = try db.find(JobRecord.self, id: lease.jobID, in: lease.scope)
                    return now?.state == .done && now?.result == job.result
                }
                if let result, let artifact = result.artifact {
                    try db.insert(artifact, timeline: result.timeline, stages: result.stages)
                } else {
                    for entry in result?.stages ?? [] where try db.hasSource(entry.sourceSHA256, in: lease.scope) {
                        try db.insertOrReplace(entry, in: lease.scope)
                    }
                }
                _ = try db.update(job)
                // Parts that it turned out to need no more.
                try db.cancelChildren(of: job.id, in: lease.scope)
                try db.goOn(after: row, of: lease)
                return true
            }
        }

        public func fail(_ lease: JobLease, job: JobRecord, as failure: JobFailure) async throws -> JobState? {
            let text = try job.error.map { try JSONText.encode($0) }
            return try await engine.write("job", in: lease.scope) { db in
                if try db.endCancelled(lease) { return .cancelled }
                if failure == .passing {
                    // Half to one and a half times the pause, lest all come back at once.
                    let count = try db.run(
                        """
                        UPDATE queue SET state = 2, lease_token = NULL, lease_owner = NULL, lease_until = NULL,
                            last_error = ?, run_at = now() + make_interval(
                                secs => least(\(Self.longestPause), \(Self.firstPause) * 2.0 ^ (attempt - 1))
                                    * (0.5 + random()))
                        WHERE qshard = ? AND number = ? AND lease_token = ?::uuid AND state = 1
                            AND attempt < \(Self.mostAttempts)
                        """, [text, lease.shard, lease.number, lease.token])
                    if count > 0 {
                        try db.show(.queued, stage: "waiting to be tried again", lease.jobID, in: lease.scope)
                        return .queued
                    }
                }
                if job.state == .cancelled {
                    guard try db.endLease(lease) != nil else { return nil }
                    _ = try db.update(job)
                    try db.cancelChildren(of: job.id, in: lease.scope)
                    return .cancelled
                }
                guard let row = try db.bury(lease, because: text) else { return nil }
                _ = try db.update(job)
                try db.failParent(of: row, because: text, in: lease.scope)
                try db.cancelChildren(of: job.id, in: lease.scope)
                return .failed
            }
        }

        public func release(_ lease: JobLease) async throws {
            try await engine.write("job", in: lease.scope) { db in
                if try db.endCancelled(lease) { return }
                let count = try db.run(
                    """
                    UPDATE queue SET state = 0, attempt = greatest(attempt - 1, 0), lease_token = NULL,
                        lease_owner = NULL, lease_until = NULL
                    WHERE qshard = ? AND number = ? AND lease_token = ?::uuid AND state = 1
                    """, [lease.shard, lease.number, lease.token])
                guard count > 0 else { return }
                try db.show(.queued, stage: "queued", lease.jobID, in: lease.scope)
            }
        }

        public func park(_ lease: JobLease, stages: [StageEntry]) async throws -> Bool {
            try await engine.write("job", in: lease.scope) { db in
                if try db.endCancelled(lease) { return true }
                let count = try db.run(
                    """
                    UPDATE queue SET state = 4, lease_token = NULL, lease_owner = NULL, lease_until = NULL
                    WHERE qshard = ? AND number = ? AND lease_token = ?::uuid AND state = 1
                    """, [lease.shard, lease.number, lease.token])
                guard count > 0 else { return false }
                for entry in stages where try db.hasSource(entry.sourceSHA256, in: lease.scope) {
                    try db.insertOrReplace(entry, in: lease.scope)
                }
                // They may all be over by now.
                try db.releaseParent(lease.jobID, in: lease.scope)
                return true
            }
        }
    }

    /// What a heartbeat says of one job.
    private struct Beat: Encodable {
        var shard: Int
        var number: Int64
        var token: String
        var stage: String
        var progress: Double
        var work: String?

        init(_ lease: JobLease, _ job: JobRecord) {
            (shard, number, token) = (lease.shard, lease.number, lease.token)
            (stage, progress) = (job.stage, job.progress)
            work = job.work.flatMap { try? JSONText.encode($0) }
        }
    }

    extension ClaimedJob {
        fileprivate init(row: SQLRow) throws {
            job = try JobRecord(row: row)
            lease = JobLease(
                scope: job.scope, jobID: job.id, shard: try row.value("qshard"), number: try row.value("number"),
                token: try row.value("lease_token"))
            priority = JobPriority(rawValue: try row.value("priority")) ?? .normal
            parentID = try row.value("parent_id")
            blobSHA256 = try row.value("blob_sha256")
        }
    }
#endif
