import GRDB

extension SQLiteLibrary {
    public func stages(keys: [String], in scope: Scope) async throws -> [StageEntry] {
        try await read { db in
            try db.rows(
                """
                SELECT \(StageEntry.selected) FROM stage
                WHERE tenant_id = ? AND env = ? AND key IN (SELECT value FROM json_each(?))
                """,
                [scope.tenantID, scope.env, JSONText.encode(keys)]
            ).map { try StageEntry(row: $0) }
        }
    }

    public func record(_ entries: [StageEntry], in scope: Scope) async throws {
        try await write("stage") { db in
            for entry in entries { try db.insert(entry, in: scope, orReplace: true) }
        }
    }

    public func recordIfSourceExists(_ entry: StageEntry, in scope: Scope) async throws -> Bool {
        try await write("stage") { db in
            guard try db.hasSource(entry.sourceSHA256, in: scope) else { return false }
            try db.insert(entry, in: scope, orReplace: true)
            return true
        }
    }

    public func referenced(_ digests: [String], in scope: Scope) async throws -> Set<String> {
        try await read { db in
            let rows = try db.rows(
                """
                SELECT value AS digest FROM json_each(?3)
                WHERE EXISTS (SELECT 1 FROM asset
                    WHERE tenant_id = ?1 AND env = ?2 AND content_sha256 = value AND content_stamp IS NULL)
                OR EXISTS (SELECT 1 FROM artifact
                    WHERE tenant_id = ?1 AND env = ?2 AND content_sha256 = value AND content_stamp IS NULL)
                OR EXISTS (SELECT 1 FROM timeline WHERE tenant_id = ?1 AND env = ?2 AND index_sha256 = value)
                OR EXISTS (SELECT 1 FROM stage WHERE tenant_id = ?1 AND env = ?2 AND blob_sha256 = value)
                """,
                [scope.tenantID, scope.env, JSONText.encode(digests)])
            return Set(try rows.map { try $0.value("digest") })
        }
    }
}
