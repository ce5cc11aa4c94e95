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
            let whole = rows.filter { !$0.isDamaged(TimelineRecord.self, in: scope, ["cache_key": cacheKey]) }
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
            ).map { try StoredTimeline(row: $0, in: scope, ["artifact_id": artifactID, "id": artifactID]) }
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
            ).compactMap { row in
                // What is damaged is made anew.
                do {
                    let timeline = try StoredTimeline(row: row, in: scope, ["asset_id": id])
                    return timeline.record.sourceArtifactID == sourceArtifactID ? timeline : nil
                } catch let error as LibraryError where error.code == .rowDamaged {
                    return nil
                }
            }
        }
    }
}

extension StoredTimeline {
    /// - Throws: ``LibraryError`` `rowDamaged`, also for a timeline and an artifact that do not belong together.
    fileprivate init(row: SQLRow, in scope: Scope, _ asked: [String: String]) throws {
        let artifact: DerivedArtifact = try row.item(in: scope, asked)
        self.init(record: try row.item(in: scope, ["artifact_id": artifact.id]), artifact: artifact)
    }
}
