/// A connection to a database, used by one thread at a time; its calls block.
protocol SQLConnection {
    var dialect: SQLDialect { get }
    /// Runs a statement that changes rows.
    ///
    /// - Parameter values: for the `?` of the statement, in their order.
    /// - Returns: how many rows it changed itself.
    @discardableResult
    func run(_ sql: String, _ values: [(any SQLConvertible)?]) throws -> Int
    func rows(_ sql: String, _ values: [(any SQLConvertible)?]) throws -> [SQLRow]
}

/// A database: gives out connections, away from the cooperative threads.
protocol SQLEngine: Sendable {
    /// Reads with one statement, which sees one state of the database without a transaction around it.
    ///
    /// - Throws: ``LibraryError``, `CancellationError`.
    func read<Value: Sendable>(
        _ body: @escaping @Sendable (any SQLConnection) throws -> Value
    ) async throws -> Value
    /// What of the rows is not as it was written, where the database leaves that to its users.
    func damage() async throws -> LibraryDamage
    /// Mends what can be mended without losing anything that was said by a caller.
    func repair() async throws
    /// Does all of `body` or nothing. Writes of one scope come one after the other.
    ///
    /// - Parameters:
    ///   - noun: what a conflict is about, in its message.
    ///   - scope: whose rows are written; nil for those of all.
    ///   - body: may be called again after a failure that left nothing behind.
    /// - Throws: ``LibraryError`` `conflict`, `missingParent`, `inputOutput`; `CancellationError`, and then nothing was changed.
    func write<Value: Sendable>(
        _ noun: String, in scope: Scope?, _ body: @escaping @Sendable (any SQLConnection) throws -> Value
    ) async throws -> Value
}

extension SQLEngine {
    // PostgreSQL has sums over its pages (`initdb --data-checksums`).
    func damage() async throws -> LibraryDamage { LibraryDamage() }
    func repair() async throws {}
}

/// What the databases spell differently.
enum SQLDialect: Sendable {
    case sqlite
    case postgres

    /// The columns that begin every key.
    var scopeColumns: [String] {
        switch self {
        case .sqlite: ["tenant_id", "env"]
        case .postgres: ["qshard", "tenant_id", "env"]
        }
    }

    func scopeValues(_ scope: Scope) -> [(any SQLConvertible)?] {
        switch self {
        case .sqlite: [scope.tenantID, scope.env]
        case .postgres: [TenantShard.number(of: scope.tenantID), scope.tenantID, scope.env]
        }
    }

    /// The texts of a list that is given as JSON, as a table with the column `value`.
    var elements: String {
        switch self {
        case .sqlite: "json_each(?)"
        case .postgres: "jsonb_array_elements_text(?::jsonb) AS list(value)"
        }
    }

    /// The condition that the JSON list in a column holds a text, and the value for it.
    func contains(_ column: String, _ text: String) throws -> (condition: String, value: any SQLConvertible) {
        switch self {
        case .sqlite:
            ("EXISTS (SELECT 1 FROM json_each(\(column)) AS element WHERE element.value = ?)", text)
        case .postgres:
            // `json` keeps what was written, and so does not stumble over characters that texts may not hold here.
            (
                "EXISTS (SELECT 1 FROM json_array_elements(\(column)::json) AS element WHERE element::text = ?)",
                try JSONText.encode(text)
            )
        }
    }
}

extension SQLConnection {
    /// The condition that a row is of a scope, and the values for it.
    ///
    /// - Parameter table: where several tables have the columns.
    func at(_ scope: Scope, _ table: String? = nil) -> (condition: String, values: [(any SQLConvertible)?]) {
        let columns = dialect.scopeColumns.map { (table.map { $0 + "." } ?? "") + $0 + " = ?" }
        return (columns.joined(separator: " AND "), dialect.scopeValues(scope))
    }

    func row(_ sql: String, _ values: [(any SQLConvertible)?]) throws -> SQLRow? { try rows(sql, values).first }
}

/// Which part of a database that grew beyond one machine a tenant lives in.
enum TenantShard {
    static let count = 64

    /// 0…63; a pure function of the tenant (FNV-1a, 64 bits, its upper bits folded in).
    static func number(of tenantID: String) -> Int {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in tenantID.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
        return Int((hash ^ hash >> 32) % UInt64(count))
    }
}
