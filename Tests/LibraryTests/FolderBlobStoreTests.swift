import Foundation
import Library
import Testing

@Suite("Blobs in a folder") struct FolderBlobStoreTests {
    private static let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

    private let folder: ScratchFolder
    private let store: FolderBlobStore

    init() throws {
        folder = try ScratchFolder()
        store = try FolderBlobStore(root: folder.path + "/library")
    }

    private func staged(_ text: String) async throws -> any StagedBlob {
        let staged = try await store.stage()
        try await staged.append(Array(text.utf8))
        return staged
    }

    @Test(
        "a blob lies where its scope and digest say",
        arguments: [
            ("dev", "dev"), ("Dev", "=44ev"), ("..", "=2E=2E"), ("a.b:c@d+e_f-9", "a=2Eb=3Ac=40d=2Be_f-9"),
            ("=44ev", "=3D44ev"), ("ä/", "=C3=A4=2F"),
            (
                String(repeating: "D", count: 128),
                String(repeating: "=44", count: 80) + "+/" + String(repeating: "=44", count: 48)
            ),
        ])
    func layout(_ env: String, _ name: String) async throws {
        _ = try await staged("abc").publish(in: Scope(tenantID: "acme", env: env))
        #expect(try folder.files(below: "library/blobs") == ["acme/\(name)/ba/\(Self.abc)"])
        #expect(try folder.files(below: "library/tmp").isEmpty)
    }

    @Test("only this user may look") func permissions() async throws {
        let waiting = try await staged("abc")
        _ = try await staged("abc").publish(in: Sample.scope)
        let temporary = try #require(try folder.files(below: "library/tmp").first)
        #expect(try folder.permissions(of: "library/tmp/" + temporary) == 0o600)
        #expect(try folder.permissions(of: "library/blobs/acme/dev/ba/" + Self.abc) == 0o600)
        for name in ["", "/tmp", "/blobs", "/blobs/acme", "/blobs/acme/dev", "/blobs/acme/dev/ba"] {
            #expect(try folder.permissions(of: "library" + name) == 0o700)
        }
        await waiting.discard()
    }

    @Test("a blob that is dropped, forgotten or published leaves no temporary file", .timeLimit(.minutes(5)))
    func leftovers() async throws {
        do {
            let dropped = try await staged(String(repeating: "x", count: 3 << 20))
            #expect(try folder.files(below: "library/tmp").count == 1)
            withExtendedLifetime(dropped) {}
        }
        // The thread that wrote the bytes may let go of the blob a moment later.
        while try !folder.files(below: "library/tmp").isEmpty { await Task.yield() }
        let forgotten = try await staged("abc")
        #expect(try folder.files(below: "library/tmp").count == 1)
        await forgotten.discard()
        #expect(try folder.files(below: "library/tmp").isEmpty)
        let published = try await staged("abc")
        _ = try await published.publish(in: Sample.scope)
        #expect(try folder.files(below: "library/tmp").isEmpty)
        withExtendedLifetime((forgotten, published)) {}
    }

    @Test("a cancelled writer cleans up", .timeLimit(.minutes(5))) func cancellation() async throws {
        let waiting = try await staged("abc")
        let task = Task {
            while !Task.isCancelled { await Task.yield() }
            await #expect(throws: CancellationError.self) { try await waiting.publish(in: Sample.scope) }
            await waiting.discard()
        }
        task.cancel()
        await task.value
        #expect(try folder.files(below: "library/tmp").isEmpty)
        withExtendedLifetime(waiting) {}
    }

