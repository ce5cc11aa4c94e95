/// Assets, artifacts, timelines, stages, videos and jobs in a database: SQLite's or PostgreSQL's, with the same promises.
///
/// Several processes may work on one database, and what was written survives a loss of power. Writes of one tenant and
/// env come one after the other. A cancelled task may get a `CancellationError` from any method; then nothing was changed.
public final class SQLLibrary: AssetStore, ArtifactStore, TimelineStore, StageStore, VideoStore, JobStore,
    BlobReferences, Sendable
{
    let engine: any SQLEngine

    init(engine: any SQLEngine) {
        self.engine = engine
    }

    /// Looks at every row and every index: seconds for a million rows.
    ///
    /// - Throws: ``LibraryError``; `CancellationError`. Damage is an answer.
    public func damage() async throws -> LibraryDamage { try await engine.damage() }

    /// Builds the indexes anew, and forgets damaged rows that can be made anew (outputs of stages, timelines, jobs). Damaged
    /// assets, clips and other artifacts stay for a backup to replace.
    ///
    /// - Throws: ``LibraryError``; `CancellationError`.
    public func repair() async throws { try await engine.repair() }

    /// Whether bytes were sent by somebody: those of an asset, or of an artifact that is no timeline.
    ///
    /// - Throws: ``LibraryError``; `CancellationError`.
    public func isSource(_ sha256: String, in scope: Scope) async throws -> Bool {
        try await engine.read { db in
            let (here, place) = db.at(scope)
            return try db.row(
                """
                SELECT EXISTS (SELECT 1 FROM asset WHERE \(here) AND content_sha256 = ?)
                OR EXISTS (
                    SELECT 1 FROM artifact WHERE \(here) AND content_sha256 = ?
                    AND kind <> '\(ArtifactKind.audioSemanticTimeline.rawValue)') AS found
                """,
                place + [sha256] + place + [sha256]
            ).map { try $0.value("found") } ?? false
        }
    }

    public func isWhole() async throws -> Bool {
        let damage = try await damage()
        // Jobs and clips name no blobs.
        return damage.structure.isEmpty
            && damage.rows.keys.allSatisfy { [JobRecord.table, VideoRow.table].contains($0) }
    }

    /// Digests of all bytes that the library keeps and a row names, by scope.
    ///
    /// - Throws: ``LibraryError``; `CancellationError`.
    public func namedBlobs() async throws -> [Scope: Set<String>] {
        try await engine.read { db in
            let rows = try db.rows(
                """
                SELECT tenant_id, env, content_sha256 AS digest FROM asset
                WHERE content_sha256 IS NOT NULL AND content_stamp IS NULL
                UNION SELECT tenant_id, env, content_sha256 FROM artifact
                WHERE content_sha256 IS NOT NULL AND content_stamp IS NULL
                UNION SELECT tenant_id, env, index_sha256 FROM timeline
                UNION SELECT tenant_id, env, blob_sha256 FROM stage
                """, [])
            return try rows.reduce(into: [:]) { found, row in
                found[try row.scope, default: []].insert(try row.value("digest"))
            }
        }
    }

    /// Opens an SQLite database, making it or bringing it up to date where necessary. One process of several writes at a
    /// time; reads neither wait for writes nor hold them up.
    ///
    /// - Parameter path: nil for a database in memory that goes with this object.
    /// - Throws: ``LibraryError`` `newer`, `inputOutput`.
    public convenience init(sqlite path: String?) throws {
        self.init(engine: try SQLiteEngine(path: path))
    }
}
