import GRDB

extension SQLiteLibrary {
    private static let selection = """
        SELECT \(DerivedArtifact.selected), \(TimelineRecord.columns.map { "timeline.\($0)" }.joined(separator: ", "))
        FROM timeline JOIN artifact ON artifact.tenant_id = timeline.tenant_id AND artifact.env = timeline.env
            AND artifact.id = timeline.artifact_id
        WHERE timeline.tenant_id = ? AND timeline.env = ?
        """

    public func timelineIDs(cacheKey: String, in scope: Scope) async throws -> [String: String] {
        try await read { db in
            let rows = try db.rows(
                "SELECT identity, artifact_id FROM timeline WHERE tenant_id = ? AND env = ? AND cache_key = ? "
                    + "ORDER BY sequence",
                [scope.tenantID, scope.env, cacheKey])
            return try Dictionary(
                rows.map { (try $0.value("identity"), try $0.value("artifact_id")) }, uniquingKeysWith: { $1 })
        }
    }

    public func timeline(artifactID: String, in scope: Scope) async throws -> StoredTimeline? {
        try await read { db in
            try db.row(
                "\(Self.selection) AND timeline.artifact_id = ?", [scope.tenantID, scope.env, artifactID]
            ).map { try StoredTimeline(row: $0) }
        }
    }

    public func timelines(
        ofAsset id: String, sourceArtifactID: String?, in scope: Scope
    ) async throws -> [StoredTimeline] {
        try await read { db in
            try db.rows(
                "\(Self.selection) AND timeline.asset_id = ? AND timeline.source_artifact_id IS ? "
                    + "ORDER BY timeline.sequence DESC",
                [scope.tenantID, scope.env, id, sourceArtifactID]
            ).map { try StoredTimeline(row: $0) }
        }
    }
}

extension StoredTimeline {
    fileprivate init(row: Row) throws {
        self.init(record: try TimelineRecord(row: row), artifact: try DerivedArtifact(row: row))
    }
}
