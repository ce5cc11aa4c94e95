/// What a column holds.
enum SQLValue: Sendable, Hashable {
    case null
    case integer(Int64)
    case real(Double)
    case text(String)
}

/// A type whose values are kept in columns.
protocol SQLConvertible: Sendable {
    var sqlValue: SQLValue { get }
    /// nil when a column holds something else.
    init?(sqlValue: SQLValue)
}

extension String: SQLConvertible {
    var sqlValue: SQLValue { .text(self) }

    init?(sqlValue: SQLValue) {
        guard case .text(let text) = sqlValue else { return nil }
        self = text
    }
}

extension Int64: SQLConvertible {
    var sqlValue: SQLValue { .integer(self) }

    init?(sqlValue: SQLValue) {
        guard case .integer(let number) = sqlValue else { return nil }
        self = number
    }
}

extension Int: SQLConvertible {
    var sqlValue: SQLValue { .integer(Int64(self)) }

    init?(sqlValue: SQLValue) {
        guard case .integer(let number) = sqlValue else { return nil }
        self.init(exactly: number)
    }
}

extension Double: SQLConvertible {
    var sqlValue: SQLValue { .real(self) }

    init?(sqlValue: SQLValue) {
        switch sqlValue {
        case .real(let number): self = number
        case .integer(let number): self.init(number)
        case .null, .text: return nil
        }
    }
}

/// As 0 and 1.
extension Bool: SQLConvertible {
    var sqlValue: SQLValue { .integer(self ? 1 : 0) }

    init?(sqlValue: SQLValue) {
        guard case .integer(let number) = sqlValue else { return nil }
        self = number != 0
    }
}

extension Optional: SQLConvertible where Wrapped: SQLConvertible {
    var sqlValue: SQLValue { self?.sqlValue ?? .null }

    init?(sqlValue: SQLValue) {
        if case .null = sqlValue {
            self = .none
        } else {
            guard let value = Wrapped(sqlValue: sqlValue) else { return nil }
            self = value
        }
    }
}

/// A row of an answer, by the names of its columns.
struct SQLRow: Sendable {
    /// Places in `values`; shared by all rows of an answer.
    let places: [String: Int]
    let values: [SQLValue]

    /// The value of a column.
    ///
    /// - Throws: when it is of another type or, where `Value` is not optional, `NULL`.
    func value<Value: SQLConvertible>(_ column: String) throws -> Value {
        guard let place = places[column], let value = Value(sqlValue: values[place]) else {
            throw Self.unreadable(column, places[column].map { "\(values[$0])" } ?? "no such column")
        }
        return value
    }

    static func unreadable(_ column: String, _ what: String) -> LibraryError {
        LibraryError(.inputOutput, "the library holds a row that cannot be read", underlying: "\(column): \(what)")
    }
}
