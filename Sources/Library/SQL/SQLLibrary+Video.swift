extension SQLLibrary {
    public func insert<Node: VideoNode>(_ node: Node) async throws {
        try await engine.write(Node.kindName, in: node.scope) { try $0.insert(VideoRow(node), in: node.scope) }
    }

    public func node<Node: VideoNode>(_ type: Node.Type, id: String, in scope: Scope) async throws -> Node? {
        try await engine.read { db in
            let (here, place) = db.at(scope)
            return try db.row(
                "SELECT \(db.selected(VideoRow.self)) FROM video_node WHERE \(here) AND kind = ? AND id = ?",
                place + [Node.kindName, id]
            ).map { row in
                let row: VideoRow = try row.item(in: scope, ["kind": Node.kindName, "id": id])
                return try JSONText.decode(row.body)
            }
        }
    }

    public func nodes<Node: VideoNode>(
        _ type: Node.Type, parentID: String?, in scope: Scope, page: PageRequest
    ) async throws -> Page<Node> {
        let page = try await engine.read { db in
            guard let parentID, let parentKind = Node.parentKindName else {
                return try db.page(
                    of: VideoRow.self, in: scope, where: ["kind = ?", "parent_kind IS NULL", "parent_id IS NULL"],
                    [Node.kindName], page: page)
            }
            return try db.page(
                of: VideoRow.self, in: scope, where: ["kind = ?", "parent_kind = ?", "parent_id = ?"],
                [Node.kindName, parentKind, parentID], page: page)
        }
        guard page.items.allSatisfy({ $0.isBelow(parentID) }) else {
            throw LibraryError(.rowDamaged, "a record of the library is damaged", underlying: VideoRow.table)
        }
        return Page(items: try page.items.map { try JSONText.decode($0.body) as Node }, next: page.next)
    }

    public func update<Node: VideoNode>(_ node: Node) async throws -> Bool {
        try await engine.write(Node.kindName, in: node.scope) { db in
            let (here, place) = db.at(node.scope)
            return try db.run(
                "UPDATE video_node SET parent_id = ?, body = ? WHERE \(here) AND kind = ? AND id = ?",
                [node.parentID, try JSONText.encode(node)] + place + [Node.kindName, node.id]) > 0
        }
    }

    public func delete<Node: VideoNode>(_ type: Node.Type, id: String, in scope: Scope) async throws -> Bool {
        try await engine.write(Node.kindName, in: scope) { db in
            let (here, place) = db.at(scope)
            // Takes what hangs on it along.
            return try db.run(
                "DELETE FROM video_node WHERE \(here) AND kind = ? AND id = ?", place + [Node.kindName, id]) > 0
        }
    }
}

/// Any node as its row.
struct VideoRow: TableRow {
    static let table = "video_node"
    static let columns = ["kind", "id", "parent_kind", "parent_id", "body"]

    private let kind: String
    private let id: String
    private let parentKind: String?
    private let parentID: String?
    let body: String

    init<Node: VideoNode>(_ node: Node) throws {
        kind = Node.kindName
        id = node.id
        parentKind = Node.parentKindName
        parentID = node.parentID
        body = try JSONText.encode(node)
    }

    func isBelow(_ parentID: String?) -> Bool { self.parentID == parentID }

    init(row: SQLRow) throws {
        kind = try row.value("kind")
        id = try row.value("id")
        parentKind = try row.value("parent_kind")
        parentID = try row.value("parent_id")
        body = try row.value("body")
    }

    var values: [(any SQLConvertible)?] { [kind, id, parentKind, parentID, body] }
}
