import Foundation
import Library
import Synchronization
import Testing

/// How the store takes what servers do in bad hours, or never should.
@Suite("S3 when it misbehaves", .timeLimit(.minutes(5))) struct S3ClientTests {
    private static let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

    private static func retries(_ change: (inout S3Retries) -> Void = { _ in }) -> S3Retries {
        var retries = S3Retries()
        retries.tries = 4
        retries.firstPause = .milliseconds(1)
        change(&retries)
        return retries
    }

    /// A store on a server that answers so.
    private func withStore(
        retries: S3Retries = retries(), sizes: S3BlobStore.Sizes = .init(),
        _ answer: @escaping @Sendable (ScriptedServer.Request, Int) -> ScriptedServer.Answer,
        _ body: (S3BlobStore, ScriptedServer) async throws -> Void
    ) async throws {
        let server = try ScriptedServer(answer)
        let folder = try ScratchFolder()
        let location = try S3Location(
            "s3://the-bucket/the-prefix?endpoint=http://127.0.0.1:\(server.port)",
            environment: ["AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "secret"])
        let store = try S3BlobStore(location, temporaryFolder: folder.path, retries: retries, sizes: sizes)
        do {
            try await body(store, server)
        } catch {
            await store.close()
            throw error
        }
        await store.close()
        #expect(try folder.files(below: "").isEmpty)
    }

    private func expectTrouble(
        _ underlying: String? = nil, sourceLocation: SourceLocation = #_sourceLocation,
        _ work: () async throws -> some Any
    ) async {
        do {
            _ = try await work()
            Issue.record("nothing was thrown", sourceLocation: sourceLocation)
        } catch let error as LibraryError {
            #expect([.inputOutput, .unavailable].contains(error.code), sourceLocation: sourceLocation)
            if let underlying { #expect(error.underlying == underlying, sourceLocation: sourceLocation) }
            for secret in ["127.0.0.1", "the-", "blobs/", "secret", Self.abc] {
                #expect(!"\(error)\(error.underlying ?? "")".contains(secret), sourceLocation: sourceLocation)
            }
        } catch {
            Issue.record("\(error) was thrown", sourceLocation: sourceLocation)
        }
    }

    private static let slowDown = "<Error><Code>SlowDown</Code><Message>blobs/the-prefix</Message></Error>"

    @Test(
        "what fails for a moment is tried again",
        arguments: [
            .answer("503 Slow Down", [], slowDown), .answer("500 Internal Server Error"), .answer("502 Bad Gateway"),
            .answer("504 Gateway Timeout"), .answer("429 Too Many Requests", ["Retry-After: 0"]), .text(""),
            .text("garbage\r\n\r\n"), .text("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n"),
            .text("HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999999\r\n\r\nabc"),
            .text("HTTP/1.1 200 OK\r\nContent-Length: -3\r\n\r\nabc"),
        ] as [ScriptedServer.Answer])
    func retries(_ failure: ScriptedServer.Answer) async throws {
        try await withStore(
            { _, index in index < 3 ? failure : .object("abc") },
            { store, server in
                let found = try await store.read(Self.abc, in: Sample.scope, range: nil)
                #expect(found == Array("abc".utf8))
                #expect(server.requests.count == 4)
            })
    }

    @Test("what fails for good is given up") func givingUp() async throws {
        try await withStore(
            { _, _ in .answer("503 Slow Down", [], Self.slowDown) },
            { store, server in
                await expectTrouble("503 SlowDown") { try await store.verify(Self.abc, in: Sample.scope) }
                #expect(server.requests.count == 4)
            })
    }

    @Test(
        "what will not change is not tried again",
        arguments: [
            ("403 Forbidden", "<Error><Code>AccessDenied</Code></Error>", "403 AccessDenied"),
            ("404 Not Found", "<Error><Code>NoSuchBucket</Code></Error>", "404 NoSuchBucket"),
            ("400 Bad Request", "<Error><Code>blobs/the-prefix</Code></Error>", "400"),
            ("301 Moved Permanently", "not XML <", "301"),
        ])
    func lastingFailures(_ status: String, _ body: String, _ underlying: String) async throws {
        try await withStore(
            { _, _ in .answer(status, ["Location: http://127.0.0.1:1/"], body) },
            { store, server in
                await expectTrouble(underlying) { try await store.read(Self.abc, in: Sample.scope, range: nil) }
                #expect(server.requests.count == 1)
            })
    }

    @Test("a server is left alone for as long as it asks") func retryAfter() async throws {
        try await withStore(
            { _, index in index == 0 ? .answer("503 Slow Down", ["Retry-After: 1"]) : .object("abc") },
            { store, _ in
                let begin = ContinuousClock.now
                let found = try await store.verify(Self.abc, in: Sample.scope)
                #expect(found == 3)
                #expect(ContinuousClock.now - begin >= .seconds(1))
            })
        try await withStore(
            { _, _ in .answer("503 Slow Down", ["Retry-After: 3600"]) },
            { store, server in
                await expectTrouble("503") { try await store.verify(Self.abc, in: Sample.scope) }
                #expect(server.requests.count == 1)
            })
    }

    @Test(
        "a cancelled request ends at once",
        arguments: [
            .hanging(""), .hanging("HTTP/1.1 200 OK\r\nContent-Length: 10\r\nETag: \"tag\"\r\n"),
            .hanging(
                "HTTP/1.1 200 OK\r\nContent-Length: 10\r\nETag: \"tag\"\r\n"
                    + "Last-Modified: Fri, 24 May 2013 00:00:00 GMT\r\n\r\nabc"),
            .answer("503 Slow Down", ["Retry-After: 25"]),
        ] as [ScriptedServer.Answer])
    func cancellation(_ answer: ScriptedServer.Answer) async throws {
        let (arrivals, arrival) = AsyncStream.makeStream(of: Void.self)
        try await withStore(
            { _, _ in
                arrival.yield()
                return answer
            },
            { store, _ in
                let begin = ContinuousClock.now
                let task = Task { try await store.read(Self.abc, in: Sample.scope, range: nil) }
                for await _ in arrivals { break }
                task.cancel()
                await #expect(throws: CancellationError.self) { try await task.value }
                #expect(ContinuousClock.now - begin < .seconds(10))
            })
    }

    @Test("signatures go by the server's clock when ours is wrong") func clocks() async throws {
        let theirs = "Date: Wed, 01 Jan 2098 12:00:00 GMT"
        try await withStore(
            { _, index in index == 0 ? .answer("403 Forbidden", [theirs]) : .object("abc") },
            { store, server in
                let found = try await store.verify(Self.abc, in: Sample.scope)
                #expect(found == 3)
                let dates = server.requests.map { $0.headers["x-amz-date"]?.prefix(8) }
                #expect(dates.count == 2 && dates[0]?.hasPrefix("2098") == false && dates[1] == "20980101")
            })
        // It is not the clock.
        try await withStore(
            { _, _ in .answer("403 Forbidden", [theirs]) },
            { store, server in
                await expectTrouble("403") { try await store.verify(Self.abc, in: Sample.scope) }
                #expect(server.requests.count == 2)
            })
    }

    @Test("a server that falls silent is given up") func silence() async throws {
        try await withStore(
            retries: Self.retries { $0.readTimeout = .milliseconds(100) },
            { _, index in index == 0 ? .hanging("") : .hanging("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\na") },
            { store, server in
                await expectTrouble { try await store.read(Self.abc, in: Sample.scope, range: nil) }
                #expect(server.requests.count == 4)
            })
    }

    @Test("nobody at home is trouble, and so is a closed store") func noServer() async throws {
        var store: S3BlobStore?
        let folder = try ScratchFolder()
        do {
            // Its port is free again by then.
            let server = try ScriptedServer { _, _ in .text("") }
            let location = try S3Location(
                "s3://the-bucket?endpoint=http://127.0.0.1:\(server.port)",
                environment: ["AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "secret"])
            store = try S3BlobStore(location, temporaryFolder: folder.path, retries: Self.retries())
        }
        let unreachable = try #require(store)
        await expectTrouble { try await unreachable.verify(Self.abc, in: Sample.scope) }
        await unreachable.close()
        await unreachable.close()
        await expectTrouble { try await unreachable.verify(Self.abc, in: Sample.scope) }
    }

    @Test("a download that breaks off goes on where it was") func resumption() async throws {
        let bytes = "abcdefghij"
        let sha256 = "72399361da6a7754fec986dca5b7cbaf1c810a28ded4abaf56b2106d06cb78b0"
        let broken =
            "HTTP/1.1 200 OK\r\nContent-Length: 10\r\nETag: \"tag\"\r\n"
            + "Last-Modified: Fri, 24 May 2013 00:00:00 GMT\r\n\r\nabcd"
        try await withStore(
            { _, index in index == 0 ? .text(broken) : .object("efghij", range: "4-9/10") },
            { store, server in
                let found = try await store.read(sha256, in: Sample.scope, range: nil)
                #expect(found == Array(bytes.utf8))
                #expect(server.requests.map(\.headers["range"]) == [nil, "bytes=4-9"])
                #expect(server.requests.map(\.headers["if-match"]) == [nil, "\"tag\""])
            })
        // What does not know ranges begins anew, and what came already is left out.
        try await withStore(
            { _, index in index == 0 ? .text(broken) : .object(bytes) },
            { store, _ in
                let path = try await store.withFile(sha256, in: Sample.scope) {
                    try String(contentsOfFile: $0, encoding: .utf8)
                }
                #expect(path == bytes)
            })
        // The object is another one by then.
        for answer in [
            .answer("412 Precondition Failed"),
            .answer(
                "206 Partial Content",
                [
                    "ETag: \"other\"", "Last-Modified: Fri, 24 May 2013 00:00:00 GMT", "Content-Range: bytes 4-9/10",
                ], "EFGHIJ"),
        ] as [ScriptedServer.Answer] {
            try await withStore(
                { _, index in index == 0 ? .text(broken) : answer },
                { store, server in
                    await expectTrouble("the object changed") { try await store.verify(sha256, in: Sample.scope) }
                    #expect(server.requests.count == 2)
                })
        }
    }

    @Test(
        "ranges are right, however a server answers",
        arguments: [
            .object("cde", range: "2-4/10"), .object("cde", range: "2-4/10", status: "200 OK"), .object("abcdefghij"),
            .object("abcdefgh", range: "0-7/10"),
        ] as [ScriptedServer.Answer])
    func ranges(_ answer: ScriptedServer.Answer) async throws {
        try await withStore(
            { _, _ in answer },
            { store, server in
                let found = try await store.read(Self.abc, in: Sample.scope, range: 2..<5)
                #expect(found == Array("cde".utf8))
                #expect(server.requests.first?.headers["range"] == "bytes=2-4")
            })
    }

    private static let head = "ETag: \"tag\"\r\nLast-Modified: Fri, 24 May 2013 00:00:00 GMT\r\n"

    @Test(
        "answers to a range that make no sense are trouble",
        arguments: [
            .object("abc", range: "5-7/10"), .object("cd", range: "2-4/10"), .object("cde", range: "2-4/*"),
            .object("cde", range: "4-2/10"), .object("cde", range: "2-4/3"), .object("cde", range: "x"),
            .object("cde", range: "9223372036854775805-9223372036854775807/9223372036854775807"),
            .object("cde", status: "206 Partial Content"), .text("HTTP/1.1 200 OK\r\n\(head)\r\nabcdef"),
            .text("HTTP/1.1 206 OK\r\n\(head)Content-Length: 9223372036854775807\r\n\r\ncde"),
            .text(
                "HTTP/1.1 206 OK\r\n\(head)Content-Range: bytes 0-9223372036854775806/9223372036854775807\r\n"
                    + "Content-Length: 9223372036854775807\r\n\r\na"),
            .answer("206 Partial Content", ["Content-Range: bytes 2-4/10"], "cde"),
            .answer("200 OK", ["ETag: \"tag\"", "Last-Modified: yesterday"], "abcdef"),
        ] as [ScriptedServer.Answer])
    func oddRanges(_ answer: ScriptedServer.Answer) async throws {
        try await withStore(
            { _, _ in answer },
            { store, _ in
                await expectTrouble { try await store.read(Self.abc, in: Sample.scope, range: 2..<5) }
            })
    }

    @Test("an object that ends before a range is damaged, and not read") func shortObject() async throws {
        try await withStore(
            { _, _ in .object("cd", range: "2-3/4") },
            { store, _ in
                await expectFailure(.blobDamaged) { try await store.read(Self.abc, in: Sample.scope, range: 2..<5) }
            })
    }

    private static func listing(_ keys: [String], _ rest: String = "") -> ScriptedServer.Answer {
        let entries = keys.map {
            "<Contents><Key>\($0)</Key><LastModified>2013-05-24T00:00:00.000Z</LastModified></Contents>"
        }
        return .answer(
            "200 OK", [], "<?xml version=\"1.0\"?><ListBucketResult>\(entries.joined())\(rest)</ListBucketResult>")
    }

    @Test("listings go on for as many pages as there are") func pages() async throws {
        let keys = ["acme/dev/ba/" + Self.abc, "a=3D/dev/00/" + String(repeating: "0", count: 64), "acme/dev/notes"]
        try await withStore(
            { request, index in
                let next =
                    "<IsTruncated>true</IsTruncated><NextContinuationToken>t/\(index)&amp;</NextContinuationToken>"
                return Self.listing(["the-prefix/blobs/" + keys[min(index, 2)]], index < 2 ? next : "")
            },
            { store, server in
                let blobs = try await store.blobs(publishedBefore: .now)
                #expect(
                    blobs == [
                        Sample.scope: [Self.abc],
                        Scope(tenantID: "a=", env: "dev"): [String(repeating: "0", count: 64)],
                    ])
                #expect(server.requests.count == 3)
                #expect(
                    server.requests[2].line.contains(
                        "continuation-token=t%2F1%26&list-type=2&prefix=the-prefix%2Fblobs%2F"))
            })
    }

    @Test(
        "listings that make no sense are trouble",
        arguments: [
            .answer("200 OK", [], ""), .answer("200 OK", [], "garbage"), .answer("200 OK", [], "<a><b></a>"),
            .answer("200 OK", [], "<ListBucketResult><Contents>"), .answer("200 OK", [], "<Other></Other>"),
            .answer("200 OK", [], String(repeating: "<a>", count: 100_000)),
            .answer(
                "200 OK", [],
                "<!DOCTYPE a [<!ENTITY b \"cccccccccc\"><!ENTITY d \"&b;&b;&b;&b;&b;&b;&b;&b;&b;\">]><a>&d;</a>"),
            .answer("200 OK", [], "<ListBucketResult>\u{FFFE}\u{0}</ListBucketResult>"),
            listing(["the-prefix/other"]), listing([], "<Contents></Contents>"),
            listing(
                [],
                "<Contents><Key>the-prefix/blobs/a</Key><LastModified>9999999999999-13-45T99:99:99Z</LastModified></Contents>"
            ),
            listing([], "<IsTruncated>true</IsTruncated>"),
            listing([], "<IsTruncated>true</IsTruncated><NextContinuationToken>same</NextContinuationToken>"),
        ] as [ScriptedServer.Answer])
    func oddListings(_ answer: ScriptedServer.Answer) async throws {
        try await withStore(
            { _, _ in answer }, { store, _ in await expectTrouble { try await store.blobs(publishedBefore: .now) } })
    }

    @Test("an upload in parts is complete when the server says so in its answer's body, and undone when it never does")
    func completion() async throws {
        var sizes = S3BlobStore.Sizes()
        sizes.singlePut = 2
        sizes.part = 2
        let completions = Mutex(0)
        let answer: @Sendable (Int) -> @Sendable (ScriptedServer.Request, Int) -> ScriptedServer.Answer = { failures in
            { request, _ in
                if request.line.hasPrefix("POST"), request.line.contains("?uploads=") {
                    return .answer(
                        "200 OK", [],
                        "<InitiateMultipartUploadResult><UploadId>u&amp;1</UploadId></InitiateMultipartUploadResult>")
                }
                if request.line.hasPrefix("POST") {
                    let count = completions.withLock { count in
                        count += 1
                        return count
                    }
                    return count <= failures
                        ? .answer("200 OK", [], "<Error><Code>InternalError</Code></Error>")
                        : .answer("200 OK", [], "<CompleteMultipartUploadResult></CompleteMultipartUploadResult>")
                }
                if request.line.hasPrefix("GET") { return Self.listing([]) }
                return .object(request.line.hasPrefix("HEAD") ? "" : "abc")
            }
        }
        try await withStore(sizes: sizes, answer(2)) { store, server in
            let found = try await store.keep(Array("abc".utf8), in: Sample.scope).sha256
            #expect(found == Self.abc)
            let parts = server.requests.filter { $0.line.hasPrefix("PUT") }
            #expect(parts.map(\.body) == ["ab", "c"])
            #expect(
                parts.map(\.headers["x-amz-content-sha256"]) == [
                    "fb8e20fc2e4c3f248c60c39bd652f3c1347298bb977b8b4d5903b85055620603",
                    "2e7d2c03a9507ae265ecf5b5356885a53393a2029d241394997265a1a25aefc6",
                ])
            #expect(parts.last?.line.contains("?partNumber=2&uploadId=u%261 ") == true)
            let completions = server.requests.filter { $0.body.contains("<CompleteMultipartUpload") }
            #expect(completions.count == 3)
            #expect(completions.first?.body.contains("<PartNumber>2</PartNumber><ETag>\"tag\"</ETag>") == true)
            #expect(!server.requests.contains { $0.line.hasPrefix("DELETE") })
        }
        completions.withLock { $0 = 0 }
        try await withStore(sizes: sizes, answer(.max)) { store, server in
            await expectTrouble("200 InternalError") { try await store.keep(Array("abc".utf8), in: Sample.scope) }
            #expect(server.requests.last?.line.hasPrefix("DELETE") == true)
            #expect(server.requests.last?.line.contains("?uploadId=u%261 ") == true)
        }
    }

    @Test("a store that nobody closes is no trouble") func forgotten() async throws {
        let server = try ScriptedServer { _, _ in .object("abc") }
        let folder = try ScratchFolder()
        let location = try S3Location(
            "s3://the-bucket?endpoint=http://127.0.0.1:\(server.port)",
            environment: ["AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "secret"])
        for _ in 0..<3 {
            let store = try S3BlobStore(location, temporaryFolder: folder.path)
            let found = try await store.verify(Self.abc, in: Sample.scope)
            #expect(found == 3)
        }
    }
}
