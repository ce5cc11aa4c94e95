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

    /// Opens an SQLite database, making it or bringing it up to date where necessary. One process of several writes at a
    /// time; reads neither wait for writes nor hold them up.
    ///
    /// - Parameter path: nil for a database in memory that goes with this object.
    /// - Throws: ``LibraryError`` `newer`, `inputOutput`.
    public convenience init(sqlite path: String?) throws {
        self.init(engine: try SQLiteEngine(path: path))
    }
}
