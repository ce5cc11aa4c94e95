extension SQLLibrary {
    private static func selection(_ db: any SQLConnection) -> String {
        """
        SELECT \(db.selected(DerivedArtifact.self)), \(db.selected(TimelineRecord.self))
        FROM timeline JOIN artifact ON artifact.tenant_id = timeline.tenant_id AND artifact.env = timeline.env
            AND artifact.id = timeline.artifact_id
        """
    }

    public func timelineIDs(cacheKey: String, in scope: Scope) async throws -> [String: String] {
        try await engine.read { db in
            let (here, place) = db.at(scope)
            let rows = try db.rows(
                """
                SELECT \(db.selected(TimelineRecord.self)) FROM timeline
                WHERE \(here) AND cache_key = ? ORDER BY sequence
                """,
                place + [cacheKey])
            // What is damaged is made anew.
            let whole = rows.filter { !$0.isDamaged(TimelineRecord.self) }
            return try Dictionary(
                whole.map { (try $0.value("identity"), try $0.value("artifact_id")) }, uniquingKeysWith: { $1 })
        }
    }

    public func timeline(artifactID: String, in scope: Scope) async throws -> StoredTimeline? {
        try await engine.read { db in
            let (here, place) = db.at(scope, "timeline")
            let (there, samePlace) = db.at(scope, "artifact")
            return try db.row(
                "\(Self.selection(db)) WHERE \(here) AND \(there) AND timeline.artifact_id = ?",
                place + samePlace + [artifactID]
            ).map { try StoredTimeline(row: $0) }
        }
    }

    public func timelines(
        ofAsset id: String, sourceArtifactID: String?, in scope: Scope
    ) async throws -> [StoredTimeline] {
        try await engine.read { db in
            let (here, place) = db.at(scope, "timeline")
            let (there, samePlace) = db.at(scope, "artifact")
            let source = sourceArtifactID == nil ? "IS NULL" : "= ?"
            return try db.rows(
                "\(Self.selection(db)) WHERE \(here) AND \(there) AND timeline.asset_id = ? "
                    + "AND timeline.source_artifact_id \(source) ORDER BY timeline.sequence DESC",
                place + samePlace + [id] + (sourceArtifactID.map { [$0] } ?? [])
            ).filter { !$0.isDamaged(TimelineRecord.self) && !$0.isDamaged(DerivedArtifact.self) }
                .map { try StoredTimeline(row: $0) }
        }
    }
}

extension StoredTimeline {
    fileprivate init(row: SQLRow) throws {
        self.init(record: try row.item(), artifact: try row.item())
    }
}
