#if PostgreSQL
    /// A library that many machines share: its rows and its queue in PostgreSQL 13 or later.
    public struct PostgresLibrary: Sendable {
        public let database: SQLLibrary
        public let queue: PostgresQueue

        /// Connects, and makes or brings up to date the tables.
        ///
        /// - Parameters:
        ///   - url: `postgres://user:password@host:port/database`, or any other connection string of libpq.
        ///   - connections: at once, of this process.
        /// - Throws: ``LibraryError`` `newer`, `inputOutput`; `CancellationError`.
        public static func open(_ url: String, connections: Int = 8) async throws -> PostgresLibrary {
            let engine = PostgresEngine(pool: PostgresPool(url: url, size: connections))
            try await engine.statement(repeats: true) { try PostgresSchema.migrate($0) }
            return PostgresLibrary(
                database: SQLLibrary(engine: engine), queue: PostgresQueue(engine: engine))
        }
    }
#endif
