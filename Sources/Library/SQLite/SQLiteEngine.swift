import GRDB

/// An SQLite database, through GRDB.
final class SQLiteEngine: SQLEngine {
    private static let readers = 8
    private static let busySeconds = 5.0

    private static var configuration: GRDB.Configuration {
        var configuration = GRDB.Configuration()
        configuration.busyMode = .timeout(busySeconds)
        configuration.maximumReaderCount = readers
        configuration.label = "cueline.library"
        configuration.prepareDatabase { $0.add(function: RowCheck.function) }
        return configuration
    }

    private let writer: any DatabaseWriter

    /// - Throws: ``LibraryError`` `newer`, `inputOutput`.
    init(path: String?) throws {
        do {
            if let path {
                let pool = try DatabasePool(path: path, configuration: Self.configuration)
                // The pool sets NORMAL, with which a loss of power may take the last transactions.
                try pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = FULL") }
                writer = pool
            } else {
                writer = try DatabaseQueue(configuration: Self.configuration)
            }
            guard try !writer.read({ try SQLiteSchema.migrator.hasBeenSuperseded($0) }) else {
                throw LibraryError(.newer, "the library was written by a later version of this program")
            }
            try SQLiteSchema.migrator.migrate(writer)
        } catch let error as DatabaseError {
            switch error.resultCode {
            case .SQLITE_BUSY, .SQLITE_FULL, .SQLITE_CORRUPT: throw Self.translated(error, noun: "row")
            default: throw LibraryError(.inputOutput, "the library cannot be opened", underlying: "\(error)")
            }
        }
    }

    func read<Value: Sendable>(
        _ body: @escaping @Sendable (any SQLConnection) throws -> Value
    ) async throws -> Value {
        do {
            return try await writer.unsafeRead { try body(SQLiteConnection(database: $0)) }
        } catch {
            throw Self.translated(error, noun: "row")
        }
    }

    func write<Value: Sendable>(
        _ noun: String, in scope: Scope?, _ body: @escaping @Sendable (any SQLConnection) throws -> Value
    ) async throws -> Value {
        do {
            return try await writer.write { try body(SQLiteConnection(database: $0)) }
        } catch {
            throw Self.translated(error, noun: noun)
        }
    }

    /// All that is not as it was written: what SQLite says of its pages and indexes, then tables with damaged rows.
    func damage() async throws -> LibraryDamage {
        let tables: [any TableRow.Type] = [
            MediaAsset.self, DerivedArtifact.self, TimelineRecord.self, StageEntry.self, VideoRow.self, JobRecord.self,
        ]
        do {
            return try await writer.read { db in
                var damage = LibraryDamage()
                damage.structure = try String.fetchAll(db, sql: "PRAGMA integrity_check(20)").filter { $0 != "ok" }
                // A name that is spelt otherwise passes every other check, and makes rows unreadable.
                if !Set(try Self.expectedSchema()).isSubset(of: try Self.schema(db)) {
                    damage.structure.append("a table, an index or a trigger is another one")
                }
                for table in tables {
                    let count = try Int.fetchOne(
                        db, sql: "SELECT count(*) FROM \(table.table) NOT INDEXED WHERE \(table.damage)")
                    if let count, count > 0 { damage.rows[table.table] = count }
                }
                return damage
            }
        } catch let error as DatabaseError {
            return LibraryDamage(structure: ["\(error.message ?? "the database cannot be read")"])
        }
    }

    /// Builds the indexes anew, and forgets damaged rows that can be made anew: outputs of stages, and timelines.
    func repair() async throws {
        do {
            try await writer.writeWithoutTransaction { db in
                // Rows first where an index cannot be built for them.
                try? db.execute(sql: "REINDEX")
                try db.execute(
                    sql: """
                        DELETE FROM artifact WHERE \(DerivedArtifact.damage) AND EXISTS (
                            SELECT 1 FROM timeline WHERE timeline.tenant_id = artifact.tenant_id
                            AND timeline.env = artifact.env AND timeline.artifact_id = artifact.id)
                        """)
                for table in [StageEntry.self, TimelineRecord.self, JobRecord.self] as [any TableRow.Type] {
                    try db.execute(sql: "DELETE FROM \(table.table) WHERE \(table.damage)")
                }
                try db.execute(sql: "REINDEX")
            }
        } catch {
            throw Self.translated(error, noun: "row")
        }
    }

