import Foundation
import Interchange
import Subprocess
import SystemPackage
import TestSupport
import Testing
import TimelineModel

/// Pages as a browser shows them.
@Suite(
    "Pages in a browser", .enabled(if: Browser.isInstalled, "needs Chromium and axe"), .serialized,
    .timeLimit(.minutes(10)))
struct PageTests {
    @Test("From the disk, without a request: it plays, words lead to their place, keys work, nothing keeps people out")
    func whole() async throws {
        let summary: AudioSemanticTimelineSummary = try TimelineJSON.decode(
            from: Data(contentsOf: URL(filePath: Browser.fixtures + "/page-timeline.json")))
        var page = TimelinePage(summary)
        page.title = "harbour.flac"
        page.waveform = TimelinePage.Waveform(
            hopMs: 10, minima: (0..<6600).map { Int8(-($0 % 90)) }, maxima: (0..<6600).map { Int8($0 % 90) })
        page.sound = .bytes(try await Browser.opus(seconds: 66), mediaType: "audio/ogg; codecs=opus")
        page.shots = [TimelinePage.Shot(startMs: 12_000, endMs: 14_000, label: "at 0.0 s")]
        let seen = try await Browser.look(at: page, ["--axe", Browser.axe])
        #expect(seen.requests == [] && seen.errors == [])
        #expect(abs((seen.sound_seconds ?? 0) - 66) < 0.1)
        // Real time, however busy the machine is; a page that stood still would be at 0.
        #expect((seen.played ?? 0) > 1)
        let speech = try #require(summary.events.first { ($0.meta.words ?? []).count > 3 })
        let word = try #require(speech.meta.words?[3])
        #expect(seen.word?.text == word.word && seen.word?.position == Double(word.startMs))
        #expect(seen.word?.highlighted == word.word)
        #expect(seen.keys["Home"] == 0)
        #expect(seen.keys["n"] == Double(summary.events.map(\.startMs).filter { $0 > 0 }.min() ?? -1))
        #expect(seen.keys["b"] == Double(summary.beats[0].timeMs))
        #expect(seen.keys["End"] == Double(summary.durationMs))
        #expect(seen.keys["ArrowLeft"] == Double(summary.durationMs - 5000))
        #expect(seen.spoken?.hasPrefix("0:00, silence") == true)
        #expect((seen.axe?["serious"] ?? []).isEmpty && (seen.axe?["critical"] ?? []).isEmpty, "\(seen.axe ?? [:])")
    }

    @Test("A million events: every one is there, and frames cost what columns cost")
    func million() async throws {
        let summary = LongTimeline.make(events: 1_000_000)
        let seen = try await Browser.look(at: TimelinePage(summary), ["--zoom"])
        #expect(seen.counts["speech"] == summary.events.count { $0.kind == .speech })
        #expect(seen.counts["silence"] == summary.events.count { $0.kind == .silence })
        #expect(seen.requests == [] && seen.errors == [])
        let frames = try #require(seen.frames)
        #expect(frames.count > 100)
        // What is promised is measured on a machine with nothing else to do; tests share theirs.
        let factor = ProcessInfo.processInfo.environment["CUELINE_IDLE_MACHINE"] == nil ? 6.0 : 1
        #expect(frames.p95 <= 16 * factor && frames.p99 <= 32 * factor, "\(frames)")
    }

    @Test("Hostile names and words are text: no markup, no script, no request")
    func hostile() async throws {
        let attack =
            "</script><script>document.title='owned';fetch('http://127.0.0.1:9/')</script><img src=x onerror=alert(1)>\u{202E}{{data}}"
        var summary = LongTimeline.make(events: 12)
        summary.assetID = attack
        summary.meta.warnings = [attack]
        for index in summary.events.indices where summary.events[index].kind == .speech {
            summary.events[index].transcription = attack
            summary.events[index].speakerID = attack
            for word in summary.events[index].meta.words?.indices ?? 0..<0 {
                summary.events[index].meta.words?[word].word = attack
            }
        }
        var page = TimelinePage(summary)
        page.title = attack
        page.shots = [TimelinePage.Shot(startMs: 0, endMs: 100, label: attack)]
        let seen = try await Browser.look(at: page, ["--axe", Browser.axe])
        #expect(seen.requests == [] && seen.errors == [])
        #expect(seen.counts["speech"] == 4)
        #expect((seen.axe?["serious"] ?? []).isEmpty && (seen.axe?["critical"] ?? []).isEmpty, "\(seen.axe ?? [:])")
    }

    @Test("Nothing at all is a page too")
    func empty() async throws {
        var summary = LongTimeline.make(events: 0)
        summary.events = []
        summary.beats = []
        summary.durationMs = 0
        summary.meta.loudness = nil
        let seen = try await Browser.look(at: TimelinePage(summary), ["--axe", Browser.axe])
        #expect(seen.requests == [] && seen.errors == [] && seen.played == nil)
    }
}

extension Browser {
    /// What the script saw; the names are its own.
    struct Seen: Decodable {
        struct Word: Decodable {
            var text: String
            var position: Double
            var highlighted: String?
        }
        struct Frames: Decodable {
            var count: Int
            var median: Double
            var p95: Double
            var p99: Double
            var worst: Double
        }
        var counts: [String: Int]
        var requests: [String]
        var errors: [String]
        var played: Double?
        var sound_seconds: Double?
        var word: Word?
        var keys: [String: Double]
        var spoken: String?
        var frames: Frames?
        var axe: [String: [[JSONValue]]]?
    }

    static func look(at page: TimelinePage, _ options: [String]) async throws -> Seen {
        let file = FileManager.default.temporaryDirectory.appending(path: "cueline-\(UUID().uuidString).html")
        defer { try? FileManager.default.removeItem(at: file) }
        try Data(try page.html()).write(to: file)
        return try JSONDecoder().decode(Seen.self, from: try await ask("page_check.py", [file.path] + options))
    }

    static func opus(seconds: Int) async throws -> [UInt8] {
        let result = try await Subprocess.run(
            .name("ffmpeg"),
            arguments: [
                "-nostdin", "-v", "error", "-f", "lavfi", "-i", "sine=r=48000:d=\(seconds)", "-c:a", "libopus", "-b:a",
                "16k",
                "-f", "ogg", "pipe:1",
            ], output: .bytes(limit: 1 << 24), error: .discarded)
        return result.standardOutput
    }
}
