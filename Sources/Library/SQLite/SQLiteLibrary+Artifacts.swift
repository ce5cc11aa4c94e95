import GRDB

extension SQLiteLibrary {
    public func insert(
        _ artifact: DerivedArtifact, timeline: TimelineRecord?, stages: [StageEntry]
    ) async throws {
        try await write("artifact") { db in
            try db.insert(artifact, in: artifact.scope)
            if let timeline { try db.insert(timeline, in: artifact.scope) }
            for entry in stages { try db.insert(entry, in: artifact.scope, orReplace: true) }
        }
    }

    public func insertMissing(_ artifacts: [DerivedArtifact]) async throws -> Int {
        try await write("artifact") { db in
            try artifacts.reduce(0) { $0 + (try db.insertMissing($1, in: $1.scope) ? 1 : 0) }
        }
    }

    public func artifact(_ id: String, in scope: Scope) async throws -> DerivedArtifact? {
        try await read { try $0.find(DerivedArtifact.self, id: id, in: scope) }
    }

    public func artifacts(ofAsset id: String, in scope: Scope) async throws -> [DerivedArtifact] {
        try await read { db in
            try db.rows(
                """
                SELECT \(DerivedArtifact.selected) FROM artifact
                WHERE tenant_id = ? AND env = ? AND parent_asset_id = ? ORDER BY sequence
                """,
                [scope.tenantID, scope.env, id]
            ).map { try DerivedArtifact(row: $0) }
        }
    }

    public func recordContent(_ content: ContentFacts, ofArtifact id: String, in scope: Scope) async throws {
        try await write("artifact") { db in
            let former: String? = try db.row(
                "SELECT content_sha256 FROM artifact WHERE tenant_id = ? AND env = ? AND id = ?",
                [scope.tenantID, scope.env, id]
            )?.value("content_sha256")
            _ = try db.run(
                """
                UPDATE artifact SET content_sha256 = ?, content_size = ?, content_stamp = ?
                WHERE tenant_id = ? AND env = ? AND id = ?
                """,
                [content.sha256, content.sizeBytes, content.stamp, scope.tenantID, scope.env, id])
            if former != content.sha256 { try db.forgetStages(ofFormerSource: former, in: scope) }
        }
    }
}
