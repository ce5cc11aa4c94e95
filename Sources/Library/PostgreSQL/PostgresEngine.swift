#if PostgreSQL
    import Files

    /// A PostgreSQL database.
    ///
    /// A server that restarts is waited for, for some seconds. What failed before it was committed is tried again; a
    /// connection that is cut while it commits leaves open what became of the work, and is an error.
    final class PostgresEngine: SQLEngine {
        /// How long a server that is away is waited for.
        private static let patience = Duration.seconds(8)

        let pool: PostgresPool

        init(pool: PostgresPool) {
            self.pool = pool
        }

        func read<Value: Sendable>(
            _ body: @escaping @Sendable (any SQLConnection) throws -> Value
        ) async throws -> Value {
            try await persisting("row") { connection, _ in try body(connection) }
        }

        func write<Value: Sendable>(
            _ noun: String, in scope: Scope?, _ body: @escaping @Sendable (any SQLConnection) throws -> Value
        ) async throws -> Value {
            // Ids and cursors of a scope are seen in the order in which they were given.
            let lock = scope.map { "; SELECT pg_advisory_xact_lock(\(Self.lockClass), \(Self.lockNumber($0)))" } ?? ""
            return try await persisting(noun) { connection, isCommitting in
                do {
                    try connection.execute("BEGIN" + lock)
                    let value = try body(connection)
                    isCommitting = true
                    try connection.execute("COMMIT")
                    return value
                } catch {
                    if !connection.isLost { try? connection.execute("ROLLBACK") }
                    throw error
                }
            }
        }

        /// One statement, which is a transaction of its own.
        ///
        /// - Parameter repeats: whether doing it twice is the same as doing it once.
        func statement<Value: Sendable>(
            repeats: Bool, _ body: @escaping @Sendable (PostgresConnection) throws -> Value
        ) async throws -> Value {
            try await persisting("job") { connection, isCommitting in
                isCommitting = !repeats
                return try body(connection)
            }
        }

        private func persisting<Value: Sendable>(
            _ noun: String,
            _ body: @escaping @Sendable (PostgresConnection, _ isCommitting: inout Bool) throws -> Value
        ) async throws -> Value {
            let start = ContinuousClock.now
            var pause = 20
            while true {
                do {
                    return try await pool.with { connection in
                        var isCommitting = false
                        do {
                            return try body(connection, &isCommitting)
                        } catch let failure as PostgresFailure where failure.isOfConnection && isCommitting {
                            throw LibraryError(
                                .unavailable, "the library went away while something was written",
                                underlying: failure.description)
                        }
                    }
                } catch let failure as PostgresFailure {
                    if failure.isOfConnection { pool.forgetIdle() }
                    guard failure.isOfConnection || failure.isConflictOfTransactions,
                        ContinuousClock.now - start < Self.patience
                    else { throw failure.libraryError(noun) }
                    try await Task.sleep(for: .milliseconds(Int.random(in: (pause / 2)...pause)))
                    pause = min(pause * 2, 1000)
                } catch let error where !(error is LibraryError || error is CancellationError) {
                    throw LibraryError(
                        .inputOutput, "the library holds a row that cannot be read", underlying: "\(error)")
                }
            }
        }

        /// Advisory locks of ours; their numbers have two parts.
        static let lockClass: Int32 = 0x4355_454c

        static func lockNumber(_ scope: Scope) -> Int32 {
            var hash: UInt32 = 0x811c_9dc5
            for byte in scope.tenantID.utf8 + [0] + Array(scope.env.utf8) {
                hash = (hash ^ UInt32(byte)) &* 0x0100_0193
            }
            return Int32(bitPattern: hash)
        }
    }
#endif
