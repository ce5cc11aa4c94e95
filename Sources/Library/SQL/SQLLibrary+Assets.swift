extension SQLLibrary {
    public func insert(_ asset: MediaAsset) async throws {
        try await engine.write("asset", in: asset.scope) { try $0.insert(asset, in: asset.scope) }
    }

    public func asset(_ id: String, in scope: Scope) async throws -> MediaAsset? {
        try await engine.read { try $0.find(MediaAsset.self, id: id, in: scope) }
    }

    public func assets(
        in scope: Scope, matching filter: AssetFilter, page: PageRequest
    ) async throws -> Page<MediaAsset> {
        try await engine.read { db in
            var conditions: [String] = []
            var values: [(any SQLConvertible)?] = []
            if let kind = filter.kind {
                conditions.append("kind = ?")
                values.append(kind.rawValue)
            }
            if let tag = filter.tag {
                let (condition, value) = try db.dialect.contains("tags", tag)
                conditions.append(condition)
                values.append(value)
            }
            if let sourceRef = filter.sourceRef {
                conditions.append("source_ref = ?")
                values.append(sourceRef)
            }
            let found = try db.page(
                of: MediaAsset.self, in: scope, where: conditions, values, page: page)
            let areThoseAsked = found.items.allSatisfy { asset in
                (filter.kind.map { $0 == asset.kind } ?? true)
                    && (filter.sourceRef.map { $0 == asset.sourceRef } ?? true)
            }
            guard areThoseAsked else {
                throw LibraryError(.rowDamaged, "a record of the library is damaged", underlying: "asset")
            }
            return found
        }
    }

    public func recordContent(_ content: ContentFacts, ofAsset id: String, in scope: Scope) async throws {
        try await engine.write("asset", in: scope) { db in
            let (here, place) = db.at(scope)
            let former: String? = try db.row(
                "SELECT content_sha256 FROM asset WHERE \(here) AND id = ?", place + [id]
            )?.value("content_sha256")
            try db.run(
                """
                UPDATE asset SET content_sha256 = ?, content_size = ?, content_stamp = ?, size_bytes = ?
                WHERE \(here) AND id = ?
                """,
                [content.sha256, content.sizeBytes, content.stamp, content.sizeBytes] + place + [id])
            if former != content.sha256 { try db.forgetStages(ofFormerSource: former, in: scope) }
        }
    }

    public func setSource(_ uri: String, ofAsset id: String, in scope: Scope) async throws {
        try await engine.write("asset", in: scope) { db in
            let (here, place) = db.at(scope)
            try db.run(
                """
                UPDATE asset SET source_uri = ?, size_bytes = NULL,
                    content_sha256 = NULL, content_size = NULL, content_stamp = NULL
                WHERE \(here) AND id = ?
                """,
                [uri] + place + [id])
        }
    }

    public func deleteAsset(_ id: String, in scope: Scope) async throws -> Bool {
        try await engine.write("asset", in: scope) { db in
            let digests = try db.contentDigests(ofAsset: id, in: scope)
            // Takes artifacts and timelines along.
            let (here, place) = db.at(scope)
            let count = try db.run("DELETE FROM asset WHERE \(here) AND id = ?", place + [id])
            for digest in digests { try db.deleteStages(ofSource: digest, in: scope) }
            return count > 0
        }
    }
}

extension SQLConnection {
    /// Digests of all bytes that an asset or its artifacts stand for, or stood for when they were analysed.
    fileprivate func contentDigests(ofAsset id: String, in scope: Scope) throws -> [String] {
        let (here, place) = at(scope)
        return try rows(
            """
            SELECT content_sha256 AS digest FROM asset WHERE \(here) AND id = ? AND content_sha256 IS NOT NULL
            UNION
            SELECT content_sha256 FROM artifact WHERE \(here) AND parent_asset_id = ? AND content_sha256 IS NOT NULL
            UNION
            SELECT source_sha256 FROM timeline WHERE \(here) AND asset_id = ?
            """,
            place + [id] + place + [id] + place + [id]
        ).map { try $0.value("digest") }
    }

    /// Removes the outputs of stages that were made from certain bytes, unless something in the scope still has them.
    fileprivate func deleteStages(ofSource sha256: String, in scope: Scope) throws {
        guard try !hasSource(sha256, in: scope) else { return }
        let (here, place) = at(scope)
        try run("DELETE FROM stage WHERE \(here) AND source_sha256 = ?", place + [sha256])
    }

    /// Whether an asset or an artifact of the scope has certain bytes.
    func hasSource(_ sha256: String, in scope: Scope) throws -> Bool {
        let (here, place) = at(scope)
        return try row(
            """
            SELECT EXISTS (SELECT 1 FROM asset WHERE \(here) AND content_sha256 = ?)
            OR EXISTS (SELECT 1 FROM artifact WHERE \(here) AND content_sha256 = ?) AS found
            """,
            place + [sha256] + place + [sha256]
        ).map { try $0.value("found") } ?? false
    }

    /// Removes what was found in bytes that an asset or an artifact no longer stands for, unless a timeline was made of them.
    func forgetStages(ofFormerSource sha256: String?, in scope: Scope) throws {
        guard let sha256 else { return }
        let (here, place) = at(scope)
        let timelines = try row(
            "SELECT 1 AS found FROM timeline WHERE \(here) AND source_sha256 = ? LIMIT 1", place + [sha256])
        if timelines == nil { try deleteStages(ofSource: sha256, in: scope) }
    }

    /// A page of a scope's rows, in the order in which they came or the other way round.
    ///
    /// - Parameters:
    ///   - conditions: in SQL, with a `?` for each of the values.
    func page<Item: TableRow>(
        of type: Item.Type, in scope: Scope, where conditions: [String],
        _ values: [(any SQLConvertible)?], page: PageRequest
    ) throws -> Page<Item> {
        let limit = min(max(page.limit, 1), 1 << 20)
        let (here, place) = at(scope)
        let all = [here, page.isNewestFirst ? "sequence < ?" : "sequence > ?"] + conditions
        let rows = try rows(
            """
            SELECT sequence, \(selected(Item.self)) FROM \(Item.table)
            WHERE \(all.joined(separator: " AND ")) ORDER BY sequence \(page.isNewestFirst ? "DESC" : "ASC") LIMIT ?
            """,
            place + [page.cursor ?? (page.isNewestFirst ? .max : 0)] + values + [limit + 1])
        let items: [Item] = try rows.prefix(limit).map { try $0.item(in: scope) }
        return Page(items: items, next: rows.count > limit ? try rows[limit - 1].value("sequence") : nil)
    }
}
