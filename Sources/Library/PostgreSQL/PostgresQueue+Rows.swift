#if PostgreSQL
    import TimelineModel

    extension SQLConnection {
        /// How many rows there are, counted no further than a limit.
        func count(_ from: String, _ values: [(any SQLConvertible)?], atMost limit: Int) throws -> Int {
            try row("SELECT count(*) AS count FROM (SELECT 1 FROM \(from) LIMIT ?) AS counted", values + [limit])?
                .value("count") ?? 0
        }

        /// Where a job stands in line: behind those of its tenant, and not before the present. A piece stands where its parent did.
        func startTag(of order: QueueOrder) throws -> Double {
            let scope = order.job.scope
            let (here, place) = at(scope)
            if let parent = order.parentID,
                let row = try row("SELECT vtag FROM queue WHERE \(here) AND job_id = ?", place + [parent])
            {
                return try row.value("vtag")
            }
            let now: Double = try row("SELECT max(vnow) AS vnow FROM queue_clock", [])?.value("vnow") ?? 0
            let row = try row(
                """
                INSERT INTO queue_tenant (qshard, tenant_id, vfinish) VALUES (?, ?, ?)
                ON CONFLICT (qshard, tenant_id) DO UPDATE
                    SET vfinish = greatest(queue_tenant.vfinish, ?) + ? / queue_tenant.weight
                RETURNING vfinish - ? / weight AS start
                """,
                [
                    TenantShard.number(of: scope.tenantID), scope.tenantID, now + order.cost, now, order.cost,
                    order.cost,
                ])
            return try row?.value("start") ?? now
        }

        /// Takes a job from the queue, if the lease on it is held.
        func endLease(_ lease: JobLease) throws -> SQLRow? {
            try row(PostgresQueue.endLeaseSQL, [lease.shard, lease.number, lease.token])
        }

        /// Ends a job that somebody cancelled while it was worked on, if the lease on it is held.
        func endCancelled(_ lease: JobLease) throws -> Bool {
            let row = try row(
                """
                DELETE FROM queue WHERE qshard = ? AND number = ? AND lease_token = ?::uuid AND state = 1
                    AND is_cancelled RETURNING parent_id
                """, [lease.shard, lease.number, lease.token])
            guard row != nil else { return false }
            try showCancelled(lease.jobID, in: lease.scope)
            try cancelChildren(of: lease.jobID, in: lease.scope)
            return true
        }

        /// Gives a job up, if the lease on it is held.
        func bury(_ lease: JobLease, because text: String?) throws -> SQLRow? {
            try row(
                """
                UPDATE queue SET state = 5, lease_token = NULL, lease_owner = NULL, lease_until = NULL, last_error = ?,
                    run_at = now()
                WHERE qshard = ? AND number = ? AND lease_token = ?::uuid AND state = 1 RETURNING parent_id
                """, [text, lease.shard, lease.number, lease.token])
        }

        /// Shows in a job's record what the queue has done with it.
        func show(_ state: JobState, stage: String, _ id: String, in scope: Scope) throws {
            let (here, place) = at(scope)
            try run(
                "UPDATE job SET state = ?, stage = ? WHERE \(here) AND id = ?", [state.rawValue, stage] + place + [id])
        }

        /// Lets those go on that waited for a job to be over: its parent, and the tenant's next one.
        func goOn(after row: SQLRow, of lease: JobLease) throws {
            // A part took nobody's place in the line.
            if let parent: String = try row.value("parent_id") { return try releaseParent(parent, in: lease.scope) }
            try run(PostgresQueue.admitNextSQL, [lease.shard, lease.shard, lease.scope.tenantID])
        }

        /// Lets a parked job go on when no other is left that names it as its parent.
        func releaseParent(_ id: String, in scope: Scope) throws {
            let (here, place) = at(scope)
            try run(
                """
                UPDATE queue SET state = 0, progress = greatest(progress, 0.98)
                WHERE \(here) AND job_id = ? AND state = 4 AND NOT EXISTS (
                    SELECT 1 FROM queue AS child WHERE \(at(scope, "child").condition) AND child.parent_id = ?
                        AND child.state <> 5)
                """, place + [id] + place + [id])
        }

        /// A job whose part failed for good cannot be finished.
        func failParent(of row: SQLRow, because text: String?, in scope: Scope) throws {
            guard let parent: String = try row.value("parent_id") else { return }
            let (here, place) = at(scope)
            let count = try run(
                "UPDATE queue SET state = 5, last_error = ?, run_at = now() WHERE \(here) AND job_id = ? AND state = 4",
                [text] + place + [parent])
            guard count > 0 else { return }
            try run(
                """
                UPDATE job SET state = 'failed', stage = 'failed', error = ?, finished_at = ? WHERE \(here) AND id = ?
                """, [text, Timestamp.now.millisecondsSince1970] + place + [parent])
            try cancelChildren(of: parent, in: scope)
        }

        /// Takes the parts of a job from the queue, or has them stopped.
        func cancelChildren(of id: String, in scope: Scope) throws {
            let (here, place) = at(scope)
            let gone = try rows(
                "DELETE FROM queue WHERE \(here) AND parent_id = ? AND state NOT IN (1, 5) RETURNING job_id",
                place + [id])
            for row in gone { try showCancelled(row.value("job_id"), in: scope) }
            try haveStopped("parent_id = ?", id, in: scope)
        }

        /// Has running jobs stopped by their workers. Who asks for the same from now on does not get one of them.
        func haveStopped(_ condition: String, _ id: String, in scope: Scope) throws {
            let (here, place) = at(scope)
            try run(
                """
                UPDATE queue SET is_cancelled = true, flight = flight || ':' || number
                WHERE \(here) AND \(condition) AND state = 1 AND NOT is_cancelled
                """, place + [id])
        }

        func showCancelled(_ id: String, in scope: Scope) throws {
            let (here, place) = at(scope)
            try run(
                "UPDATE job SET state = 'cancelled', stage = 'cancelled', finished_at = ? WHERE \(here) AND id = ?",
                [Timestamp.now.millisecondsSince1970] + place + [id])
        }
    }
#endif
