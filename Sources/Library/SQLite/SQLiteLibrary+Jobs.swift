import GRDB

extension SQLiteLibrary {
    public func insert(_ job: JobRecord) async throws {
        try await write("job") { try $0.insert(job, in: job.scope) }
    }

    public func job(_ id: String, in scope: Scope) async throws -> JobRecord? {
        try await read { try $0.find(JobRecord.self, id: id, in: scope) }
    }

    public func update(_ job: JobRecord) async throws {
        try await write("job") { db in
            let changes = JobRecord.columns.map { "\($0) = ?" }.joined(separator: ", ")
            try db.run(
                "UPDATE job SET \(changes) WHERE tenant_id = ? AND env = ? AND id = ?",
                job.values + [job.tenantID, job.env, job.id])
        }
    }

    public func unfinishedJobs() async throws -> [JobRecord] {
        try await read { db in
            try db.rows(
                "SELECT \(JobRecord.selected) FROM job WHERE state IN (\(Self.states(final: false))) ORDER BY sequence",
                []
            ).map { try JobRecord(row: $0) }
        }
    }

    public func removeJobs(finishedBefore moment: Timestamp) async throws -> Int {
        try await write("job") { db in
            try db.run(
                "DELETE FROM job WHERE finished_at < ? AND state IN (\(Self.states(final: true)))",
                [moment.millisecondsSince1970])
        }
    }

    /// As SQL wants them in a list.
    private static func states(final isFinal: Bool) -> String {
        JobState.allCases.filter { $0.isFinal == isFinal }.map { "'\($0.rawValue)'" }.joined(separator: ", ")
    }
}
