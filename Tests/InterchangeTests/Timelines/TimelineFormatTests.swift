import Interchange
import Testing
import TimelineModel

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

@Suite("Formats of a timeline")
struct TimelineFormatTests {
    @Test("No two formats of one recording share a file name")
    func names() {
        #expect(Set(TimelineFormat.allCases.map(\.fileExtension)).count == TimelineFormat.allCases.count)
        #expect(TimelineFormat.allCases.allSatisfy { $0.mediaType.contains("/") })
        #expect(TimelineFormat(rawValue: "chapters")?.mediaType == "application/json+chapters")
    }

    @Test("Each format writes what its writer writes; SubRip in the lines of podcasts")
    func writers() throws {
        let summary = Sample.full()
        func text(_ format: TimelineFormat) throws -> String {
            String(decoding: try format.bytes(of: summary), as: UTF8.self)
        }
        #expect(try text(.json) == String(decoding: try TimelineJSON.encode(summary), as: UTF8.self) + "\n")
        #expect(try text(.vtt) == WebVTT().text(of: summary))
        #expect(try text(.srt) == SRT(layout: .podcast).text(of: summary))
        #expect(try text(.audacity) == AudacityLabels().text(of: summary))
        #expect(try text(.rttm) == RTTM().text(of: summary))
        #expect(try text(.jams) == JAMS().text(of: summary))
        #expect(try text(.podcast) == PodcastTranscript().text(of: summary))
        #expect(try text(.chapters) == PodcastChapters().text(of: summary))
        #expect(try text(.csv) == EventTable().text(of: summary))
        #expect(try TimelineFormat.midi.bytes(of: summary) == MIDITempoMap().bytes(of: summary))
        #expect(try text(.otio).contains("\"asset:sha256-1234\""))
        #expect(
            String(decoding: try TimelineFormat.otio.bytes(of: summary, mediaURL: "file:///a.wav"), as: UTF8.self)
                .contains("\"file:///a.wav\""))
    }

    @Test("OpenTimelineIO counts frames of the rate that is asked for, milliseconds otherwise")
    func frameRate() throws {
        let summary = Sample.full()
        let list = EditList(
            timeline: summary, mediaURL: "asset:sha256-1234", title: "sha256-1234", frameRate: .ntsc2997)
        #expect(try TimelineFormat.otio.bytes(of: summary, frameRate: .ntsc2997) == OpenTimelineIO().bytes(of: list))
        #expect(
            String(decoding: try TimelineFormat.otio.bytes(of: summary), as: UTF8.self).contains("\"rate\":1000,"))
    }

    @Test("Documents that keep no promise give files that can be read, without a control character", arguments: 0..<150)
    func hostile(seed: Int) throws {
        var random = RandomTimelines(seed: seed)
        let summary = random.hostile()
        for format in TimelineFormat.allCases where format != .json {
            let bytes = try format.bytes(of: summary)
            if format == .midi {
                let file = try #require(MIDIReader(bytes))
                #expect(file.tracks[0].last?.tick == file.tracks[1].last?.tick)
                continue
            }
            let text = try #require(String(validating: bytes, as: UTF8.self))
            if [.jams, .podcast, .chapters, .otio].contains(format) {
                #expect(throws: Never.self) { try TimelineJSON.decode(JSONValue.self, from: Data(bytes)) }
            }
            // Metadata is as it was found, but for what is escaped.
            if format == .otio {
                #expect(!text.unicodeScalars.contains { $0 != "\n" && $0.properties.generalCategory == .control })
                continue
            }
            let allowed: Set<Unicode.Scalar> =
                format == .csv ? ["\r", "\n"] : format == .audacity ? ["\t", "\n"] : ["\n"]
            let obeyed = text.unicodeScalars.filter {
                !allowed.contains($0) && $0 != "\u{200D}"
                    && [.control, .format, .lineSeparator].contains($0.properties.generalCategory)
            }
            #expect(obeyed.isEmpty, "\(format)")
            if [.vtt, .srt].contains(format) { Self.checkCaptions(text, separator: format == .vtt ? "." : ",") }
        }
    }

    /// Every arrow is in a line of times, in order.
    private static func checkCaptions(_ text: String, separator: String) {
        var last = ""
        for line in text.utf8.split(separator: UInt8(ascii: "\n")).map({ String(decoding: $0, as: UTF8.self) })
        where Array(line.utf8).firstRange(of: Array("-->".utf8)) != nil {
            let times = line.split(separator: " ")
            #expect(times.count == 3 && times[1] == "-->" && line.allSatisfy { "0123456789:->, .".contains($0) })
            guard times.count == 3 else { continue }
            let ordered = times.count { $0 == "-->" || $0.contains(separator) } == 3
            #expect(ordered)
            let padded = times.map { String(repeating: "0", count: max(24 - $0.count, 0)) + $0 }
            #expect(padded[0] < padded[2] && last <= padded[0])
            last = padded[2]
        }
    }

    @Test("An empty timeline gives an empty file of every format")
    func empty() throws {
        for summary in [Sample.summary([]), Sample.summary([AudioEvent(kind: .silence, startMs: 0, endMs: 9)])] {
            #expect(try TimelineFormat.srt.bytes(of: summary).isEmpty)
            #expect(try TimelineFormat.rttm.bytes(of: summary).isEmpty)
            #expect(try TimelineFormat.vtt.bytes(of: summary) == Array("WEBVTT\n".utf8))
            for format in TimelineFormat.allCases where ![.srt, .rttm, .audacity].contains(format) {
                #expect(try !format.bytes(of: summary).isEmpty)
            }
        }
    }
}
