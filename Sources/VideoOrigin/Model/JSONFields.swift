import SemanticTimeline
import TimelineModel

/// The members of a JSON object with the path to them, read with their types: null is absent, unknown ones are ignored.
struct JSONFields {
    /// The latest time that a request may name: some thirty years.
    static let latestMs = 1e12

    private let members: [String: JSONValue]
    private let path: String

    init(_ members: [String: JSONValue], path: String = "") {
        self.members = members
        self.path = path
    }

    func invalid(_ name: String, _ problem: String) -> SemanticTimelineError { .invalid(path + name, problem) }

    private func present(_ name: String) -> JSONValue? {
        guard let value = members[name], value != .null else { return nil }
        return value
    }

    func string(_ name: String) throws -> String? {
        guard let value = present(name) else { return nil }
        guard let text = value.text, text.utf8.count <= 4096, !text.utf8.contains(0) else {
            throw invalid(name, "must be a string of at most 4096 bytes")
        }
        return text
    }

    /// Empty ones are absent.
    func identifier(_ name: String, as kind: IdentifierError.Field) throws -> String? {
        guard let text = try string(name), !text.isEmpty else { return nil }
        do {
            try Identifiers.check(text, as: kind)
        } catch {
            throw invalid(name, error.reason.rawValue)
        }
        return text
    }

    func bool(_ name: String) throws -> Bool? {
        guard let value = present(name) else { return nil }
        guard case .bool(let flag) = value else { throw invalid(name, "must be true or false") }
        return flag
    }

    func number(_ name: String, in range: ClosedRange<Double>) throws -> Double? {
        guard let value = present(name) else { return nil }
        guard let number = value.double else { throw invalid(name, "must be a number") }
        guard range.contains(number) else {
            throw invalid(name, "must be between \(Int(range.lowerBound)) and \(Int(range.upperBound))")
        }
        return number
    }

    func integer(_ name: String, in range: ClosedRange<Int>) throws -> Int? {
        guard let number = try number(name, in: Double(range.lowerBound)...Double(range.upperBound)) else { return nil }
        guard let whole = Int(exactly: number) else { throw invalid(name, "must be a whole number") }
        return whole
    }

    func choice<Choice: RawRepresentable & CaseIterable>(
        _ name: String, _ type: Choice.Type = Choice.self
    ) throws -> Choice? where Choice.RawValue == String {
        guard let text = try string(name) else { return nil }
        guard let choice = Choice(rawValue: text) else {
            throw invalid(name, "must be one of: " + Choice.allCases.map(\.rawValue).joined(separator: ", "))
        }
        return choice
    }

    func object(_ name: String) throws -> [String: JSONValue] {
        guard let value = present(name) else { return [:] }
        guard let object = value.members else { throw invalid(name, "must be an object") }
        return object
    }

    func values(_ name: String, limit: Int) throws -> [JSONValue] {
        guard let value = present(name) else { return [] }
        guard case .array(let items) = value, items.count <= limit else {
            throw invalid(name, "must be a list of at most \(limit)")
        }
        return items
    }

    func objects(_ name: String, limit: Int) throws -> [JSONFields] {
        try values(name, limit: limit).enumerated().map { index, value in
            guard let object = value.members else { throw invalid(name, "must be a list of objects") }
            return JSONFields(object, path: "\(path)\(name)[\(index)].")
        }
    }
}
