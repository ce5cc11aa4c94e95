#if PostgreSQL
    import CPostgres
    import TimelineModel

    /// A connection to PostgreSQL through libpq. Its calls block; one thread uses it at a time, as the pool sees to.
    final class PostgresConnection: SQLConnection, @unchecked Sendable {
        /// Statements that stay prepared.
        private static let mostPrepared = 200
        /// What a network that swallows packets may cost: connecting, and data that nobody acknowledges.
        private static let patience = [
            ("connect_timeout", "5"), ("tcp_user_timeout", "10000"), ("keepalives_idle", "5"),
            ("keepalives_interval", "3"), ("keepalives_count", "3"), ("application_name", "cueline"),
        ]
        /// Nothing here runs long, and no transaction may hold others up.
        private static let settings = """
            SET statement_timeout = '30s'; SET idle_in_transaction_session_timeout = '15s'; SET lock_timeout = '15s';
            SET client_min_messages = warning; SET bytea_output = hex
            """

        private let connection: OpaquePointer
        private var prepared: [String: String] = [:]
        /// Set by a failure after which nothing more can be asked.
        private(set) var isLost = false

        /// Connects.
        ///
        /// - Parameter url: `postgres://…` or any other connection string of libpq; what it says comes before the defaults.
        /// - Throws: ``PostgresFailure``.
        init(url: String) throws {
            let parameters = Self.patience + [("dbname", url)]
            let keywords = parameters.map(\.0)
            let values = parameters.map(\.1)
            let opened = Self.withStrings(keywords.map { Array($0.utf8) }) { names in
                Self.withStrings(values.map { Array($0.utf8) }) { texts in
                    PQconnectdbParams(names, texts, 1)
                }
            }
            guard let opened else {
                throw PostgresFailure(sqlState: "", isConnectionLost: true, message: "out of memory")
            }
            guard PQstatus(opened) == CONNECTION_OK else {
                defer { PQfinish(opened) }
                throw PostgresFailure(
                    sqlState: "", isConnectionLost: true, message: String(cString: PQerrorMessage(opened)))
            }
            connection = opened
            // Notices would go to standard error, in between the lines of the log.
            PQsetNoticeProcessor(opened, { _, _ in }, nil)
            // A failure from here on runs `deinit`, since everything is set.
            try execute(Self.settings)
        }

        deinit { PQfinish(connection) }

        var dialect: SQLDialect { .postgres }

        /// Whether the next one can begin with it: no transaction is open.
        var isReusable: Bool { !isLost && PQtransactionStatus(connection) == PQTRANS_IDLE }

        /// Runs statements without values, one after the other.
        func execute(_ sql: String) throws {
            let result = PQexec(connection, sql)
            defer { PQclear(result) }
            try check(result)
        }

        @discardableResult
        func run(_ sql: String, _ values: [(any SQLConvertible)?]) throws -> Int {
            let result = try executePrepared(sql, values)
            defer { PQclear(result) }
            return Int(String(cString: PQcmdTuples(result))) ?? 0
        }

        func rows(_ sql: String, _ values: [(any SQLConvertible)?]) throws -> [SQLRow] {
            let result = try executePrepared(sql, values)
            defer { PQclear(result) }
            let columns = PQnfields(result)
            var places: [String: Int] = [:]
            for column in 0..<columns {
                let name = String(cString: PQfname(result, column))
                places[name] = places[name] ?? Int(column)
            }
            let types = (0..<columns).map { PQftype(result, $0) }
            return try (0..<PQntuples(result)).map { row in
                let values = try (0..<columns).map { column -> SQLValue in
                    guard PQgetisnull(result, row, column) == 0, let text = PQgetvalue(result, row, column) else {
                        return .null
                    }
                    let bytes = UnsafeRawBufferPointer(start: text, count: Int(PQgetlength(result, row, column)))
                    return try Self.value(bytes, type: types[Int(column)])
                }
                return SQLRow(places: places, values: values)
            }
        }

        // MARK: - Statements

        private func executePrepared(_ sql: String, _ values: [(any SQLConvertible)?]) throws -> OpaquePointer? {
            let name = try prepare(sql)
            let texts = values.map { Self.text($0?.sqlValue ?? .null) }
            let result = Self.withStrings(texts) { pointers in
                PQexecPrepared(connection, name, Int32(clamping: texts.count), pointers, nil, nil, 0)
            }
            do {
                try check(result)
            } catch {
                PQclear(result)
                throw error
            }
            return result
        }

        private func prepare(_ sql: String) throws -> String {
            if let name = prepared[sql] { return name }
            if prepared.count >= Self.mostPrepared {
                try execute("DEALLOCATE ALL")
                prepared = [:]
            }
            let name = "s\(prepared.count)"
            let result = PQprepare(connection, name, Self.numbered(sql), 0, nil)
            defer { PQclear(result) }
            try check(result)
            prepared[sql] = name
            return name
        }

        /// With `$1`, `$2`, … for each `?`. No text in our statements holds one.
        private static func numbered(_ sql: String) -> String {
            var number = 0
            var text = ""
            for character in sql {
                if character == "?" {
                    number += 1
                    text += "$\(number)"
                } else {
                    text.append(character)
                }
            }
            return text
        }

        private func check(_ result: OpaquePointer?) throws {
            let status = PQresultStatus(result)
            if status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_EMPTY_QUERY { return }
            let state = result.flatMap { PQresultErrorField($0, Int32(UInt8(ascii: "C"))) }.map { String(cString: $0) }
            // A server answers with a state; without one it was not reached, whatever the connection's status still says.
            isLost = isLost || PQstatus(connection) != CONNECTION_OK || state == nil
            throw PostgresFailure(
                sqlState: state ?? "", isConnectionLost: isLost, message: String(cString: PQerrorMessage(connection)))
        }

        // MARK: - Values

        /// As libpq takes them; nil for `NULL`.
        private static func text(_ value: SQLValue) -> [UInt8]? {
            switch value {
            case .null: nil
            case .integer(let number): Array(String(number).utf8)
            case .real(let number): Array("\(number)".utf8)
            case .text(let text): Array(ColumnText.encode(text).utf8)
            }
        }

        private static func value(_ bytes: UnsafeRawBufferPointer, type: Oid) throws -> SQLValue {
            let text = String(decoding: bytes, as: UTF8.self)
            // Numbers of types, from PostgreSQL's catalogue pg_type.
            switch type {
            case 16: return .integer(text == "t" ? 1 : 0)
            case 20, 21, 23:
                guard let number = Int64(text) else { throw SQLRow.unreadable("integer", text) }
                return .integer(number)
            case 700, 701:
                guard let number = Double(text) else { throw SQLRow.unreadable("double", text) }
                return .real(number)
            default: return .text(ColumnText.decode(text))
            }
        }

        /// Gives texts as an array of pointers to bytes that end in 0; behind the last one is a null pointer.
        private static func withStrings<Value>(
            _ texts: [[UInt8]?], _ body: (UnsafePointer<UnsafePointer<CChar>?>?) -> Value
        ) -> Value {
            var places: [Int?] = []
            var bytes: [CChar] = []
            for text in texts {
                places.append(text == nil ? nil : bytes.count)
                guard let text else { continue }
                bytes += text.map { CChar(bitPattern: $0) }
                bytes.append(0)
            }
            return bytes.withUnsafeBufferPointer { buffer in
                let pointers: [UnsafePointer<CChar>?] =
                    places.map { place in place.flatMap { place in buffer.baseAddress.map { $0 + place } } } + [nil]
                return pointers.withUnsafeBufferPointer { body($0.baseAddress) }
            }
        }
    }
#endif
