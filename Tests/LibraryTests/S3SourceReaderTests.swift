import Foundation
import Library
import Testing

@Suite("Recordings in buckets", .timeLimit(.minutes(5))) struct S3SourceReaderTests {
    private static let abc = ContentFacts(
        sha256: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", sizeBytes: 3)

    /// A reader whose root is a folder of its own, with the means to put things there.
    private func withReader(
        _ server: S3Server,
        _ body: (S3SourceReader, _ root: String, _ put: (_ key: String, _ text: String) async throws -> Void)
            async throws -> Void
    ) async throws {
        let location = try await server.location()
        let folder = try ScratchFolder()
        let client = S3Client(location)
        let root = "\(location)/music/"
        let reader = try S3SourceReader(location, roots: [root], temporaryFolder: folder.path)
        do {
            try await body(reader, root) { try await client.put("\(location.prefix)/\($0)", Array($1.utf8)) }
        } catch {
            await reader.close()
            await client.close()
            throw error
        }
        await reader.close()
        await client.close()
        #expect(try folder.files(below: "").isEmpty)
    }

    @Test("a recording is told, hashed and read", arguments: S3Server.allCases, ["a.wav", "b c/ü=1?x&y+z%20#~.wav"])
    func reading(_ server: S3Server, _ name: String) async throws {
        try await withReader(server) { reader, root, put in
            try await put("music/" + name, "abc")
            let facts = try await reader.facts(root + name)
            #expect(facts.sizeBytes == 3)
            #expect(facts.stamp == "\(facts.etag):3")
            #expect(try await reader.content(root + name) == Self.abc)
            let read = try await reader.withFile(root + name, expecting: facts.etag) {
                FileManager.default.contents(atPath: $0)
            }
            #expect(read == Data("abc".utf8))
            await #expect(throws: CocoaError(.featureUnsupported)) {
                try await reader.withFile(root + name, expecting: facts.etag) { _ in
                    throw CocoaError(.featureUnsupported)
                }
            }
        }
    }

    @Test("a recording that changed is not the one that was expected", arguments: S3Server.allCases)
    func changes(_ server: S3Server) async throws {
        try await withReader(server) { reader, root, put in
            try await put("music/a.wav", "abc")
            let facts = try await reader.facts(root + "a.wav")
            try await put("music/a.wav", "abd")
            #expect(try await reader.facts(root + "a.wav").stamp != facts.stamp)
            do {
                _ = try await reader.withFile(root + "a.wav", expecting: facts.etag) { $0 }
                Issue.record("another recording was given")
            } catch let error as LibraryError {
                #expect(error.code == .inputOutput && error.message.contains("changed"))
            }
        }
    }

    @Test("what lies outside the roots is refused like what is not there", arguments: S3Server.allCases)
    func roots(_ server: S3Server) async throws {
        try await withReader(server) { reader, root, put in
            try await put("secret.wav", "abc")
            try await put("musical/a.wav", "abc")
            try await put("music/a.wav", "abc")
            let base = root.dropLast("music/".count)
            var errors: Set<LibraryError> = []
            for uri in [
                base + "secret.wav", base + "none.wav", base + "musical/a.wav", root + "../secret.wav",
                root + "./a.wav", root + "none.wav", root, "s3://other-bucket/music/a.wav", "s3://", "s3://x", "",
                "/a.wav",
                "file:///etc/passwd", root.uppercased() + "a.wav", root + String(repeating: "x", count: 1100),
            ] as [String] {
                for work in [
                    { _ = try await reader.facts(uri) }, { _ = try await reader.content(uri) },
                    { _ = try await reader.withFile(uri, expecting: "\"tag\"") { $0 } },
                ] as [() async throws -> Void] {
                    do {
                        try await work()
                        Issue.record("\(uri) was read")
                    } catch let error as LibraryError {
                        errors.insert(error)
                    }
                }
            }
            #expect(errors.count == 1)
            #expect(errors.first?.code == .blobMissing)
            #expect(try await reader.content(root + "a.wav") == Self.abc)
        }
    }

    @Test("roots that are none are errors", arguments: ["", "music", "s3://", "s3:///a", "file:///a", "s3://a b/c"])
    func oddRoots(_ root: String) async throws {
        let location = try S3Location(
            "s3://media?region=r", environment: ["AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "secret"])
        let folder = try ScratchFolder()
        await expectFailure(.inputOutput) {
            try S3SourceReader(location, roots: [root], temporaryFolder: folder.path)
        }
    }

    @Test("without roots nothing is read", arguments: [S3Server.moto]) func noRoots(_ server: S3Server) async throws {
        let location = try await server.location()
        let folder = try ScratchFolder()
        let reader = try S3SourceReader(location, roots: [], temporaryFolder: folder.path)
        await expectFailure(.blobMissing) { try await reader.facts("\(location)/music/a.wav") }
        await reader.close()
    }
}
