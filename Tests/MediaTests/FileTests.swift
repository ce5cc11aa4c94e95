import Foundation
import Media
import Testing

@Suite("Digests and spooled input", .timeLimit(.minutes(3)))
struct FileTests {
    let fixture: MediaFixture

    init() throws {
        fixture = try MediaFixture()
    }

    /// FIPS 180-4 examples: "abc" and a million times "a".
    @Test("SHA-256 of known contents")
    func knownDigests() async throws {
        let abc = try fixture.write("abc".utf8, to: "abc")
        #expect(
            try await ContentDigest.sha256(ofFileAt: abc)
                == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        let million = try fixture.write([UInt8](repeating: 0x61, count: 1_000_000), to: "million")
        #expect(
            try await ContentDigest.sha256(ofFileAt: million)
                == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
    }

    @Test("A digest of what is not a file is an error")
    func noDigest() async throws {
        let missing = await #expect(throws: MediaError.self) {
            try await ContentDigest.sha256(ofFileAt: fixture.path("none"))
        }
        #expect(missing?.code == .noSuchFile)
        let endless = await #expect(throws: MediaError.self) { try await ContentDigest.sha256(ofFileAt: "/dev/zero") }
        #expect(endless?.code == .notRegularFile)
    }

    @Test("A digest can be cancelled")
    func cancelledDigest() async throws {
        let path = fixture.path("sparse")
        try Data().write(to: URL(fileURLWithPath: path))
        try FileHandle(forWritingTo: URL(fileURLWithPath: path)).truncate(atOffset: 1 << 40)
        let task = Task { try await ContentDigest.sha256(ofFileAt: path) }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    private func pipe() throws -> (read: Int32, write: Int32) {
        var ends: [Int32] = [0, 0]
        try #require(Foundation.pipe(&ends) == 0)
        return (ends[0], ends[1])
    }

    private func send(_ text: String, to descriptor: Int32) {
        let bytes = Array(text.utf8)
        #expect(write(descriptor, bytes, bytes.count) == bytes.count)
    }

    @Test("A stream is kept in a private file while it is needed")
    func spool() async throws {
        let ends = try pipe()
        defer { close(ends.read) }
        send("some bytes", to: ends.write)
        close(ends.write)
        let path = try await SpooledInput.withSpooledFile(from: ends.read) { path in
            #expect(FileManager.default.contents(atPath: path) == Data("some bytes".utf8))
            let attributes = try FileManager.default.attributesOfItem(atPath: path)
            #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o600)
            return path
        }
        #expect(!FileManager.default.fileExists(atPath: path))
        #expect(!FileManager.default.fileExists(atPath: (path as NSString).deletingLastPathComponent))
    }

    @Test("Too long and empty streams are errors")
    func spoolLimits() async throws {
        let long = try pipe()
        defer { close(long.read) }
        send("some bytes", to: long.write)
        close(long.write)
        let tooLong = await #expect(throws: MediaError.self) {
            try await SpooledInput.withSpooledFile(from: long.read, byteLimit: 9) { _ in }
        }
        #expect(tooLong?.code == .limitExceeded)
        let empty = try pipe()
        defer { close(empty.read) }
        close(empty.write)
        let nothing = await #expect(throws: MediaError.self) {
            try await SpooledInput.withSpooledFile(from: empty.read) { _ in }
        }
        #expect(nothing?.code == .notMedia)
    }

    @Test("Waiting for a silent stream can be cancelled")
    func cancelledSpool() async throws {
        let ends = try pipe()
        defer {
            close(ends.read)
            close(ends.write)
        }
        let task = Task { try await SpooledInput.withSpooledFile(from: ends.read) { _ in } }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test("The file is gone when the reader fails")
    func spoolReaderFails() async throws {
        struct Failure: Error { let path: String }
        let ends = try pipe()
        defer { close(ends.read) }
        send("x", to: ends.write)
        close(ends.write)
        let failure = await #expect(throws: Failure.self) {
            try await SpooledInput.withSpooledFile(from: ends.read) { throw Failure(path: $0) }
        }
        #expect(FileManager.default.fileExists(atPath: failure?.path ?? "/") == false)
    }
}
