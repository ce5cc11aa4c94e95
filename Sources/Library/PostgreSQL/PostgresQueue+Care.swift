#if PostgreSQL
    import TimelineModel

    extension PostgresQueue {
        public func cancel(_ id: String, in scope: Scope) async throws -> JobRecord? {
            try await engine.write("job", in: scope) { db in
                let (here, place) = db.at(scope)
                let gone = try db.rows(
                    "DELETE FROM queue WHERE \(here) AND job_id = ? AND state NOT IN (1, 5) RETURNING job_id",
                    place + [id])
                if gone.isEmpty {
                    try db.haveStopped("job_id = ?", id, in: scope)
                } else {
                    try db.showCancelled(id, in: scope)
                }
                try db.cancelChildren(of: id, in: scope)
                return try db.find(JobRecord.self, id: id, in: scope)
            }
        }

        public func retry(_ id: String, in scope: Scope) async throws -> JobRecord? {
            try await engine.write("job", in: scope) { db in
                let (here, place) = db.at(scope)
                let count = try db.run(
                    """
                    UPDATE queue SET state = 0, attempt = 0, lapses = 0, last_error = NULL, progress = 0,
                        is_cancelled = false, enqueued_at = now()
                    WHERE \(here) AND job_id = ? AND state = 5
                    """, place + [id])
                guard count > 0, try db.find(JobRecord.self, id: id, in: scope) != nil else { return nil }
                try db.run(
                    """
                    UPDATE job SET state = 'queued', stage = 'queued', progress = 0, error = NULL, finished_at = NULL,
                        attempts = 0 WHERE \(here) AND id = ?
                    """, place + [id])
                return try db.find(JobRecord.self, id: id, in: scope)
            }
        }

        public func jobs(_ ids: [(id: String, scope: Scope)]) async throws -> [JobRecord] {
            guard !ids.isEmpty else { return [] }
            let asked = try JSONText.encode(
                ids.map { Asked(shard: TenantShard.number(of: $0.scope.tenantID), scope: $0.scope, id: $0.id) })
            return try await engine.read { db in
                try db.rows(
                    """
                    SELECT \(JobRecord.selected), queue.state AS queue_state, queue.stage AS queue_stage,
                        queue.progress AS queue_progress, queue.work AS queue_work, queue.parts AS queue_parts,
                        CASE WHEN queue.state = 4 THEN (
                            SELECT count(*) FROM queue AS child WHERE child.qshard = asked.shard
                                AND child.tenant_id = asked.tenant_id AND child.env = asked.env
                                AND child.parent_id = asked.id AND child.state <> 5) END AS queue_open_parts
                    FROM jsonb_to_recordset(?::jsonb) AS asked(shard smallint, tenant_id text, env text, id text)
                    JOIN job ON job.qshard = asked.shard AND job.tenant_id = asked.tenant_id AND job.env = asked.env
                        AND job.id = asked.id
                    LEFT JOIN queue ON queue.qshard = asked.shard AND queue.tenant_id = asked.tenant_id
                        AND queue.env = asked.env AND queue.job_id = asked.id
                    """, [asked]
                ).map { row in
                    var job = try JobRecord(row: row)
                    guard let number: Int = try row.value("queue_state"), !job.state.isFinal else { return job }
                    job.progress = max(job.progress, try row.value("queue_progress"))
                    if number == State.running.rawValue {
                        job.stage = try row.value("queue_stage")
                        job.work = try row.jsonIfPresent("queue_work")
                    } else if number == State.parked.rawValue {
                        let (parts, open): (Int, Int) = (
                            try row.value("queue_parts"), try row.value("queue_open_parts")
                        )
                        job.state = .running
                        job.stage = "transcribe"
                        // The last of it is putting the parts together.
                        job.progress += (0.99 - job.progress) * (1 - Double(min(open, parts)) / Double(max(1, parts)))
                    }
                    return job
                }
            }
        }

        private struct Asked: Encodable {
            var shard: Int
            var tenantID: String
            var env: String
            var id: String

            init(shard: Int, scope: Scope, id: String) {
                self.shard = shard
                (tenantID, env) = (scope.tenantID, scope.env)
                self.id = id
            }

            enum CodingKeys: String, CodingKey {
                case shard
                case tenantID = "tenant_id"
                case env
                case id
            }
        }

        private static let allShards = "qshard BETWEEN 0 AND \(TenantShard.count - 1)"

        public func tend(_ limits: QueueLimits) async throws -> QueueCare {
            try await engine.write("job", in: nil) { db in
                var care = QueueCare()
                // One caretaker is enough.
                let lock = try db.row(
                    "SELECT pg_try_advisory_xact_lock(\(PostgresEngine.lockClass), 1) AS got", [])
                guard try lock?.value("got") == true else { return care }
                try Self.reap(db, into: &care)
                care.promoted = try db.run(
                    """
                    UPDATE queue SET state = 0 WHERE \(Self.allShards) AND state = 2 AND run_at <= now()
                    """, [])
                care.admitted = try Self.admit(db, limits)
                try db.run(
                    """
                    UPDATE queue SET state = 0, progress = greatest(progress, 0.98)
                    WHERE \(Self.allShards) AND state = 4 AND NOT EXISTS (
                        SELECT 1 FROM queue AS child WHERE child.qshard = queue.qshard
                            AND child.tenant_id = queue.tenant_id AND child.env = queue.env
                            AND child.parent_id = queue.job_id AND child.state <> 5)
                    """, [])
                // With their record, which is kept for some days.
                try db.run(
                    """
                    DELETE FROM queue WHERE \(Self.allShards) AND state = 5 AND NOT EXISTS (
                        SELECT 1 FROM job WHERE job.qshard = queue.qshard AND job.tenant_id = queue.tenant_id
                            AND job.env = queue.env AND job.id = queue.job_id)
                    """, [])
                return care
            }
        }

        /// Takes jobs from workers that were not heard of for longer than their lease.
        private static func reap(_ db: any SQLConnection, into care: inout QueueCare) throws {
            let rows = try db.rows(
                """
                WITH late AS (
                    SELECT qshard, number FROM queue WHERE \(allShards) AND state = 1 AND lease_until < now()
                        -- After a start of the server everybody has the time of a lease to be heard of.
                        AND pg_postmaster_start_time() + make_interval(secs => lease_seconds) < now()
                    LIMIT 200 FOR NO KEY UPDATE SKIP LOCKED
                ) UPDATE queue SET lapses = lapses + 1, lease_token = NULL, lease_owner = NULL, lease_until = NULL,
                    state = CASE WHEN is_cancelled OR lapses + 1 >= \(mostLapses) THEN 5 ELSE 0 END, run_at = now()
                FROM late WHERE queue.qshard = late.qshard AND queue.number = late.number
                RETURNING queue.tenant_id, queue.env, queue.job_id, queue.state, queue.parent_id, queue.is_cancelled
                """, [])
            let text = try JSONText.encode([
                "code": JSONValue.string("audio.analyze_failed"),
                "message": .string("the worker was lost \(mostLapses) times during this job"),
            ])
            for row in rows {
                let scope = Scope(tenantID: try row.value("tenant_id"), env: try row.value("env"))
                let id: String = try row.value("job_id")
                care.lapsed += 1
                if try row.value("is_cancelled") {
                    let (here, place) = db.at(scope)
                    try db.run("DELETE FROM queue WHERE \(here) AND job_id = ?", place + [id])
                    try db.showCancelled(id, in: scope)
                    try db.cancelChildren(of: id, in: scope)
                } else if try row.value("state") == State.dead.rawValue {
                    care.dead += 1
                    let (here, place) = db.at(scope)
                    try db.run(
                        """
                        UPDATE job SET state = 'failed', stage = 'failed', error = ?, finished_at = ?
                        WHERE \(here) AND id = ?
                        """, [text, Timestamp.now.millisecondsSince1970] + place + [id])
                    try db.failParent(of: row, because: text, in: scope)
                    try db.cancelChildren(of: id, in: scope)
                } else {
                    try db.show(.queued, stage: "queued", id, in: scope)
                }
            }
        }

        /// Lets jobs into the line that waited behind, where their tenants have room.
        private static func admit(_ db: any SQLConnection, _ limits: QueueLimits) throws -> Int {
            try db.run(
                """
                WITH waiting AS (
                    SELECT DISTINCT qshard, tenant_id FROM queue WHERE \(allShards) AND state = 3
                ), room AS (
                    SELECT waiting.qshard, waiting.tenant_id, ? - (
                        SELECT count(*) FROM queue AS open WHERE open.qshard = waiting.qshard
                            AND open.tenant_id = waiting.tenant_id AND open.state IN (0, 1, 2)) AS places
                    FROM waiting
                ), next AS (
                    SELECT first.qshard, first.number FROM room CROSS JOIN LATERAL (
                        SELECT qshard, number FROM queue
                        WHERE queue.qshard = room.qshard AND queue.tenant_id = room.tenant_id AND queue.state = 3
                        ORDER BY priority, vtag, number LIMIT greatest(room.places, 0)
                    ) AS first
                ) UPDATE queue SET state = 0 FROM next
                WHERE queue.qshard = next.qshard AND queue.number = next.number AND queue.state = 3
                """, [limits.admittedPerTenant])
        }

        public func statistics() async throws -> QueueStatistics {
            try await engine.read { db in
                var statistics = QueueStatistics()
                let rows = try db.rows(
                    """
                    SELECT tenant_id, count(*) FILTER (WHERE state IN (0, 2, 3, 4)) AS waiting,
                        count(*) FILTER (WHERE state = 1) AS running, count(*) FILTER (WHERE state = 5) AS dead,
                        coalesce(max(extract(epoch FROM now() - enqueued_at)) FILTER (WHERE state = 0), 0)
                            ::double precision AS oldest
                    FROM queue WHERE \(Self.allShards) GROUP BY qshard, tenant_id ORDER BY waiting DESC, tenant_id
                    """, [])
                for row in rows {
                    let tenant = QueueStatistics.Tenant(
                        tenantID: try row.value("tenant_id"), waiting: try row.value("waiting"),
                        running: try row.value("running"))
                    statistics.waiting += tenant.waiting
                    statistics.running += tenant.running
                    statistics.dead += try row.value("dead")
                    statistics.oldestSeconds = max(statistics.oldestSeconds, try row.value("oldest"))
                    if tenant.waiting + tenant.running > 0 { statistics.tenants.append(tenant) }
                }
                return statistics
            }
        }
    }
#endif
