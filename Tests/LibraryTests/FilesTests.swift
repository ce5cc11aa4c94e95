import Files
import Foundation
import Testing

@Suite("Bytes on disk") struct FilesTests {
    private let folder: ScratchFolder

    init() throws {
        folder = try ScratchFolder()
    }

    @Test(
        "bytes are written in hexadecimal",
        arguments: [([], ""), ([0], "00"), ([0x0A, 0xFF, 0x10], "0aff10")] as [([UInt8], String)])
    func hexadecimalDigits(_ bytes: [UInt8], _ text: String) {
        #expect(hexadecimal(bytes) == text)
    }

    @Test("a stamp changes with the bytes, and only then") func stamps() throws {
        let path = folder.path + "/file"
        try Data("abc".utf8).write(to: URL(filePath: path))
        let stamp = try #require(FileStamp(path: path))
        #expect(stamp.size == 3)
        #expect(FileStamp(path: path) == stamp)
        try FileManager.default.createSymbolicLink(atPath: folder.path + "/link", withDestinationPath: path)
        #expect(FileStamp(path: folder.path + "/link") == stamp)
        try Data("abd".utf8).write(to: URL(filePath: folder.path + "/other"))
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSince1970: 1000.5)], ofItemAtPath: folder.path + "/other")
        let other = try #require(FileStamp(path: folder.path + "/other"))
        #expect(other.modifiedNs == 1_000_500_000_000)
        #expect(other != stamp && other.text != stamp.text)
        #expect(FileStamp(path: folder.path + "/none") == nil)
        #expect(FileStamp(path: path + "\u{0}") == nil)
        #expect(FileStamp(descriptor: -1) == nil)
    }

    @Test("a file is read and written at any place") func openFiles() throws {
        let path = folder.path + "/file"
        let file = try OpenFile(path: path, for: .creating)
        try file.write(Array("hello".utf8), at: 3)
        try file.synchronize()
        try file.synchronizeBytes()
        #expect(file.stamp == FileStamp(path: path))
        #expect(try OpenFile(path: path, for: .reading).read(at: 2, count: 3) == [0] + Array("he".utf8))
        #expect(try file.read(at: 7, count: 10) == Array("o".utf8))
        #expect(try file.read(at: 100, count: 10) == [])
        #expect(throws: FileError("open", number: EEXIST)) { try OpenFile(path: path, for: .creating) }
        #expect(throws: FileError("open", number: ENOENT)) { try OpenFile(path: path + "x", for: .reading) }
        #expect("\(FileError("open", number: ENOENT))" == "open: No such file or directory")
    }

    @Test("a file's lock is held by many who share it or by one") func locks() throws {
        let path = folder.path + "/lock"
        var first: OpenFile? = try OpenFile(path: path, for: .writing)
        let second = try OpenFile(path: path, for: .writing)
        #expect(try first?.lock(.shared, waiting: false) == true)
        #expect(try second.lock(.shared, waiting: false))
        #expect(try !second.lock(.exclusive, waiting: false))
        first = nil
        #expect(try second.lock(.exclusive, waiting: false))
        #expect(try !OpenFile(path: path, for: .reading).lock(.shared, waiting: false))
    }

    @Test("names are listed, changed and removed") func names() throws {
        let path = folder.path
        try FileSystem.makeFolder(path + "/a/b/c/")
        try FileSystem.makeFolder(path + "/a/b/c")
        #expect(try folder.permissions(of: "a") == 0o700)
        _ = try OpenFile(path: path + "/a/one", for: .creating)
        _ = try OpenFile(path: path + "/a/two", for: .creating)
        try FileSystem.rename(path + "/a/one", to: path + "/a/two")
        #expect(Set(try FileSystem.names(in: path + "/a")) == ["b", "two"])
        #expect(try FileSystem.names(in: path + "/none") == [])
        #expect(throws: FileError("mkdir", number: ENOTDIR)) { try FileSystem.makeFolder(path + "/a/two") }
        #expect(try FileSystem.remove(path + "/a/two"))
        #expect(try !FileSystem.remove(path + "/a/two"))
        try FileSystem.synchronizeFolder(path + "/a")
    }

    @Test(
        "the folder above a path is known",
        arguments: [("/a/b", "/a"), ("/a/b//", "/a"), ("/a", "/"), ("/", nil), ("a", nil), ("a/b", "a")])
    func parents(_ path: String, _ parent: String?) {
        #expect(FileSystem.parent(of: path) == parent)
    }

    @Test("a cancelled task is told so, and its cleaning up is done", .timeLimit(.minutes(5)))
    func cancellation() async throws {
        let task = Task {
            try await BlockingWork.run { isCancelled in while !isCancelled() {} }
        }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        let cleaner = Task {
            while !Task.isCancelled { await Task.yield() }
            return await BlockingWork.runAlways { 7 }
        }
        cleaner.cancel()
        #expect(await cleaner.value == 7)
    }
}
