import GRDB
import TimelineModel

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// A value that is a row of a table, beside the two columns of its scope.
protocol TableRow: Sendable {
    static var table: String { get }
    /// Names of the columns; not `tenant_id`, `env` and `sequence`.
    static var columns: [String] { get }
    /// - Throws: what tells which column holds something else than it should.
    init(row: Row) throws
    /// In the order of the columns.
    var values: [(any DatabaseValueConvertible)?] { get throws }
}

extension TableRow {
    /// All columns, named with their table, as `SELECT` wants them.
    static var selected: String {
        (["tenant_id", "env"] + columns).map { "\(table).\($0)" }.joined(separator: ", ")
    }
}

extension Database {
    /// Runs a statement that changes rows.
    ///
    /// - Returns: how many rows it changed itself.
    @discardableResult
    func run(_ sql: String, _ values: [(any DatabaseValueConvertible)?]) throws -> Int {
        try cachedStatement(sql: sql).execute(arguments: StatementArguments(values))
        return changesCount
    }

    func rows(_ sql: String, _ values: [(any DatabaseValueConvertible)?]) throws -> [Row] {
        try Row.fetchAll(cachedStatement(sql: sql), arguments: StatementArguments(values))
    }

    func row(_ sql: String, _ values: [(any DatabaseValueConvertible)?]) throws -> Row? {
        try Row.fetchOne(cachedStatement(sql: sql), arguments: StatementArguments(values))
    }

    func insert<Item: TableRow>(_ item: Item, in scope: Scope, orReplace: Bool = false) throws {
        try insert(item, in: scope, verb: orReplace ? "INSERT OR REPLACE" : "INSERT")
    }

    /// Inserts a row unless one of its id is there.
    ///
    /// - Returns: false when there is.
    func insertMissing<Item: TableRow>(_ item: Item, in scope: Scope) throws -> Bool {
        try insert(item, in: scope, verb: "INSERT", clause: " ON CONFLICT (tenant_id, env, id) DO NOTHING") > 0
    }

    @discardableResult
    private func insert<Item: TableRow>(
        _ item: Item, in scope: Scope, verb: String, clause: String = ""
    ) throws -> Int {
        let columns = ["tenant_id", "env"] + Item.columns
        let places = columns.map { _ in "?" }.joined(separator: ", ")
        return try run(
            "\(verb) INTO \(Item.table) (\(columns.joined(separator: ", "))) VALUES (\(places))" + clause,
            [scope.tenantID, scope.env] + item.values)
    }

    /// The row of a scope that has an id.
    func find<Item: TableRow>(_ type: Item.Type, id: String, in scope: Scope) throws -> Item? {
        try row(
            "SELECT \(Item.selected) FROM \(Item.table) WHERE tenant_id = ? AND env = ? AND id = ?",
            [scope.tenantID, scope.env, id]
        ).map { try Item(row: $0) }
    }
}

extension Row {
    /// The value of a column.
    ///
    /// - Throws: when it is another type or, where `Value` is not optional, `NULL`.
    func value<Value: DatabaseValueConvertible & StatementColumnConvertible>(_ column: String) throws -> Value {
        try decode(Value.self, forColumn: column)
    }

    /// The case that a column spells.
    func value<Value: RawRepresentable<String>>(_ column: String) throws -> Value {
        let text: String = try value(column)
        guard let value = Value(rawValue: text) else {
            throw LibraryError(
                .inputOutput, "the library holds a row that cannot be read", underlying: "\(column): \(text)")
        }
        return value
    }

    func time(_ column: String) throws -> Timestamp {
        Timestamp(millisecondsSince1970: try value(column))
    }

    func timeIfPresent(_ column: String) throws -> Timestamp? {
        let time: Int64? = try value(column)
        return time.map(Timestamp.init(millisecondsSince1970:))
    }

    func json<Value: Decodable>(_ column: String) throws -> Value {
        try JSONText.decode(value(column))
    }

    func jsonIfPresent<Value: Decodable>(_ column: String) throws -> Value? {
        let text: String? = try value(column)
        return try text.map { try JSONText.decode($0) }
    }

    var scope: Scope {
        get throws { Scope(tenantID: try value("tenant_id"), env: try value("env")) }
    }

    /// What is known of the bytes, from three columns that are all there or all `NULL`.
    var content: ContentFacts? {
        get throws {
            let sha256: String? = try value("content_sha256")
            return try sha256.map {
                ContentFacts(sha256: $0, sizeBytes: try value("content_size"), stamp: try value("content_stamp"))
            }
        }
    }
}

/// JSON in a column.
enum JSONText {
    static func encode(_ value: some Encodable) throws -> String {
        String(decoding: try TimelineJSON.encode(value), as: UTF8.self)
    }

    static func decode<Value: Decodable>(_ text: String) throws -> Value {
        try TimelineJSON.decode(from: Data(text.utf8))
    }
}
