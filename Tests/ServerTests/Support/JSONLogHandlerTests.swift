import Foundation
import Library
import Logging
import Server
import Testing

@Suite("Log lines in JSON")
struct JSONLogHandlerTests {
    /// Gives a logger to a closure, and what it wrote, line for line.
    private func lines(
        metadataProvider: Logger.MetadataProvider? = nil, _ body: (Logger) async throws -> Void
    ) async throws -> [String] {
        let pipe = Pipe()
        let handler = JSONLogHandler(
            label: "cueline", descriptor: pipe.fileHandleForWriting.fileDescriptor, logLevel: .debug,
            metadataProvider: metadataProvider, now: { Timestamp(millisecondsSince1970: 1_795_532_645_125) })
        try await body(Logger(label: "cueline") { _ in handler })
        try pipe.fileHandleForWriting.close()
        let data = try pipe.fileHandleForReading.readToEnd() ?? Data()
        let text = try #require(String(data: data, encoding: .utf8))
        #expect(text.isEmpty || text.hasSuffix("\n"))
        return text.split(separator: "\n").map(String.init)
    }

    @Test("An event is one object, its keys in order")
    func line() async throws {
        let lines = try await lines { logger in
            logger.info("ready")
            logger.warning("slow", metadata: ["seconds": "\(1.5)", "asset": "a1"])
        }
        #expect(
            lines == [
                #"{"time":"2026-11-24T15:04:05.125Z","level":"info","label":"cueline","message":"ready"}"#,
                #"{"time":"2026-11-24T15:04:05.125Z","level":"warning","label":"cueline","message":"slow","#
                    + #""metadata":{"asset":"a1","seconds":"1.5"}}"#,
            ])
    }

    @Test(
        "Any text comes out as it went in",
        arguments: [
            "", "\"", "\\", "a\nb\r\nc\td", "\u{0}\u{1}\u{8}\u{c}\u{1f}\u{7f}", "naïve 🎧 \u{2028}", "\\u0041",
            "{\"level\":\"fatal\"}\n{\"level\":\"fatal\"}", "e\u{301}",
        ])
    func escapes(text: String) async throws {
        let lines = try await lines { logger in
            logger.info("\(text)", metadata: ["\(text)": "\(text)"])
        }
        #expect(lines.count == 1)
        let line = try JSONDecoder().decode(Line.self, from: Data((lines.first ?? "").utf8))
        #expect(line.message.unicodeScalars.elementsEqual(text.unicodeScalars))
        #expect(line.metadata == [text: text])
    }

    @Test("Nested metadata stays nested")
    func nested() async throws {
        let lines = try await lines { logger in
            logger.info(
                "m",
                metadata: [
                    "object": ["b": [:], "a": ["x", ["y": "z"], []]],
                    "number": .stringConvertible(7),
                ])
        }
        let line = try #require(lines.first)
        #expect(
            line.hasSuffix(#""metadata":{"number":"7","object":{"a":["x",{"y":"z"},[]],"b":{}}}}"#))
    }

    @Test("An event's own metadata wins over the provider's, and that over the logger's")
    func precedence() async throws {
        let provider = Logger.MetadataProvider { ["a": "provider", "b": "provider"] }
        let lines = try await lines(metadataProvider: provider) { logger in
            var logger = logger
            logger[metadataKey: "a"] = "logger"
            logger[metadataKey: "b"] = "logger"
            logger[metadataKey: "c"] = "logger"
            logger.info("m", metadata: ["a": "event"])
        }
        let line = try #require(lines.first)
        #expect(line.hasSuffix(#""metadata":{"a":"event","b":"provider","c":"logger"}}"#))
    }

    @Test("An event's error is told with its type")
    func error() async throws {
        let lines = try await lines { logger in
            logger.error("m", error: MultipartError(.incomplete, "cut short"))
        }
        let line = try #require(lines.first)
        #expect(
            line.hasSuffix(#""metadata":{"error.message":"cut short","error.type":"Server.MultipartError"}}"#))
    }

    @Test("Levels and metadata are values")
    func values() async throws {
        let lines = try await lines { logger in
            var (first, second) = (logger, logger)
            first.logLevel = .error
            first[metadataKey: "only"] = "first"
            second[metadataKey: "only"] = "second"
            #expect(second.logLevel == .debug)
            #expect(first[metadataKey: "only"] == "first")
            first.info("dropped")
            second.trace("dropped")
            second.debug("kept")
        }
        #expect(lines.count == 1)
    }

    @Test("Lines of several tasks do not mix")
    func parallel() async throws {
        let lines = try await lines { logger in
            await withTaskGroup(of: Void.self) { group in
                for task in 0..<8 {
                    group.addTask {
                        for index in 0..<40 { logger.info("\(task)-\(index)") }
                    }
                }
            }
        }
        let messages = try lines.map { try JSONDecoder().decode(Line.self, from: Data($0.utf8)).message }
        #expect(Set(messages).count == 320)
    }

    @Test("A descriptor that is closed is no trouble")
    func closed() {
        let handler = JSONLogHandler(label: "cueline", descriptor: -1)
        Logger(label: "cueline") { _ in handler }.info("lost")
    }

    private struct Line: Decodable {
        var time: String
        var level: String
        var label: String
        var message: String
        var metadata: [String: String]?
    }
}
