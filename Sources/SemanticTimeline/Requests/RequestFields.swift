package import TimelineModel

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The fields of a request, from a JSON body, a form or a query, read with their types.
///
/// Unknown fields are ignored, null is absent; a wrong type, a value out of range or an unknown name of a choice is a
/// 400 that names the field.
package struct RequestFields: Sendable {
    private let values: [String: JSONValue]
    /// All values of each name, where fields are text.
    private let lists: [String: [String]]
    /// Whether numbers and flags come as text.
    private let isText: Bool
    /// What precedes a field's name in errors: of the object that these are the fields of, `sequence.tracks[0].`.
    private let path: String

    /// The members of a JSON object.
    package init(json values: [String: JSONValue], path: String = "") {
        self.values = values
        self.path = path
        lists = [:]
        isText = false
    }

    /// Fields of a form or a query: all text; empty ones are absent.
    ///
    /// - Parameter values: of each name, in order. One that comes more than once is a list, where one is asked for; else
    ///   the first counts.
    package init(text values: [String: [String]]) {
        lists = values
        path = ""
        self.values = values.compactMapValues { $0.first }.compactMapValues { $0.isEmpty ? nil : .string($0) }
        isText = true
    }

    package static let maximumTextBytes = 4096
    /// The latest time that a request may name, in milliseconds: some thirty years.
    package static let latestMs = 1e12
    /// The largest whole number that every JSON reader keeps exactly (RFC 8259, section 6).
    package static let largestInteger = (1 << 53) - 1

    private func present(_ name: String) -> JSONValue? {
        guard let value = values[name], value != .null else { return nil }
        return value
    }

    package func has(_ name: String) -> Bool { present(name) != nil }

    /// A text without NUL, of at most 4096 bytes.
    package func string(_ name: String) throws -> String? {
        guard let value = present(name) else { return nil }
        guard case .string(let text) = value else { throw invalid(name, "must be a string") }
        return try checked(text, name)
    }

    package func requiredString(_ name: String) throws -> String {
        guard let text = try string(name), !text.isEmpty else { throw invalid(name, "is required") }
        return text
    }

    /// An identifier, checked by the rules of its kind; empty ones are absent.
    package func identifier(_ name: String, as kind: IdentifierError.Field) throws -> String? {
        guard let text = try string(name), !text.isEmpty else { return nil }
        do {
            try Identifiers.check(text, as: kind)
        } catch {
            throw invalid(name, error.reason.rawValue)
        }
        return text
    }

    package func requiredIdentifier(_ name: String, as kind: IdentifierError.Field) throws -> String {
        guard let text = try identifier(name, as: kind) else { throw invalid(name, "is required") }
        return text
    }

    package func bool(_ name: String, default initial: Bool) throws -> Bool {
        guard let value = present(name) else { return initial }
        if case .bool(let flag) = value { return flag }
        if isText, let text = value.text?.lowercased() {
            if text == "true" || text == "1" { return true }
            if text == "false" || text == "0" { return false }
        }
        throw invalid(name, "must be true or false")
    }

    /// A finite number in a range.
    package func number(_ name: String, in range: ClosedRange<Double>) throws -> Double? {
        guard let value = present(name) else { return nil }
        guard let number = number(value) else { throw invalid(name, "must be a number") }
        guard range.contains(number) else {
            throw invalid(name, "must be between \(Self.shown(range.lowerBound)) and \(Self.shown(range.upperBound))")
        }
        return number
    }

    /// A whole number in a range.
    package func integer(_ name: String, in range: ClosedRange<Int>) throws -> Int? {
        guard let value = present(name) else { return nil }
        guard let number = number(value), let whole = Int(exactly: number) else {
            throw invalid(name, "must be a whole number")
        }
        guard range.contains(whole) else {
            throw invalid(name, "must be between \(range.lowerBound) and \(range.upperBound)")
        }
        return whole
    }

    /// A number of which the nearest whole one counts, clamped to what an `Int` holds: for values that clamp later.
    package func clampedInteger(_ name: String, default initial: Int) throws -> Int {
        guard let value = present(name) else { return initial }
        guard let number = number(value) else { throw invalid(name, "must be a number") }
        return Int(exactly: min(max(number, -1e15), 1e15).rounded()) ?? initial
    }

    package func choice<Choice: RawRepresentable & CaseIterable>(
        _ name: String, _ type: Choice.Type = Choice.self
    ) throws -> Choice? where Choice.RawValue == String {
        guard let text = try string(name) else { return nil }
        guard let choice = Choice(rawValue: text) else {
            let known = Choice.allCases.map(\.rawValue)
            throw invalid(name, known.count > 12 ? "is not known" : "must be one of: " + known.joined(separator: ", "))
        }
        return choice
    }

    /// A list of texts; in a form, several fields of that name, a JSON array, or names with commas between.
    package func strings(_ name: String) throws -> [String]? {
        guard var value = present(name) else { return nil }
        if let several = lists[name], several.count > 1 {
            value = .array(several.map { .string($0) })
        } else if isText, let text = value.text {
            value =
                text.hasPrefix("[")
                ? try parsed(text, name)
                : .array(text.split(separator: ",").map { .string($0.trimmingSpaces) })
        }
        guard case .array(let items) = value, items.count <= 256 else {
            throw invalid(name, "must be a list of at most 256 strings")
        }
        return try items.map { item in
            guard case .string(let text) = item else { throw invalid(name, "must be a list of strings") }
            return try checked(text, name)
        }
    }

    /// An object; in a form, its JSON.
    package func object(_ name: String) throws -> [String: JSONValue]? {
        guard var value = present(name) else { return nil }
        if isText, let text = value.text { value = try parsed(text, name) }
        guard case .object(let members) = value else { throw invalid(name, "must be an object") }
        return members
    }

    /// A list of anything; empty when absent.
    package func values(_ name: String, limit: Int) throws -> [JSONValue] {
        guard let value = present(name) else { return [] }
        guard case .array(let items) = value, items.count <= limit else {
            throw invalid(name, "must be a list of at most \(limit)")
        }
        return items
    }

    /// A list of objects, whose fields' errors name them with their place; empty when absent.
    package func objects(_ name: String, limit: Int) throws -> [RequestFields] {
        try values(name, limit: limit).enumerated().map { index, value in
            guard let object = value.members else { throw invalid(name, "must be a list of objects") }
            return RequestFields(json: object, path: "\(path)\(name)[\(index)].")
        }
    }

    /// A frame rate's text.
    package func frameRate(_ name: String) throws -> FrameRate? {
        guard let text = try string(name) else { return nil }
        guard let rate = FrameRate(text) else { throw invalid(name, "must be a rate such as 25 or 30000/1001") }
        return rate
    }

    private func number(_ value: JSONValue) -> Double? {
        if let number = value.double { return number }
        // Decimal only: what else Swift reads as a number (0x1p3) no other program sends as one.
        guard isText, let text = value.text, text.utf8.allSatisfy({ "0123456789+-.eE".utf8.contains($0) }),
            let number = Double(text), number.isFinite
        else { return nil }
        return number
    }

    private func parsed(_ text: String, _ name: String) throws -> JSONValue {
        guard let value = try? TimelineJSON.decode(JSONValue.self, from: Data(text.utf8)) else {
            throw invalid(name, "must be JSON")
        }
        return value
    }

    private func checked(_ text: String, _ name: String) throws -> String {
        guard text.utf8.count <= Self.maximumTextBytes else {
            throw invalid(name, "must be at most \(Self.maximumTextBytes) bytes")
        }
        guard !text.utf8.contains(0) else { throw invalid(name, "must not hold a NUL") }
        return text
    }

    /// The error for a field that cannot be used.
    package func invalid(_ name: String, _ problem: String) -> SemanticTimelineError {
        .invalid(path + name, problem)
    }

    private static func shown(_ number: Double) -> String {
        Int(exactly: number).map { "\($0)" } ?? "\(number)"
    }
}

extension Substring {
    package var trimmingSpaces: String {
        String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }
}