    @Test("cleaning removes what dead writers left, and nothing else") func cleaning() async throws {
        let held = try await staged("abc")
        let heldName = try #require(try folder.files(below: "library/tmp").first)
        let temporary = folder.path + "/library/tmp/"
        #expect(FileManager.default.createFile(atPath: temporary + "blob_dead", contents: Data("abc".utf8)))
        #expect(FileManager.default.createFile(atPath: temporary + "foreign", contents: Data()))
        try FileManager.default.createDirectory(
            atPath: temporary + "blob_folder", withIntermediateDirectories: false)
        #expect(try await store.removeAbandonedFiles() == 1)
        #expect(
            Set(try FileManager.default.contentsOfDirectory(atPath: temporary)) == [heldName, "foreign", "blob_folder"])
        #expect(try await held.publish(in: Sample.scope).sha256 == Self.abc)
        #expect(try await store.verify(Self.abc, in: Sample.scope) == 3)
        #expect(try await store.removeAbandonedFiles() == 0)
    }

    @Test("cleaning while others write takes nothing from them", .timeLimit(.minutes(5)))
    func cleaningBesideWriters() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            let store = store
            for writer in 0..<4 {
                group.addTask {
                    for round in 0..<25 {
                        let staged = try await store.stage()
                        try await staged.append(Array("\(writer) \(round)".utf8))
                        let facts = try await staged.publish(in: Sample.scope)
                        _ = try await store.verify(facts.sha256, in: Sample.scope)
                    }
                }
            }
            group.addTask { for _ in 0..<200 { try await store.removeAbandonedFiles() } }
            try await group.waitForAll()
        }
        #expect(try folder.files(below: "library/blobs").count == 100)
    }

    @Test("stray files among the blobs are no blobs") func strays() async throws {
        _ = try await staged("abc").publish(in: Sample.scope)
        let blobs = folder.path + "/library/blobs"
        for path in ["/notes", "/acme/notes", "/acme/dev/notes", "/acme/dev/ba/notes", "/acme/dev/ba/\(Self.abc)~"] {
            #expect(FileManager.default.createFile(atPath: blobs + path, contents: Data()))
        }
        try FileManager.default.createDirectory(
            atPath: blobs + "/Upper/dev/ba", withIntermediateDirectories: true)
        #expect(FileManager.default.createFile(atPath: blobs + "/Upper/dev/ba/\(Self.abc)", contents: Data()))
        // `x` needs no escape, so no scope has this name.
        try FileManager.default.createDirectory(
            atPath: blobs + "/acme/=78/ba", withIntermediateDirectories: true)
        #expect(FileManager.default.createFile(atPath: blobs + "/acme/=78/ba/\(Self.abc)", contents: Data()))
        let later = Timestamp(millisecondsSince1970: Timestamp.now.millisecondsSince1970 + 60_000)
        #expect(try await store.blobs(publishedBefore: later) == [Sample.scope: [Self.abc]])
    }

    @Test("a blob that was cut short is damaged") func truncation() async throws {
        _ = try await staged("abc").publish(in: Sample.scope)
        let file = try #require(
            FileHandle(forUpdatingAtPath: folder.path + "/library/blobs/acme/dev/ba/" + Self.abc))
        try file.truncate(atOffset: 2)
        try file.close()
        await expectFailure(.blobDamaged) { try await store.read(Self.abc, in: Sample.scope, range: 0..<3) }
        await expectFailure(.blobDamaged) { try await store.read(Self.abc, in: Sample.scope, range: nil) }
        await expectFailure(.blobDamaged) { try await store.verify(Self.abc, in: Sample.scope) }
        #expect(try await store.read(Self.abc, in: Sample.scope, range: 0..<2) == Array("ab".utf8))
    }

    @Test("a blob is as old as its publication, not as its bytes") func age() async throws {
        let staged = try await staged(String(repeating: "x", count: 2 << 20))
        let temporary = try #require(try folder.files(below: "library/tmp").first)
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSinceNow: -3600)],
            ofItemAtPath: folder.path + "/library/tmp/" + temporary)
        _ = try await staged.publish(in: Sample.scope)
        let aMinuteAgo = Timestamp(millisecondsSince1970: Timestamp.now.millisecondsSince1970 - 60_000)
        #expect(try await store.blobs(publishedBefore: aMinuteAgo).isEmpty)
    }

    @Test("damage is noticed also after a verification that is remembered") func remembered() async throws {
        _ = try await staged("abc").publish(in: Sample.scope)
        // Only files that were quiet for a second are remembered, and nobody can set the time of a file's last change.
        try await Task.sleep(for: .milliseconds(1100))
        #expect(try await store.verify(Self.abc, in: Sample.scope) == 3)
        #expect(try await store.verify(Self.abc, in: Sample.scope) == 3)
        let file = try #require(
            FileHandle(forWritingAtPath: folder.path + "/library/blobs/acme/dev/ba/" + Self.abc))
        try file.write(contentsOf: Data("abd".utf8))
        try file.close()
        await expectFailure(.blobDamaged) { try await store.verify(Self.abc, in: Sample.scope) }
        try await store.remove(Self.abc, in: Sample.scope)
        await expectFailure(.blobMissing) { try await store.verify(Self.abc, in: Sample.scope) }
    }

    @Test("two stores on one folder are one") func sharing() async throws {
        let other = try FolderBlobStore(root: folder.path + "/library")
        _ = try await staged("abc").publish(in: Sample.scope)
        #expect(try await other.verify(Self.abc, in: Sample.scope) == 3)
        let held = try await staged("abc")
        #expect(try await other.removeAbandonedFiles() == 0)
        await held.discard()
        try await other.remove(Self.abc, in: Sample.scope)
        await expectFailure(.blobMissing) { try await store.verify(Self.abc, in: Sample.scope) }
        // Its folder went, too, since this store last published there.
        try FileManager.default.removeItem(atPath: folder.path + "/library/blobs/acme")
        _ = try await staged("abc").publish(in: Sample.scope)
        #expect(try await other.verify(Self.abc, in: Sample.scope) == 3)
    }

    @Test("what the disk refuses is told without paths") func failures() async throws {
        let temporary = folder.path + "/library/tmp"
        try FileManager.default.removeItem(atPath: temporary)
        do {
            _ = try await store.stage()
            Issue.record("a blob was staged without a folder")
        } catch let error as LibraryError {
            #expect(error.code == .inputOutput)
            #expect(error.underlying == "open: No such file or directory")
            #expect(!error.message.contains("/"))
        }
        let file = folder.path + "/file"
        #expect(FileManager.default.createFile(atPath: file, contents: Data()))
        await expectFailure(.inputOutput) { try FolderBlobStore(root: file) }
        await expectFailure(.inputOutput) { try FolderBlobStore(root: file + "/below") }
        await expectFailure(.inputOutput) { try FolderBlobStore(root: "") }
    }
}
