/// What of a database is not as it was written.
public struct LibraryDamage: Sendable, Hashable, Codable {
    /// What the database says of its pages and indexes, a line each, at most twenty.
    public var structure: [String] = []
    /// How many rows of which tables hold something else than was put there.
    public var rows: [String: Int] = [:]

    public init() {}

    init(structure: [String]) { self.structure = structure }

    public var isNone: Bool { structure.isEmpty && rows.isEmpty }
}
