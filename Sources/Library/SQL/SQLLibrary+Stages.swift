extension SQLLibrary {
    public func stages(keys: [String], in scope: Scope) async throws -> [StageEntry] {
        try await engine.read { db in
            let (here, place) = db.at(scope)
            // What is damaged is made anew.
            return try db.rows(
                """
                SELECT \(db.selected(StageEntry.self)) FROM stage
                WHERE \(here) AND key IN (SELECT value FROM \(db.dialect.elements))
                """,
                place + [JSONText.encode(keys)]
            ).filter { !$0.isDamaged(StageEntry.self, in: scope) }.map { try $0.item() as StageEntry }
                .filter { keys.contains($0.key) }
        }
    }

    public func record(_ entries: [StageEntry], in scope: Scope) async throws {
        try await engine.write("stage", in: scope) { db in
            for entry in entries { try db.insertOrReplace(entry, in: scope) }
        }
    }

    public func recordIfSourceExists(_ entry: StageEntry, in scope: Scope) async throws -> Bool {
        try await engine.write("stage", in: scope) { db in
            guard try db.hasSource(entry.sourceSHA256, in: scope) else { return false }
            try db.insertOrReplace(entry, in: scope)
            return true
        }
    }

    public func referenced(_ digests: [String], in scope: Scope) async throws -> Set<String> {
        try await engine.read { db in
            let (here, place) = db.at(scope)
            // What a job waits for is named by the queue alone, where there is one.
            let uses: [(table: String, condition: String)] =
                [
                    ("asset", "content_sha256 = value AND content_stamp IS NULL"),
                    ("artifact", "content_sha256 = value AND content_stamp IS NULL"),
                    ("timeline", "index_sha256 = value"), ("stage", "blob_sha256 = value"),
                ] + (db.dialect == .postgres ? [("queue", "blob_sha256 = value")] : [])
            let conditions = uses.map { "EXISTS (SELECT 1 FROM \($0.table) WHERE \(here) AND \($0.condition))" }
            let rows = try db.rows(
                "SELECT value AS digest FROM \(db.dialect.elements) WHERE \(conditions.joined(separator: " OR "))",
                [try JSONText.encode(digests)] + uses.flatMap { _ in place })
            return Set(try rows.map { try $0.value("digest") })
        }
    }
}
