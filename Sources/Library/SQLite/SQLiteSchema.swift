import GRDB

/// The tables, and how a database of an earlier version gets them.
///
/// A thing is unique by tenant, env and id; `sequence` tells which came first. Times are milliseconds since 1970, `meta`
/// and the like are JSON. Migrations that were released are never changed: later versions add some.
enum SQLiteSchema {
    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("v1") { try $0.execute(sql: version1) }
        migrator.registerMigration("v2") { try $0.execute(sql: version2) }
        return migrator
    }

    /// A sum over the values of each row, kept by triggers (``RowCheck``). An update of some columns does not cover up that others
    /// were damaged before; where updates set all columns, they heal the row.
    private static let version2 = """
        \(checked("asset", [
            "sequence", "tenant_id", "env", "id", "user_id", "kind", "source_uri", "duration_ms", "fps",
            "audio_channels", "sample_rate", "codec_info", "size_bytes", "tags", "source_ref", "created_at", "meta",
            "content_sha256", "content_size", "content_stamp",
        ], isReplacedWhole: false))
        \(checked("artifact", [
            "sequence", "tenant_id", "env", "id", "parent_asset_id", "kind", "uri", "start_ms", "end_ms",
            "track_label", "created_at", "meta", "content_sha256", "content_size", "content_stamp",
        ], isReplacedWhole: false))
        \(checked("timeline", [
            "sequence", "tenant_id", "env", "artifact_id", "asset_id", "source_artifact_id", "cache_key", "identity",
            "source_sha256", "is_stub", "include_beats", "include_speech_music", "index_sha256",
        ], isReplacedWhole: false))
        \(checked("stage", [
            "tenant_id", "env", "key", "name", "source_sha256", "blob_sha256", "size_bytes",
        ], isReplacedWhole: true))
        \(checked("video_node", [
            "sequence", "tenant_id", "env", "kind", "id", "parent_kind", "parent_id", "body",
        ], isReplacedWhole: false))
        \(checked("job", [
            "sequence", "tenant_id", "env", "id", "user_id", "kind", "state", "stage", "progress", "request",
            "result", "error", "created_at", "started_at", "finished_at", "attempts",
        ], isReplacedWhole: true))
        """

    private static func checked(_ table: String, _ columns: [String], isReplacedWhole: Bool) -> String {
        let key = columns.contains("sequence") ? ["sequence"] : ["tenant_id", "env", "key"]
        func sum(_ row: String) -> String {
            "\(RowCheck.functionName)(\(columns.map { "\(row).\($0)" }.joined(separator: ", ")))"
        }
        let keep = """
            UPDATE \(table) SET row_check = \(sum("NEW"))
            WHERE \(key.map { "\($0) = NEW.\($0)" }.joined(separator: " AND "));
            """
        let refuse = """
            CREATE TRIGGER \(table)_damaged BEFORE UPDATE OF \(columns.joined(separator: ", ")) ON \(table)
            WHEN OLD.row_check IS NOT \(sum("OLD")) BEGIN SELECT RAISE(ABORT, '\(damagedRow)'); END;
            """
        return """
            ALTER TABLE \(table) ADD COLUMN row_check INTEGER;
            UPDATE \(table) SET row_check = \(sum(table));
            CREATE TRIGGER \(table)_inserted AFTER INSERT ON \(table) BEGIN \(keep) END;
            CREATE TRIGGER \(table)_updated AFTER UPDATE OF \(columns.joined(separator: ", ")) ON \(table) BEGIN \(keep) END;
            \(isReplacedWhole ? "" : refuse)
            """
    }

    /// What an update of a row says whose values are not those that were written.
    static let damagedRow = "damaged row"

    private static let version1 = """
        CREATE TABLE asset (
            sequence INTEGER PRIMARY KEY AUTOINCREMENT,
            tenant_id TEXT NOT NULL,
            env TEXT NOT NULL,
            id TEXT NOT NULL,
            user_id TEXT,
            kind TEXT NOT NULL,
            source_uri TEXT NOT NULL,
            duration_ms REAL,
            fps REAL,
            audio_channels INTEGER,
            sample_rate INTEGER,
            codec_info TEXT,
            size_bytes INTEGER,
            tags TEXT NOT NULL,
            source_ref TEXT,
            created_at INTEGER NOT NULL,
            meta TEXT NOT NULL,
            content_sha256 TEXT,
            content_size INTEGER,
            content_stamp TEXT,
            UNIQUE (tenant_id, env, id)
        ) STRICT;
        CREATE INDEX asset_order ON asset (tenant_id, env, sequence);
        CREATE INDEX asset_source_ref ON asset (tenant_id, env, source_ref, sequence) WHERE source_ref IS NOT NULL;
        CREATE INDEX asset_content ON asset (tenant_id, env, content_sha256);

        CREATE TABLE artifact (
            sequence INTEGER PRIMARY KEY AUTOINCREMENT,
            tenant_id TEXT NOT NULL,
            env TEXT NOT NULL,
            id TEXT NOT NULL,
            parent_asset_id TEXT NOT NULL,
            kind TEXT NOT NULL,
            uri TEXT NOT NULL,
            start_ms REAL,
            end_ms REAL,
            track_label TEXT,
            created_at INTEGER NOT NULL,
            meta TEXT NOT NULL,
            content_sha256 TEXT,
            content_size INTEGER,
            content_stamp TEXT,
            UNIQUE (tenant_id, env, id),
            FOREIGN KEY (tenant_id, env, parent_asset_id) REFERENCES asset (tenant_id, env, id) ON DELETE CASCADE
        ) STRICT;
        CREATE INDEX artifact_parent ON artifact (tenant_id, env, parent_asset_id, sequence);
        CREATE INDEX artifact_content ON artifact (tenant_id, env, content_sha256);

        CREATE TABLE timeline (
            sequence INTEGER PRIMARY KEY AUTOINCREMENT,
            tenant_id TEXT NOT NULL,
            env TEXT NOT NULL,
            artifact_id TEXT NOT NULL,
            asset_id TEXT NOT NULL,
            source_artifact_id TEXT,
            cache_key TEXT NOT NULL,
            identity TEXT NOT NULL,
            source_sha256 TEXT NOT NULL,
            is_stub INTEGER NOT NULL,
            include_beats INTEGER NOT NULL,
            include_speech_music INTEGER NOT NULL,
            index_sha256 TEXT NOT NULL,
            UNIQUE (tenant_id, env, artifact_id),
            FOREIGN KEY (tenant_id, env, artifact_id) REFERENCES artifact (tenant_id, env, id) ON DELETE CASCADE
        ) STRICT;
        CREATE INDEX timeline_key ON timeline (tenant_id, env, cache_key, sequence);
        CREATE INDEX timeline_asset ON timeline (tenant_id, env, asset_id, source_artifact_id, sequence);
        CREATE INDEX timeline_index ON timeline (tenant_id, env, index_sha256);

        CREATE TABLE stage (
            tenant_id TEXT NOT NULL,
            env TEXT NOT NULL,
            key TEXT NOT NULL,
            name TEXT NOT NULL,
            source_sha256 TEXT NOT NULL,
            blob_sha256 TEXT NOT NULL,
            size_bytes INTEGER NOT NULL,
            PRIMARY KEY (tenant_id, env, key)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX stage_source ON stage (tenant_id, env, source_sha256);
        CREATE INDEX stage_blob ON stage (tenant_id, env, blob_sha256);

        CREATE TABLE video_node (
            sequence INTEGER PRIMARY KEY AUTOINCREMENT,
            tenant_id TEXT NOT NULL,
            env TEXT NOT NULL,
            kind TEXT NOT NULL,
            id TEXT NOT NULL,
            parent_kind TEXT,
            parent_id TEXT,
            body TEXT NOT NULL,
            UNIQUE (tenant_id, env, kind, id),
            CHECK ((parent_kind IS NULL) = (parent_id IS NULL)),
            FOREIGN KEY (tenant_id, env, parent_kind, parent_id) REFERENCES video_node (tenant_id, env, kind, id)
                ON DELETE CASCADE
        ) STRICT;
        CREATE INDEX video_node_parent ON video_node (tenant_id, env, parent_kind, parent_id, kind, sequence);

        CREATE TABLE job (
            sequence INTEGER PRIMARY KEY AUTOINCREMENT,
            tenant_id TEXT NOT NULL,
            env TEXT NOT NULL,
            id TEXT NOT NULL,
            user_id TEXT,
            kind TEXT NOT NULL,
            state TEXT NOT NULL,
            stage TEXT NOT NULL,
            progress REAL NOT NULL,
            request TEXT NOT NULL,
            result TEXT,
            error TEXT,
            created_at INTEGER NOT NULL,
            started_at INTEGER,
            finished_at INTEGER,
            attempts INTEGER NOT NULL,
            UNIQUE (tenant_id, env, id)
        ) STRICT;
        CREATE INDEX job_state ON job (state, sequence);
        CREATE INDEX job_finished ON job (finished_at) WHERE finished_at IS NOT NULL;
        """
}
