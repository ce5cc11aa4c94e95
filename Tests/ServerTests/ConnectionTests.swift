import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import SemanticTimeline
import Server
import TestSupport
import Testing

/// Something to send, by a name that a report can show.
struct Sent: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var text: String

    init(_ name: String, _ text: String) {
        testDescription = name
        self.text = text
    }
}

@Suite("Connections of strangers, over real sockets", .timeLimit(.minutes(5)))
struct ConnectionTests {
    /// Long enough for a busy machine to send what is sent in time.
    private static let short = Duration.seconds(2)

    /// The connection that the framework of the test has to the server.
    private static let ownConnections = 1

    /// Serves, and gives the port.
    private func serve(
        _ harness: ServiceHarness? = nil, _ connections: Connections? = nil,
        change: (inout ConnectionLimits) -> Void = { _ in },
        _ body: @escaping @Sendable (Int) async throws -> Void
    ) async throws {
        let harness = try harness ?? ServiceHarness()
        var limits = ConnectionLimits()
        change(&limits)
        let router = CuelineServer.router(
            service: harness.service, tenancy: Tenancy(authenticator: nil), metrics: PrometheusRegistry())
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let application = Application(
            router: router, server: CuelineServer.http(limits, connections),
            configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: 0)), logger: logger)
        try await application.test(.live) { client in
            let port = try #require(client.port)
            try await body(port)
            // Whatever was done to it, it serves.
            #expect(try await Self.health(port).hasPrefix("HTTP/1.1 200"))
        }
    }

    private static func health(_ port: Int) async throws -> String {
        let connection = try RawConnection(port: port)
        await connection.send("GET /health HTTP/1.1\r\nHost: a\r\n\r\n")
        return await connection.receive(until: #"{"status":"ok"}"#)
    }

    private static let start = "GET /health HTTP/1.1\r\nHost: a\r\n"
    private static let post =
        "POST /audio/semantic-timeline/analyze HTTP/1.1\r\nHost: a\r\nX-Tenant-Id: t1\r\nX-Env: dev\r\n"
        + "Content-Type: application/json\r\n"

    @Test(
        "A head that is too large is a 431, wherever it is large",
        arguments: [
            Sent("a field of 1 MiB", start + "X: " + String(repeating: "x", count: 1 << 20)),
            Sent("100 000 fields", start + String(repeating: "X: y\r\n", count: 100_000)),
            Sent(
                "200 kB of fields",
                start + (0..<100).map { "X-\($0): \(String(repeating: "x", count: 2000))\r\n" }.joined()),
            Sent("an endless name", start + String(repeating: "N", count: 1 << 20)),
            Sent("a target of 1 MiB", "GET /" + String(repeating: "a", count: 1 << 20)),
        ])
    func largeHeads(head: Sent) async throws {
        try await serve { port in
            let connection = try RawConnection(port: port)
            await connection.send(head.text)
            let answer = await connection.receive()
            #expect(answer.hasPrefix("HTTP/1.1 431 "), "\(answer.prefix(200))")
            #expect(answer.contains(#""code":"validation.error""#))
        }
    }

    @Test(
        "What is no HTTP is a 400",
        arguments: [
            Sent("zeros", "\0\0\0\r\n\r\n"), Sent("a word", "GET\r\n\r\n"),
            Sent("a field without a name", "GET / HTTP/1.1\r\n: x\r\n\r\n"),
        ])
    func noHTTP(text: Sent) async throws {
        try await serve { port in
            let connection = try RawConnection(port: port)
            await connection.send(text.text)
            let answer = await connection.receive()
            #expect(answer.hasPrefix("HTTP/1.1 400 "), "\(answer.prefix(200))")
        }
    }

    @Test("A head that comes a byte at a time, or not at all, ends with a 408; others are served meanwhile")
    func slowHeads() async throws {
        try await serve {
            $0.requestTimeout = Self.short
        } _: { port in
            let silent = try RawConnection(port: port)
            let slow = try RawConnection(port: port)
            async let answer = slow.receive()
            var sent = 0
            for byte in Array(Self.start.utf8) + Array(repeating: UInt8(ascii: "x"), count: 10_000) {
                guard await slow.send([byte]) else { break }
                sent += 1
                if sent % 10 == 0 { #expect(try await Self.health(port).hasPrefix("HTTP/1.1 200")) }
            }
            #expect(await answer.hasPrefix("HTTP/1.1 408 "))
            #expect(await silent.receive().hasPrefix("HTTP/1.1 408 "))
        }
    }

    @Test(
        "A body that does not come is a 408, however it was announced",
        arguments: [
            Sent("nothing", "Content-Length: 100\r\n\r\n"), Sent("a byte", "Content-Length: 100\r\n\r\n{"),
            Sent("a byte of many", "Content-Length: 9999999999\r\n\r\n{"),
            Sent("no chunk", "Transfer-Encoding: chunked\r\n\r\n"),
            Sent("a huge chunk", "Transfer-Encoding: chunked\r\n\r\n7FFFFFFFFFFFFFFF\r\n{"),
        ])
    func missingBodies(rest: Sent) async throws {
        try await serve {
            $0.bodyTimeout = Self.short
        } _: { port in
            let connection = try RawConnection(port: port)
            await connection.send(Self.post + rest.text)
            let answer = await connection.receive()
            #expect(answer.hasPrefix("HTTP/1.1 408 "), "\(answer.prefix(300))")
            #expect(answer.contains("X-Request-Id: ") || answer.contains("x-request-id: "), "\(answer.prefix(300))")
        }
    }

    @Test("A body that comes a byte at a time is a 408; one that comes steadily is taken, however long it takes")
    func slowBodies() async throws {
        try await serve {
            $0.bodyTimeout = Self.short
        } _: { port in
            let slow = try RawConnection(port: port)
            await slow.send(Self.post + "Content-Length: 1000000\r\n\r\n{")
            async let answer = slow.receive()
            while await slow.send(" ") { try await Task.sleep(for: .milliseconds(5)) }
            #expect(await answer.hasPrefix("HTTP/1.1 408 "))
            let steady = try RawConnection(port: port)
            // Longer than two windows.
            let count = 400
            await steady.send(Self.post + "Content-Length: \(count * 4096 + 2)\r\n\r\n{")
            #expect(await steady.send([UInt8](repeating: 0x20, count: 4096), times: count, every: 0.015, end: "}"))
            #expect(await steady.receive(until: "}}").contains("asset_id is required"))
        }
    }

    @Test(
        "Chunks that cannot be are a 400",
        arguments: [
            Sent("too large", "FFFFFFFFFFFFFFFFFF\r\n{"), Sent("negative", "-1\r\n{"), Sent("no number", "zz\r\n{"),
            Sent("longer than it says", "1\r\n{}{}{}"), Sent("a zero in its extension", "1;x=\0\r\n{"),
        ])
    func badChunks(chunks: Sent) async throws {
        try await serve { port in
            let connection = try RawConnection(port: port)
            await connection.send(Self.post + "Transfer-Encoding: chunked\r\n\r\n" + chunks.text)
            let answer = await connection.receive()
            #expect(answer.hasPrefix("HTTP/1.1 400 "), "\(answer.prefix(300))")
        }
    }

    @Test("Thousands of requests in one piece are answered one after the other")
    func pipelined() async throws {
        try await serve { port in
            let connection = try RawConnection(port: port)
            let count = 5000
            async let sent = connection.send(
                String(repeating: Self.start + "\r\n", count: count) + Self.start + "Connection: close\r\n\r\n")
            let answer = await connection.receive()
            #expect(await sent)
            #expect(answer.split(separator: "HTTP/1.1 200 OK").count == count + 1)
        }
    }

    @Test("Where all connections are taken, the one that has waited longest makes room")
    func manyConnections() async throws {
        try await serve {
            $0.connections = 20
            $0.requestTimeout = .seconds(100)
        } _: { port in
            // One that is in use stays: its request is not whole.
            let busy = try RawConnection(port: port)
            await busy.send(Self.post + "Content-Length: 2\r\nExpect: 100-continue\r\n\r\n")
            // Its head was read.
            #expect(await busy.receive(until: "\r\n\r\n").hasPrefix("HTTP/1.1 100 "))
            await busy.send("{")
            let idle = try (0..<200).map { _ in try RawConnection(port: port) }
            for _ in 0..<20 { #expect(try await Self.health(port).hasPrefix("HTTP/1.1 200")) }
            #expect(await idle[0].receive() == "")
            await busy.send("}")
            #expect(await busy.receive(until: "}}").contains("asset_id is required"))
        }
    }

    @Test("A client that takes nothing of its answer is cut off, and what it would have got is not held")
    func unread() async throws {
        let harness = try ServiceHarness()
        try await harness.addAsset("large", bytes: [UInt8](repeating: 0x61, count: 64 << 20))
        let connections = Connections(limit: 100)
        try await serve(harness, connections) {
            $0.writeTimeout = .seconds(1)
        } _: { port in
            let connection = try RawConnection(port: port, receiveBuffer: 64 << 10)
            await connection.send(
                "GET /media-v2/assets/large/content HTTP/1.1\r\nHost: a\r\nX-Tenant-Id: t1\r\nX-Env: dev\r\n\r\n")
            #expect(await connection.receive(until: "\r\n\r\n").hasPrefix("HTTP/1.1 200"))
            // Nothing tells a client that it was cut off before it has read what was on its way: the server knows.
            while connections.count > Self.ownConnections { try await Task.sleep(for: .milliseconds(20)) }
            #expect(await connection.receive().utf8.count < 63 << 20)
        }
    }

    @Test("Targets and queries have bounds, and so has JSON in JSON")
    func targets() async throws {
        let app = try TestApp()
        try await app.test { client in
            let long = try await client(.get, "/media-v2/assets?tag=" + String(repeating: "a", count: 9000))
            #expect(long.status == 414 && long.code == "validation.error")
            let many = try await client(.get, "/media-v2/assets?" + String(repeating: "a=b&", count: 101))
            #expect(many.status == 400 && many.field == "query")
            for (open, close) in [("[", "]"), (#"{"a":"#, "}")] {
                let deep = String(repeating: open, count: 100_000) + "1" + String(repeating: close, count: 100_000)
                let answer = try await client(
                    .post, "/audio/semantic-timeline/analyze", json: #"{"asset_id": "a", "x": \#(deep)}"#)
                #expect(answer.status == 400 && answer.field == "body")
            }
        }
    }
}
