import Foundation
import GRDB
import Library
import Testing
import TimelineModel

/// Databases of which a disk changed a bit.
@Suite("Bits that flip in a database", .timeLimit(.minutes(10))) struct BitFlipTests {
    /// What an answer was: a value, nothing, or an error.
    private enum Found: Hashable {
        case value(String)
        case nothing
        case failure
    }

    /// The same places in every run (SplitMix64).
    private struct Sequence: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = state
            mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
            return mixed ^ mixed >> 31
        }
    }

    private func fill(_ path: String) async throws {
        let library = try SQLLibrary(sqlite: path)
        for number in 0..<12 {
            let id = "asset\(number)"
            var asset = Sample.asset(id, tags: ["tag\(number % 3)"], sourceRef: "ref\(number)")
            asset.durationMs = 1000.5 * Double(number)
            // One member: dictionaries have no order to be compared in.
            asset.meta = ["text": .string(String(repeating: "naïve “quotes” ", count: 20))]
            asset.content = ContentFacts(sha256: Sample.digest("content\(number)"), sizeBytes: 77)
            try await library.insert(asset)
            let artifact = Sample.artifact("art\(number)", of: id, kind: .audioSemanticTimeline)
            try await library.insert(
                artifact, timeline: Sample.record("art\(number)", of: id, cacheKey: "key\(number)"),
                stages: [Sample.stage("stage\(number)")])
            try await library.insert(Sample.job("job\(number)"))
        }
        try await Sample.insertVideo(into: library)
        try await library.recordContent(
            ContentFacts(sha256: Sample.digest("later"), sizeBytes: 5), ofAsset: "asset3", in: Sample.scope)
        let raw = try DatabaseQueue(path: path)
        try await raw.writeWithoutTransaction { db in _ = try db.checkpoint(.truncate) }
        try raw.close()
    }

    /// All that can be asked, by the question.
    private func answers(_ path: String) async -> [String: Found] {
        var found: [String: Found] = [:]
        func ask<Value>(_ question: String, _ body: () async throws -> Value?) async {
            do {
                found[question] = try await body().map { .value("\($0)") } ?? .nothing
            } catch {
                found[question] = .failure
            }
        }
        guard let library = try? SQLLibrary(sqlite: path) else { return found }
        let scope = Sample.scope
        for number in stride(from: 0, to: 12, by: 3) {
            await ask("asset\(number)") { try await library.asset("asset\(number)", in: scope) }
            await ask("artifact\(number)") { try await library.artifact("art\(number)", in: scope) }
            await ask("timeline\(number)") { try await library.timeline(artifactID: "art\(number)", in: scope) }
            await ask("timelines\(number)") {
                try await library.timelines(ofAsset: "asset\(number)", sourceArtifactID: nil, in: scope)
            }
            await ask("key\(number)") { try await library.timelineIDs(cacheKey: "key\(number)", in: scope) }
            await ask("job\(number)") { try await library.job("job\(number)", in: scope) }
        }
        await ask("assets") {
            try await library.assets(in: scope, matching: AssetFilter(), page: PageRequest(limit: 100)).items
        }
        await ask("tagged") {
            try await library.assets(in: scope, matching: AssetFilter(tag: "tag1"), page: PageRequest(limit: 100)).items
        }
        await ask("stages") {
            try await library.stages(keys: (0..<12).map { "stage\($0)" }, in: scope).sorted { $0.key < $1.key }
        }
        await ask("others") {
            try await library.assets(in: Sample.otherTenant, matching: AssetFilter(), page: PageRequest()).items
        }
        await ask("clip") { try await library.node(VideoClip.self, id: "c", in: scope) }
        await ask("referred") {
            try await library.assets(
                in: scope, matching: AssetFilter(sourceRef: "ref5"), page: PageRequest(limit: 100)
            ).items
        }
        await ask("own") {
            try await library.timelines(ofAsset: "asset3", sourceArtifactID: "art3", in: scope)
        }
        await ask("unfinished") { try await library.unfinishedJobs().map(\.id) }
        await ask("tracks") {
            try await library.nodes(VideoTrack.self, parentID: "s", in: scope, page: PageRequest()).items
        }
        return found
    }

    /// Lists from which something that can be made anew may be missing.
    private static let lists: Set<String> = ["stages", "assets", "tagged"]

    @Test(
        "Whatever bit it is, no answer is another than before: it is right, or missing, or an error, and the check says so"
    )
    func everyAnswer() async throws {
        let folder = try ScratchFolder()
        let path = folder.path + "/library.sqlite"
        try await fill(path)
        let whole = [UInt8](try Data(contentsOf: URL(filePath: path)))
        let right = await answers(path)
        #expect(right.count == 33 && right["asset3"] != .nothing && right["others"] == .value("[]"))
        var random = Sequence(state: 20_261_129)
        var (changed, refused) = (0, 0)
        for round in 0..<1200 {
            // A fifth of them in the headers of pages, where most depends on one bit.
            let page = Int.random(in: 0..<(whole.count / 4096), using: &random) * 4096
            let byte =
                round % 5 == 0
                ? page + Int.random(in: 0..<24, using: &random) : Int.random(in: 0..<whole.count, using: &random)
            let bit = UInt8(1) << UInt8.random(in: 0..<8, using: &random)
            var bytes = whole
            bytes[byte] ^= bit
            for suffix in ["-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + suffix) }
            try Data(bytes).write(to: URL(filePath: path))
            let found = await answers(path)
            let place = "byte \(byte), bit \(bit)"
            guard !found.isEmpty else {
                refused += 1
                continue
            }
            var isChanged = false
            for (question, answer) in found where answer != right[question] {
                isChanged = true
                if case .value(let text) = answer {
                    // Less than before, never something else.
                    #expect(Self.isPart(text, of: right[question]), "\(place): \(question) is \(text)")
                }
            }
            guard isChanged else { continue }
            changed += 1
            let library = try SQLLibrary(sqlite: path)
            #expect(try await !library.damage().isNone, "\(place): \(found.filter { right[$0.key] != $0.value })")
        }
        // Without changes that were noticed the test would say nothing.
        #expect(changed > 100 && refused > 10, "\(changed) changed, \(refused) refused")
    }

    /// Whether a list holds nothing but what another one holds.
    private static func isPart(_ text: String, of right: Found?) -> Bool {
        guard case .value(let whole)? = right else { return text == "[]" || text == "[:]" }
        // Texts, or values that end in a bracket.
        let separator = text.hasPrefix("[\"") ? ", " : "), "
        let items = text.dropFirst().dropLast().components(separatedBy: separator)
        return text == "[]" || text == "[:]" || items.allSatisfy { whole.contains($0) }
    }

    @Test("A damaged index is built anew; damaged rows that can be made anew are forgotten; what was sent stays")
    func repair() async throws {
        let folder = try ScratchFolder()
        let path = folder.path + "/library.sqlite"
        try await fill(path)
        try await damage(path, "UPDATE stage SET row_check = row_check + 1 WHERE key = 'stage1'")
        try await damage(path, "UPDATE timeline SET row_check = row_check + 1 WHERE artifact_id = 'art2'")
        try await damage(path, "UPDATE asset SET row_check = row_check + 1 WHERE id = 'asset4'")
        let library = try SQLLibrary(sqlite: path)
        #expect(try await library.damage().rows == ["stage": 1, "timeline": 1, "asset": 1])
        #expect(try await library.stages(keys: ["stage1", "stage2"], in: Sample.scope).map(\.key) == ["stage2"])
        #expect(try await library.timelineIDs(cacheKey: "key2", in: Sample.scope).isEmpty)
        #expect(try await library.timelines(ofAsset: "asset2", sourceArtifactID: nil, in: Sample.scope).isEmpty)
        await expectFailure(.rowDamaged) { try await library.asset("asset4", in: Sample.scope) }
        // A change of a part of the row does not make the rest of it right.
        await expectFailure(.rowDamaged) {
            try await library.setSource("file:///elsewhere", ofAsset: "asset4", in: Sample.scope)
        }
        try await library.repair()
        #expect(try await library.damage().rows == ["asset": 1])
        // The output of a stage can be put there again, and the timeline too.
        try await library.record([Sample.stage("stage1")], in: Sample.scope)
        #expect(try await library.stages(keys: ["stage1"], in: Sample.scope).count == 1)
    }

    private func damage(_ path: String, _ sql: String) async throws {
        let raw = try DatabaseQueue(path: path)
        try await raw.write { try $0.execute(sql: sql) }
        try raw.close()
    }

    @Test(
        "Nothing is collected from a database that cannot be trusted: the row that names a blob may be the damaged one")
    func collection() async throws {
        let folder = try ScratchFolder()
        let library = try LibraryFolder.open(folder.path)
        let kept = try await library.blobs.keep(Array("kept".utf8), in: Sample.scope)
        var asset = Sample.asset("a")
        asset.content = kept
        try await library.database.insert(asset)
        let raw = try DatabaseQueue(path: folder.path + "/library.sqlite")
        try await raw.write { db in
            try db.execute(sql: "DROP TRIGGER asset_damaged")
            try db.execute(sql: "DROP TRIGGER asset_updated")
            try db.execute(sql: "UPDATE asset SET content_sha256 = 'f' || substr(content_sha256, 2)")
        }
        try raw.close()
        let collector = GarbageCollector(blobs: library.blobs, references: library.database, jobs: nil)
        await expectFailure(.rowDamaged) {
            try await collector.collect(grace: .zero, now: Timestamp(millisecondsSince1970: .max))
        }
        #expect(try await library.blobs.verify(kept.sha256, in: Sample.scope) == 4)
    }

    @Test("A library of the first version gets its sums when it is opened, and keeps all it held")
    func migration() async throws {
        let folder = try ScratchFolder()
        let path = folder.path + "/library.sqlite"
        try await fill(path)
        let right = await answers(path)
        let raw = try DatabaseQueue(path: path)
        try await raw.writeWithoutTransaction { db in
            for name in try String.fetchAll(db, sql: "SELECT name FROM sqlite_schema WHERE type = 'trigger'") {
                try db.execute(sql: "DROP TRIGGER \(name)")
            }
            for table in ["asset", "artifact", "timeline", "stage", "video_node", "job"] {
                try db.execute(sql: "ALTER TABLE \(table) DROP COLUMN row_check")
            }
            try db.execute(sql: "DELETE FROM grdb_migrations WHERE identifier = 'v2'")
        }
        try raw.close()
        #expect(await answers(path) == right)
        #expect(try await SQLLibrary(sqlite: path).isWhole())
    }
}
