#if PostgreSQL
    /// The tables, and how a database of an earlier version gets them.
    ///
    /// Every key begins with `qshard`, a number that the tenant gives: whoever distributes the tables over several servers
    /// one day does so by it. `job` tells of every job; `queue` holds only those that are not over, in narrow rows, so that claiming stays
    /// cheap. Times of the queue are the server's. Migrations that were released are never changed: later versions add some.
    enum PostgresSchema {
        /// In order; names never change.
        private static let migrations = [("v1", version1)]

        /// Makes the tables or brings them up to date. Blocks while another one does so.
        ///
        /// - Throws: ``LibraryError`` `newer`; ``PostgresFailure``.
        static func migrate(_ connection: PostgresConnection) throws {
            do {
                try connection.execute("BEGIN; SELECT pg_advisory_xact_lock(\(PostgresEngine.lockClass), 0)")
                try connection.execute(
                    """
                    CREATE TABLE IF NOT EXISTS cueline_migration (
                        name text PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())
                    """)
                let applied = Set(
                    try connection.rows("SELECT name FROM cueline_migration", []).map {
                        try $0.value("name") as String
                    })
                guard applied.isSubset(of: migrations.map(\.0)) else {
                    throw LibraryError(.newer, "the library was written by a later version of this program")
                }
                for (name, sql) in migrations where !applied.contains(name) {
                    try connection.execute(sql)
                    try connection.run("INSERT INTO cueline_migration (name) VALUES (?)", [name])
                }
                try connection.execute("COMMIT")
            } catch {
                if !connection.isLost { try? connection.execute("ROLLBACK") }
                throw error
            }
        }

        private static let scope = """
            qshard smallint NOT NULL, tenant_id text COLLATE "C" NOT NULL, env text COLLATE "C" NOT NULL
            """

        private static let version1 = """
            CREATE TABLE asset (
                sequence bigint GENERATED ALWAYS AS IDENTITY, \(scope),
                id text COLLATE "C" NOT NULL,
                user_id text,
                kind text NOT NULL,
                source_uri text NOT NULL,
                duration_ms double precision,
                fps double precision,
                audio_channels bigint,
                sample_rate bigint,
                codec_info text,
                size_bytes bigint,
                tags text NOT NULL,
                source_ref text COLLATE "C",
                created_at bigint NOT NULL,
                meta text NOT NULL,
                content_sha256 text COLLATE "C",
                content_size bigint,
                content_stamp text,
                PRIMARY KEY (qshard, tenant_id, env, id)
            );
            CREATE UNIQUE INDEX asset_order ON asset (qshard, tenant_id, env, sequence);
            CREATE INDEX asset_source_ref ON asset (qshard, tenant_id, env, source_ref, sequence)
                WHERE source_ref IS NOT NULL;
            CREATE INDEX asset_content ON asset (qshard, tenant_id, env, content_sha256);

            CREATE TABLE artifact (
                sequence bigint GENERATED ALWAYS AS IDENTITY, \(scope),
                id text COLLATE "C" NOT NULL,
                parent_asset_id text COLLATE "C" NOT NULL,
                kind text NOT NULL,
                uri text NOT NULL,
                start_ms double precision,
                end_ms double precision,
                track_label text,
                created_at bigint NOT NULL,
                meta text NOT NULL,
                content_sha256 text COLLATE "C",
                content_size bigint,
                content_stamp text,
                PRIMARY KEY (qshard, tenant_id, env, id),
                FOREIGN KEY (qshard, tenant_id, env, parent_asset_id) REFERENCES asset (qshard, tenant_id, env, id)
                    ON DELETE CASCADE
            );
            CREATE INDEX artifact_parent ON artifact (qshard, tenant_id, env, parent_asset_id, sequence);
            CREATE INDEX artifact_content ON artifact (qshard, tenant_id, env, content_sha256);

            CREATE TABLE timeline (
                sequence bigint GENERATED ALWAYS AS IDENTITY, \(scope),
                artifact_id text COLLATE "C" NOT NULL,
                asset_id text COLLATE "C" NOT NULL,
                source_artifact_id text COLLATE "C",
                cache_key text COLLATE "C" NOT NULL,
                identity text NOT NULL,
                source_sha256 text COLLATE "C" NOT NULL,
                is_stub smallint NOT NULL,
                include_beats smallint NOT NULL,
                include_speech_music smallint NOT NULL,
                index_sha256 text COLLATE "C" NOT NULL,
                PRIMARY KEY (qshard, tenant_id, env, artifact_id),
                FOREIGN KEY (qshard, tenant_id, env, artifact_id) REFERENCES artifact (qshard, tenant_id, env, id)
                    ON DELETE CASCADE
            );
            CREATE INDEX timeline_key ON timeline (qshard, tenant_id, env, cache_key, sequence);
            CREATE INDEX timeline_asset ON timeline (qshard, tenant_id, env, asset_id, source_artifact_id, sequence);
            CREATE INDEX timeline_index ON timeline (qshard, tenant_id, env, index_sha256);
            CREATE INDEX timeline_source ON timeline (qshard, tenant_id, env, source_sha256);

            CREATE TABLE stage (
                \(scope),
                key text COLLATE "C" NOT NULL,
                name text NOT NULL,
                source_sha256 text COLLATE "C" NOT NULL,
                blob_sha256 text COLLATE "C" NOT NULL,
                size_bytes bigint NOT NULL,
                PRIMARY KEY (qshard, tenant_id, env, key)
            );
            CREATE INDEX stage_source ON stage (qshard, tenant_id, env, source_sha256);
            CREATE INDEX stage_blob ON stage (qshard, tenant_id, env, blob_sha256);

            CREATE TABLE video_node (
                sequence bigint GENERATED ALWAYS AS IDENTITY, \(scope),
                kind text COLLATE "C" NOT NULL,
                id text COLLATE "C" NOT NULL,
                parent_kind text COLLATE "C",
                parent_id text COLLATE "C",
                body text NOT NULL,
                PRIMARY KEY (qshard, tenant_id, env, kind, id),
                CHECK ((parent_kind IS NULL) = (parent_id IS NULL)),
                FOREIGN KEY (qshard, tenant_id, env, parent_kind, parent_id)
                    REFERENCES video_node (qshard, tenant_id, env, kind, id) ON DELETE CASCADE
            );
            CREATE INDEX video_node_parent
                ON video_node (qshard, tenant_id, env, parent_kind, parent_id, kind, sequence);

            CREATE TABLE job (
                sequence bigint GENERATED ALWAYS AS IDENTITY, \(scope),
                id text COLLATE "C" NOT NULL,
                user_id text,
                kind text NOT NULL,
                state text COLLATE "C" NOT NULL,
                stage text NOT NULL,
                progress double precision NOT NULL,
                request text NOT NULL,
                result text,
                error text,
                created_at bigint NOT NULL,
                started_at bigint,
                finished_at bigint,
                attempts bigint NOT NULL,
                PRIMARY KEY (qshard, tenant_id, env, id)
            ) WITH (fillfactor = 80);
            CREATE INDEX job_order ON job (sequence);
            CREATE INDEX job_id ON job (id);
            CREATE INDEX job_state ON job (state, sequence);
            CREATE INDEX job_finished ON job (finished_at) WHERE finished_at IS NOT NULL;

            CREATE TABLE queue (
                number bigint GENERATED ALWAYS AS IDENTITY, \(scope),
                job_id text COLLATE "C" NOT NULL,
                kind text NOT NULL,
                flight text COLLATE "C" NOT NULL,
                parent_id text COLLATE "C",
                blob_sha256 text COLLATE "C",
                parts integer NOT NULL DEFAULT 0,
                state smallint NOT NULL DEFAULT 0,
                priority smallint NOT NULL DEFAULT 1,
                vtag double precision NOT NULL,
                cost double precision NOT NULL,
                run_at timestamptz NOT NULL DEFAULT now(),
                attempt smallint NOT NULL DEFAULT 0,
                lapses smallint NOT NULL DEFAULT 0,
                lease_token uuid,
                lease_owner text,
                lease_until timestamptz,
                lease_seconds double precision NOT NULL DEFAULT 0,
                is_cancelled boolean NOT NULL DEFAULT false,
                stage text NOT NULL DEFAULT 'queued',
                progress double precision NOT NULL DEFAULT 0,
                work text,
                last_error text,
                enqueued_at timestamptz NOT NULL DEFAULT now(),
                PRIMARY KEY (qshard, number),
                UNIQUE (qshard, tenant_id, env, job_id)
            ) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 1000,
                autovacuum_vacuum_cost_delay = 0);
            CREATE UNIQUE INDEX queue_flight ON queue (qshard, tenant_id, env, flight) WHERE state <> 5;
            CREATE INDEX queue_ready ON queue (qshard, priority, vtag, number) WHERE state = 0;
            CREATE INDEX queue_running ON queue (qshard) WHERE state = 1;
            CREATE INDEX queue_backoff ON queue (qshard, run_at) WHERE state = 2;
            CREATE INDEX queue_backlog ON queue (qshard, tenant_id, priority, vtag, number) WHERE state = 3;
            CREATE INDEX queue_parked ON queue (qshard) WHERE state = 4;
            CREATE INDEX queue_dead ON queue (qshard) WHERE state = 5;
            CREATE INDEX queue_tenant_open ON queue (qshard, tenant_id) WHERE state IN (0, 1, 2);
            CREATE INDEX queue_parent ON queue (qshard, tenant_id, env, parent_id) WHERE parent_id IS NOT NULL;
            CREATE INDEX queue_blob ON queue (qshard, tenant_id, env, blob_sha256) WHERE blob_sha256 IS NOT NULL;

            CREATE TABLE queue_tenant (
                qshard smallint NOT NULL,
                tenant_id text COLLATE "C" NOT NULL,
                weight double precision NOT NULL DEFAULT 1,
                vfinish double precision NOT NULL DEFAULT 0,
                PRIMARY KEY (qshard, tenant_id)
            ) WITH (fillfactor = 70);

            CREATE TABLE queue_clock (
                qshard smallint PRIMARY KEY,
                vnow double precision NOT NULL DEFAULT 0
            ) WITH (fillfactor = 10);
            INSERT INTO queue_clock (qshard) SELECT generate_series(0, \(TenantShard.count - 1));
            """
    }
#endif
