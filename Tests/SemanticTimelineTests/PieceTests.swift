import Analysis
import Foundation
import Library
import SemanticTimeline
import Synchronization
import TestSupport
import Testing
import TimelineModel

@Suite("Pieces", .timeLimit(.minutes(5)))
struct PieceTests {
    private static let key = String(repeating: "a1", count: 32)
    private static let other = String(repeating: "b2", count: 32)

    private func pieces(_ harness: ServiceHarness, _ request: SemanticRequest) async throws -> any PieceStore {
        guard case .job(let handle) = try await harness.service.start(request) else {
            throw SemanticTimelineError(.internalError, "a hit where a job was expected")
        }
        _ = try await handle.result()
        return try #require(harness.runner.pieces)
    }

    @Test(
        "Pieces are found by later work of the same tenant and env, not by others', nor where all is to be heard anew")
    func scopes() async throws {
        let harness = try ServiceHarness()
        try await harness.addAsset("a123")
        let first = try await pieces(harness, harness.request())
        #expect(await first.piece(Self.key) == nil)
        await first.keep([1, 2, 3], as: Self.key)
        #expect(await first.piece(Self.key) == [1, 2, 3])

        try await harness.addAsset("b123")
        let second = try await pieces(harness, harness.request("b123"))
        #expect(await second.piece(Self.key) == [1, 2, 3])
        var forced = harness.request("b123")
        forced.force = true
        #expect(try await pieces(harness, forced).piece(Self.key) == nil)

        let elsewhere = Scope(tenantID: "t2", env: harness.scope.env)
        try await harness.addAsset("a123", in: elsewhere)
        let theirs = try await pieces(harness, harness.request("a123", in: elsewhere))
        #expect(await theirs.piece(Self.key) == nil)
    }

    @Test("Pieces go with the last asset that has the source's bytes")
    func deletion() async throws {
        let harness = try ServiceHarness()
        try await harness.addAsset("a123")
        let pieces = try await pieces(harness, harness.request())
        await pieces.keep([1], as: Self.key)
        #expect(try await harness.database.deleteAsset("a123", in: harness.scope))
        #expect(await pieces.piece(Self.key) == nil)
        // What an analysis finds that was still running is not kept.
        await pieces.keep([1], as: Self.other)
        #expect(try await harness.database.stages(keys: [Self.key, Self.other], in: harness.scope).isEmpty)
    }

    @Test("Pieces of bytes that an asset no longer stands for go, unless a timeline was made of them")
    func edited() async throws {
        let harness = try ServiceHarness()
        let asset = try await harness.addAsset("a123")
        harness.runner.behave(.fail(SemanticTimelineError(.analyzeFailed, "no")))
        guard case .job(let handle) = try await harness.service.start(harness.request()) else { return }
        await #expect(throws: SemanticTimelineError.self) { try await handle.result() }
        let pieces = try #require(harness.runner.pieces)
        await pieces.keep([1], as: Self.key)
        #expect(await pieces.piece(Self.key) == [1])
        var content = try #require(asset.content)
        content.sha256 = Self.other
        try await harness.database.recordContent(content, ofAsset: "a123", in: harness.scope)
        #expect(await pieces.piece(Self.key) == nil)
    }

    /// Keeps pieces in memory.
    private final class Kept: PieceStore {
        let pieces = Mutex<[String: [UInt8]]>([:])
        func piece(_ key: String) async -> [UInt8]? { pieces.withLock { $0[key] } }
        func keep(_ bytes: [UInt8], as key: String) async { pieces.withLock { $0[key] = bytes } }
    }

    @Test("A child has pieces through its parent, and nothing but pieces")
    func mail() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "mail-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let kept = Kept()
        let mailed = MailedPieces(folder: folder) { message in
            // As it goes through the pipe.
            guard let line = try? TimelineJSON.encode(message),
                let read = try? TimelineJSON.decode(WorkMessage.self, from: line)
            else { return }
            Task { await MailedPieces.answer(read, from: kept, in: folder) }
        }
        #expect(await mailed.piece(Self.key) == nil)
        await mailed.keep([7, 8], as: Self.key)
        #expect(kept.pieces.withLock { $0 } == [Self.key: [7, 8]])
        #expect(await mailed.piece(Self.key) == [7, 8])
        #expect(await mailed.piece(Self.other) == nil)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)

        // What is no digest becomes no path.
        kept.pieces.withLock { $0["../x"] = [1] }
        await MailedPieces.answer(WorkMessage(asked: "../x"), from: kept, in: folder)
        await MailedPieces.answer(WorkMessage(found: "../x"), from: kept, in: folder)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
    }

    @Test("A cancelled child does not wait for an answer")
    func cancelled() async throws {
        // One that nobody answers would wait for longer than this suite may take.
        let folder = FileManager.default.temporaryDirectory.path
        let mailed = MailedPieces(folder: folder, patience: .seconds(3600)) { _ in }
        let task = Task { await mailed.piece(Self.other) }
        task.cancel()
        #expect(await task.value == nil)
    }

    @Test("The state of what is done, cancelled or cannot be heard is gone; of what was killed or interrupted it stays")
    func checkpoints() async throws {
        // Other tests have the same requests.
        let work = FileManager.default.temporaryDirectory.appending(path: "pieces-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: work) }
        let harness = try ServiceHarness(workFolder: work)
        try await harness.addAsset("a123")
        harness.runner.onOrder { order in
            guard let folder = order.checkpoint else { return }
            try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            for name in ["lock", "state"] { try? Data().write(to: URL(filePath: folder + "/" + name)) }
        }
        func run(_ behaviour: FakeRunner.Behaviour) async throws -> JobHandle {
            harness.runner.behave(behaviour)
            let before = harness.runner.orders.count
            guard case .job(let handle) = try await harness.service.start(harness.request()) else {
                throw SemanticTimelineError(.internalError, "a hit where a job was expected")
            }
            while harness.runner.orders.count == before { try await Task.sleep(for: .milliseconds(5)) }
            return handle
        }
        func stateStays() throws -> Bool {
            let folder = try #require(harness.runner.orders.last?.checkpoint)
            return FileManager.default.fileExists(atPath: folder + "/state")
        }
        for (code, stays) in [(SemanticTimelineError.Code.analyzeFailed, true), (.unsupportedMedia, false)] {
            let handle = try await run(.fail(SemanticTimelineError(code, "no")))
            await #expect(throws: SemanticTimelineError.self) { try await handle.result() }
            #expect(try stateStays() == stays, "\(code)")
        }
        let cancelled = try await run(.hang)
        _ = try await harness.service.cancelJob(cancelled.id, in: harness.scope)
        #expect(try !stateStays())
        _ = try await run(.succeed).result()
        #expect(try !stateStays())
        // What is to be heard anew has no state to go on from.
        guard case .job(let forced) = try await harness.service.start(harness.request(force: true)) else { return }
        _ = try await forced.result()
        #expect(harness.runner.orders.last?.checkpoint == nil)
        try await harness.addAsset("b123", bytes: [1, 2])
        harness.runner.behave(.hang)
        guard case .job = try await harness.service.start(harness.request("b123")) else { return }
        while harness.runner.orders.last?.request.assetID != "b123" { try await Task.sleep(for: .milliseconds(5)) }
        await harness.service.close()
        #expect(try stateStays())
    }
}
