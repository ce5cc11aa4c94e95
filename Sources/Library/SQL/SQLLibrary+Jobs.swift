extension SQLLibrary {
    public func insert(_ job: JobRecord) async throws {
        try await engine.write("job", in: job.scope) { try $0.insert(job, in: job.scope) }
    }

    public func job(_ id: String, in scope: Scope) async throws -> JobRecord? {
        try await engine.read { try $0.find(JobRecord.self, id: id, in: scope) }
    }

    public func update(_ job: JobRecord) async throws {
        try await engine.write("job", in: job.scope) { _ = try $0.update(job) }
    }

    public func unfinishedJobs() async throws -> [JobRecord] {
        try await engine.read { db in
            try db.rows(
                "SELECT \(db.selected(JobRecord.self)) FROM job WHERE state IN (\(Self.states(final: false))) ORDER BY sequence",
                []
            )
            // One that is damaged does not keep the others from being taken up.
            .filter { !$0.isDamaged(JobRecord.self) }.map { try $0.item() as JobRecord }.filter { !$0.state.isFinal }
        }
    }

    public func jobs(matching filter: JobFilter, limit: Int) async throws -> [JobRecord] {
        try await engine.read { db in
            var conditions: [String] = []
            var values: [(any SQLConvertible)?] = []
            if let tenantID = filter.tenantID, db.dialect == .postgres {
                conditions.append("qshard = ?")
                values.append(TenantShard.number(of: tenantID))
            }
            let fields = [
                ("id", filter.id), ("tenant_id", filter.tenantID), ("env", filter.env), ("kind", filter.kind),
            ]
            for case (let column, let value?) in fields {
                conditions.append("\(column) = ?")
                values.append(value)
            }
            if !filter.states.isEmpty {
                let states = filter.states.map(\.rawValue).sorted()
                conditions.append("state IN (\(states.map { _ in "?" }.joined(separator: ", ")))")
                values += states
            }
            let place = conditions.isEmpty ? "" : " WHERE " + conditions.joined(separator: " AND ")
            return try db.rows(
                "SELECT \(db.selected(JobRecord.self)) FROM job\(place) ORDER BY sequence DESC LIMIT ?",
                values + [limit]
            ).map { try $0.item() }
        }
    }

    public func removeJobs(finishedBefore moment: Timestamp) async throws -> Int {
        // In portions: others wait for none of them long.
        var count = 0
        while true {
            let some = try await engine.write("job", in: nil) { db in
                try db.run(
                    """
                    DELETE FROM job WHERE sequence IN (
                        SELECT sequence FROM job WHERE finished_at < ? AND state IN (\(Self.states(final: true)))
                        ORDER BY finished_at LIMIT 5000)
                    """, [moment.millisecondsSince1970])
            }
            count += some
            if some == 0 { return count }
        }
    }

    /// As SQL wants them in a list.
    static func states(final isFinal: Bool) -> String {
        JobState.allCases.filter { $0.isFinal == isFinal }.map { "'\($0.rawValue)'" }.joined(separator: ", ")
    }
}

extension SQLConnection {
    /// Replaces a job's row.
    ///
    /// - Returns: false when it is gone.
    func update(_ job: JobRecord) throws -> Bool {
        let (here, place) = at(job.scope)
        let changes = JobRecord.columns.map { "\($0) = ?" }.joined(separator: ", ")
        return try run("UPDATE job SET \(changes) WHERE \(here) AND id = ?", job.values + place + [job.id]) > 0
    }
}
