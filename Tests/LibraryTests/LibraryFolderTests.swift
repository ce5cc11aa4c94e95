import Foundation
import Library
import Testing

@Suite("Library folders") struct LibraryFolderTests {
    private let folder: ScratchFolder
    private let path: String

    init() throws {
        folder = try ScratchFolder()
        path = folder.path + "/new/library"
    }

    @Test("a folder is made for this user only, with all that belongs into it") func making() async throws {
        let library = try LibraryFolder.open(path)
        try await library.database.insert(Sample.asset("a"))
        for name in ["new", "new/library", "new/library/blobs", "new/library/tmp"] {
            #expect(try folder.permissions(of: name) == 0o700)
        }
        for name in ["library.sqlite", "library.sqlite-wal"] {
            #expect(try folder.permissions(of: "new/library/" + name) == 0o600)
        }
    }

    @Test("a folder that is there keeps its permissions and its contents") func reopening() async throws {
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o755])
        let digest: String
        do {
            let library = try LibraryFolder.open(path)
            try await library.database.insert(Sample.asset("a"))
            let staged = try await library.blobs.stage()
            try await staged.append([1, 2, 3])
            digest = try await staged.publish(in: Sample.scope).sha256
        }
        let library = try LibraryFolder.open(path)
        #expect(try await library.database.asset("a", in: Sample.scope) == Sample.asset("a"))
        #expect(try await library.blobs.read(digest, in: Sample.scope, range: nil) == [1, 2, 3])
        #expect(try folder.permissions(of: "new/library") == 0o755)
    }

    @Test("many may open a new folder at once", .timeLimit(.minutes(5))) func opening() async throws {
        for round in 0..<8 {
            let path = "\(path)-\(round)"
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<6 {
                    group.addTask { try await Self.onOwnThread { _ = try LibraryFolder.open(path) } }
                }
                try await group.waitForAll()
            }
        }
    }

    private static func onOwnThread(_ work: @escaping @Sendable () throws -> Void) async throws {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread { continuation.resume(with: Result { try work() }) }
        }
    }

    @Test("a library has one server") func serverLock() async throws {
        let library = try LibraryFolder.open(path)
        var lock: ServerLock? = try library.lockForServer()
        await expectFailure(.inUse) { try LibraryFolder.open(path).lockForServer() }
        await expectFailure(.inUse) { try library.lockForServer() }
        #expect(lock != nil)
        lock = nil
        lock = try LibraryFolder.open(path).lockForServer()
        #expect(lock != nil)
    }

    @Test("what cannot be a folder is refused") func refusals() async throws {
        let file = folder.path + "/file"
        #expect(FileManager.default.createFile(atPath: file, contents: Data()))
        await expectFailure(.inputOutput) { try LibraryFolder.open(file) }
        await expectFailure(.inputOutput) { try LibraryFolder.open(file + "/below") }
        await expectFailure(.inputOutput) { try LibraryFolder.open("") }
        await expectFailure(.inputOutput) { try LibraryFolder.open(folder.path + "/a\u{0}b") }
        #expect(try folder.files(below: "") == ["file"])
    }

    @Test("a path does not depend on the working folder") func absolutePath() throws {
        let library = try LibraryFolder.open(path)
        #expect(library.path.hasPrefix("/"))
        #expect(library.path.hasSuffix("/new/library"))
    }
}