    /// How tables, indexes and triggers were made.
    private static func schema(_ db: Database) throws -> [String] {
        try String.fetchAll(
            db,
            sql: """
                SELECT type || ' ' || name || ' ' || tbl_name || ' ' || coalesce(sql, '') FROM sqlite_schema
                WHERE name NOT LIKE 'grdb%' ORDER BY type, name
                """)
    }

    private static func expectedSchema() throws -> [String] {
        let database = try DatabaseQueue(configuration: configuration)
        try SQLiteSchema.migrator.migrate(database)
        return try database.read { try schema($0) }
    }

    private static func translated(_ error: any Error, noun: String) -> any Error {
        switch error {
        case is LibraryError, is CancellationError:
            return error
        case let error as DatabaseError:
            switch error.extendedResultCode {
            case .SQLITE_CONSTRAINT_UNIQUE, .SQLITE_CONSTRAINT_PRIMARYKEY:
                return LibraryError.conflict(noun, underlying: "\(error)")
            case .SQLITE_CONSTRAINT_FOREIGNKEY:
                return LibraryError.missingParent(of: noun, underlying: "\(error)")
            case .SQLITE_CONSTRAINT_TRIGGER where error.message == SQLiteSchema.damagedRow:
                return LibraryError(.rowDamaged, "a record of the library is damaged", underlying: "\(error)")
            default:
                break
            }
            if error.extendedResultCode == .SQLITE_IOERR_SHMSIZE {
                return LibraryError(.unavailable, "the disk is full", underlying: "\(error)")
            }
            switch error.resultCode {
            case .SQLITE_BUSY:
                return LibraryError(.unavailable, "the library is busy", underlying: "\(error)")
            case .SQLITE_FULL:
                return LibraryError(.unavailable, "the disk is full", underlying: "\(error)")
            case .SQLITE_CORRUPT, .SQLITE_NOTADB:
                return LibraryError(.rowDamaged, "the library's database is damaged", underlying: "\(error)")
            default:
                return LibraryError(.inputOutput, "the library cannot be used", underlying: "\(error)")
            }
        default:
            return LibraryError(.inputOutput, "the library holds a row that cannot be read", underlying: "\(error)")
        }
    }
}

extension LibraryError {
    static func conflict(_ noun: String, underlying: String) -> LibraryError {
        LibraryError(.conflict, "there is already one \(noun) of that id", underlying: underlying)
    }

    static func missingParent(of noun: String, underlying: String) -> LibraryError {
        LibraryError(.missingParent, "what the \(noun) belongs to does not exist", underlying: underlying)
    }
}

private struct SQLiteConnection: SQLConnection {
    let database: Database

    var dialect: SQLDialect { .sqlite }

    func run(_ sql: String, _ values: [(any SQLConvertible)?]) throws -> Int {
        try database.cachedStatement(sql: sql).execute(arguments: Self.arguments(values))
        return database.changesCount
    }

    func rows(_ sql: String, _ values: [(any SQLConvertible)?]) throws -> [SQLRow] {
        let statement = try database.cachedStatement(sql: sql)
        let rows = try Row.fetchCursor(statement, arguments: Self.arguments(values))
        let places = Dictionary(
            statement.columnNames.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
        var found: [SQLRow] = []
        while let row = try rows.next() {
            found.append(SQLRow(places: places, values: row.databaseValues.map(Self.value)))
        }
        return found
    }

    private static func arguments(_ values: [(any SQLConvertible)?]) -> StatementArguments {
        StatementArguments(
            values.map { value -> (any DatabaseValueConvertible)? in
                switch value?.sqlValue ?? .null {
                case .null: nil
                case .integer(let number): number
                case .real(let number): number
                case .text(let text): ColumnText.encode(text)
                }
            })
    }

    private static func value(_ value: DatabaseValue) -> SQLValue {
        switch value.storage {
        case .null, .blob: .null
        case .int64(let number): .integer(number)
        case .double(let number): .real(number)
        case .string(let text): .text(ColumnText.decode(text))
        }
    }
}
