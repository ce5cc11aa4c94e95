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
    init(row: SQLRow) throws
    /// Whether rows are numbered in the order in which they were inserted.
    static var hasSequence: Bool { get }
    /// In the order of the columns.
    var values: [(any SQLConvertible)?] { get throws }
}

extension TableRow {
    static var hasSequence: Bool { true }

    /// All columns, named with their table, as `SELECT` wants them.
    static var selected: String {
        (["tenant_id", "env"] + columns).map { "\(table).\($0)" }.joined(separator: ", ")
    }

    /// The condition, in SQLite, that a row is not what was written (``RowCheck``).
    static var damage: String {
        let columns = ((hasSequence ? ["sequence"] : []) + ["tenant_id", "env"] + columns).map { "\(table).\($0)" }
        return "\(table).row_check IS NOT \(RowCheck.functionName)(\(columns.joined(separator: ", ")))"
    }

    static var damageColumn: String { "damaged_" + table }
}

extension SQLConnection {
    /// All columns of a kind of row, and whether the row is damaged, where the database itself does not look after that.
    func selected<Item: TableRow>(_ type: Item.Type) -> String {
        switch dialect {
        case .sqlite: "\(Item.selected), \(Item.damage) AS \(Item.damageColumn)"
        case .postgres: Item.selected
        }
    }

    func insert<Item: TableRow>(_ item: Item, in scope: Scope) throws {
        try insert(item, in: scope, clause: "")
    }

    /// Inserts a row; one of the same key is replaced.
    func insertOrReplace(_ entry: StageEntry, in scope: Scope) throws {
        let changes = StageEntry.columns.map { "\($0) = excluded.\($0)" }.joined(separator: ", ")
        let key = (dialect.scopeColumns + ["key"]).joined(separator: ", ")
        try insert(entry, in: scope, clause: " ON CONFLICT (\(key)) DO UPDATE SET \(changes)")
    }

    /// Inserts a row unless one of its id is there.
    ///
    /// - Returns: false when there is.
    func insertMissing<Item: TableRow>(_ item: Item, in scope: Scope) throws -> Bool {
        let key = (dialect.scopeColumns + ["id"]).joined(separator: ", ")
        return try insert(item, in: scope, clause: " ON CONFLICT (\(key)) DO NOTHING") > 0
    }

    @discardableResult
    private func insert<Item: TableRow>(_ item: Item, in scope: Scope, clause: String) throws -> Int {
        let columns = dialect.scopeColumns + Item.columns
        let places = columns.map { _ in "?" }.joined(separator: ", ")
        return try run(
            "INSERT INTO \(Item.table) (\(columns.joined(separator: ", "))) VALUES (\(places))" + clause,
            dialect.scopeValues(scope) + item.values)
    }

    /// The row of a scope that has an id.
    func find<Item: TableRow>(_ type: Item.Type, id: String, in scope: Scope) throws -> Item? {
        let (here, place) = at(scope)
        return try row(
            "SELECT \(selected(Item.self)) FROM \(Item.table) WHERE \(here) AND id = ?", place + [id]
        )?.item(in: scope, ["id": id])
    }
}

extension SQLRow {
    /// What the row holds.
    ///
    /// - Parameters:
    ///   - scope: what was asked for; nil for any.
    ///   - asked: texts of columns that were asked for. A damaged index leads to whole rows, but to others.
    /// - Throws: ``LibraryError`` `rowDamaged` when it is not what was written, or not what was asked for.
    func item<Item: TableRow>(in scope: Scope? = nil, _ asked: [String: String] = [:]) throws -> Item {
        guard !isDamaged(Item.self, in: scope, asked) else {
            throw LibraryError(.rowDamaged, "a record of the library is damaged", underlying: Item.table)
        }
        return try Item(row: self)
    }

    func isDamaged<Item: TableRow>(
        _ type: Item.Type, in scope: Scope? = nil, _ asked: [String: String] = [:]
    ) -> Bool {
        var expected = asked
        if let scope { expected.merge(["tenant_id": scope.tenantID, "env": scope.env]) { $1 } }
        let isAnother = expected.contains { column, text in places[column].map { values[$0] != .text(text) } ?? true }
        return isAnother || places[Item.damageColumn].map { values[$0] != .integer(0) } ?? false
    }

    /// The case that a column spells.
    func value<Value: RawRepresentable<String>>(_ column: String) throws -> Value {
        let text: String = try value(column)
        guard let value = Value(rawValue: text) else {
            throw Self.unreadable(column, text)
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
