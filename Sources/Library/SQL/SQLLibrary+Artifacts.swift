extension SQLLibrary {
    public func insert(
        _ artifact: DerivedArtifact, timeline: TimelineRecord?, stages: [StageEntry]
    ) async throws {
        try await engine.write("artifact", in: artifact.scope) {
            try $0.insert(artifact, timeline: timeline, stages: stages)
        }
    }

    public func insertMissing(_ artifacts: [DerivedArtifact]) async throws -> Int {
        try await engine.write("artifact", in: artifacts.first?.scope) { db in
            try artifacts.reduce(0) { $0 + (try db.insertMissing($1, in: $1.scope) ? 1 : 0) }
        }
    }

    public func artifact(_ id: String, in scope: Scope) async throws -> DerivedArtifact? {
        try await engine.read { try $0.find(DerivedArtifact.self, id: id, in: scope) }
    }

    public func artifacts(ofAsset id: String, in scope: Scope) async throws -> [DerivedArtifact] {
        try await engine.read { db in
            let (here, place) = db.at(scope)
            return try db.rows(
                """
                SELECT \(db.selected(DerivedArtifact.self)) FROM artifact WHERE \(here) AND parent_asset_id = ?
                ORDER BY sequence
                """,
                place + [id]
            ).map { try $0.item(in: scope, ["parent_asset_id": id]) }
        }
    }

    public func recordContent(_ content: ContentFacts, ofArtifact id: String, in scope: Scope) async throws {
        try await engine.write("artifact", in: scope) { db in
            let (here, place) = db.at(scope)
            let former: String? = try db.row(
                "SELECT content_sha256 FROM artifact WHERE \(here) AND id = ?", place + [id]
            )?.value("content_sha256")
            try db.run(
                """
                UPDATE artifact SET content_sha256 = ?, content_size = ?, content_stamp = ? WHERE \(here) AND id = ?
                """,
                [content.sha256, content.sizeBytes, content.stamp] + place + [id])
            if former != content.sha256 { try db.forgetStages(ofFormerSource: former, in: scope) }
        }
    }
}

extension SQLConnection {
    /// Inserts an artifact with what belongs to it.
    func insert(_ artifact: DerivedArtifact, timeline: TimelineRecord?, stages: [StageEntry]) throws {
        try insert(artifact, in: artifact.scope)
        if let timeline { try insert(timeline, in: artifact.scope) }
        for entry in stages { try insertOrReplace(entry, in: artifact.scope) }
    }
}
