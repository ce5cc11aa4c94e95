import Foundation
import GRDB
import Library
import Testing

@Suite("Databases of the library") struct SQLiteLibraryTests {
    private let folder: ScratchFolder
    private let path: String

    init() throws {
        folder = try ScratchFolder()
        path = folder.path + "/library.sqlite"
    }

    @Test("what was inserted is there after opening again") func reopening() async throws {
        try await SQLLibrary(sqlite: path).insert(Sample.asset("a"))
        #expect(try await SQLLibrary(sqlite: path).asset("a", in: Sample.scope) == Sample.asset("a"))
    }

    @Test("two that are open at once see each other's rows", .timeLimit(.minutes(5))) func sharing() async throws {
        let one = try SQLLibrary(sqlite: path)
        let two = try SQLLibrary(sqlite: path)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in 0..<40 {
                group.addTask { try await (index.isMultiple(of: 2) ? one : two).insert(Sample.asset("\(index)")) }
            }
            try await group.waitForAll()
        }
        for library in [one, two] {
            let page = try await library.assets(in: Sample.scope, matching: AssetFilter(), page: PageRequest())
            #expect(Set(page.items.map(\.id)) == Set((0..<40).map { "\($0)" }))
        }
    }

    @Test("a read sees what was written before it, also by another") func freshness() async throws {
        let one = try SQLLibrary(sqlite: path)
        let two = try SQLLibrary(sqlite: path)
        var asset = Sample.asset("a")
        try await one.insert(asset)
        for round in 0..<20 {
            asset.sourceURI = "file:///\(round).wav"
            try await (round.isMultiple(of: 2) ? one : two).setSource(asset.sourceURI, ofAsset: "a", in: Sample.scope)
            for library in [one, two] {
                #expect(try await library.asset("a", in: Sample.scope) == asset)
                #expect(try await library.asset("none", in: Sample.scope) == nil)
            }
        }
    }

    @Test("a database of a later version is refused and left as it is") func newer() async throws {
        try await SQLLibrary(sqlite: path).insert(Sample.asset("a"))
        let raw = try DatabaseQueue(path: path)
        try await raw.write { try $0.execute(sql: "INSERT INTO grdb_migrations VALUES ('v999')") }
        await expectFailure(.newer) { try SQLLibrary(sqlite: path) }
        try await raw.write { try $0.execute(sql: "DELETE FROM grdb_migrations WHERE identifier = 'v999'") }
        #expect(try await SQLLibrary(sqlite: path).asset("a", in: Sample.scope) == Sample.asset("a"))
    }

    @Test("a database is written through a log, and its rows keep their types") func settings() async throws {
        let library = try SQLLibrary(sqlite: path)
        try await library.insert(Sample.asset("a"))
        let raw = try DatabaseQueue(path: path)
        let mode = try await raw.read { try String.fetchOne($0, sql: "PRAGMA journal_mode") }
        #expect(mode == "wal")
        await #expect(throws: DatabaseError.self) {
            try await raw.write { try $0.execute(sql: "UPDATE asset SET created_at = 'yesterday'") }
        }
    }

    @Test("a row that cannot be read is an error and no crash") func strangeRows() async throws {
        let library = try SQLLibrary(sqlite: path)
        try await library.insert(Sample.asset("a"))
        // With right sums: what was written so, and not damaged.
        var configuration = Configuration()
        configuration.prepareDatabase { $0.add(function: RowCheck.function) }
        let raw = try DatabaseQueue(path: path, configuration: configuration)
        let strange = [
            "kind = 'smell'", "meta = '[1'", "meta = '7'", "tags = '{}'", "content_sha256 = 'x', content_size = NULL",
        ]
        for change in strange {
            try await raw.write { try $0.execute(sql: "UPDATE asset SET \(change)") }
            await expectFailure(.inputOutput) { try await library.asset("a", in: Sample.scope) }
            try await raw.write { db in
                try db.execute(
                    sql: "UPDATE asset SET kind = 'audio', meta = '{}', tags = '[]', content_sha256 = NULL")
            }
            #expect(try await library.asset("a", in: Sample.scope) == Sample.asset("a"))
        }
        try await raw.write { try $0.execute(sql: "UPDATE asset SET audio_channels = 9223372036854775807") }
        #expect(try await library.asset("a", in: Sample.scope)?.audioChannels == .max)
    }

    @Test("what is no database cannot be opened") func noDatabase() async throws {
        let text = String(repeating: "This is no database. ", count: 100)
        #expect(FileManager.default.createFile(atPath: path, contents: Data(text.utf8)))
        await expectFailure(.inputOutput) { try SQLLibrary(sqlite: path) }
        await expectFailure(.inputOutput) { try SQLLibrary(sqlite: folder.path) }
        await expectFailure(.inputOutput) { try SQLLibrary(sqlite: folder.path + "/none/library.sqlite") }
        #expect(FileManager.default.contents(atPath: path) == Data(text.utf8))
    }

    @Test("lookups of every request use an index") func queryPlans() async throws {
        _ = try SQLLibrary(sqlite: path)
        let raw = try DatabaseQueue(path: path)
        let lookups = [
            "SELECT * FROM asset WHERE tenant_id = '' AND env = '' AND id = ''",
            "SELECT * FROM asset WHERE tenant_id = '' AND env = '' AND sequence > 5 ORDER BY sequence LIMIT 9",
            "SELECT * FROM artifact WHERE tenant_id = '' AND env = '' AND parent_asset_id = '' ORDER BY sequence",
            "SELECT * FROM timeline WHERE tenant_id = '' AND env = '' AND cache_key = '' ORDER BY sequence",
            """
            SELECT * FROM timeline WHERE tenant_id = '' AND env = '' AND asset_id = '' AND source_artifact_id IS NULL
            ORDER BY sequence DESC
            """,
            "SELECT * FROM stage WHERE tenant_id = '' AND env = '' AND key IN (SELECT value FROM json_each('[]'))",
            "SELECT * FROM video_node WHERE tenant_id = '' AND env = '' AND kind = '' AND id = ''",
            """
            SELECT * FROM video_node WHERE tenant_id = '' AND env = '' AND kind = '' AND parent_kind IS ''
            AND parent_id IS '' AND sequence > 5 ORDER BY sequence LIMIT 9
            """,
        ]
        for lookup in lookups {
            let plan = try await raw.read { db in
                try Row.fetchAll(db, sql: "EXPLAIN QUERY PLAN " + lookup).map { $0["detail"] as String? ?? "" }
            }
            #expect(plan.contains { $0.hasPrefix("SEARCH") && $0.contains("tenant_id=?") }, "\(lookup): \(plan)")
            #expect(!plan.contains { $0.contains("TEMP B-TREE") }, "\(lookup): \(plan)")
        }
    }
}
