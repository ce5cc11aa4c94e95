import Foundation
import Interchange
import Testing
import TimelineModel

@Suite("Readers of other people", .enabled(if: ForeignReaders.python != nil), .serialized, .timeLimit(.minutes(20)))
struct ForeignReaderTests {
    @Test("Every format of a timeline is taken, and its times come back")
    func timelines() async throws {
        let readers = try ForeignReaders()
        try keep(try Recording.harbour(), as: "harbour", in: readers)
        for seed in 0..<UInt64(200) { try keep(GeneratedTimeline.summary(seed: seed), as: "\(seed)", in: readers) }
        let reports = try await readers.read()
        #expect(reports.count == 201 * TimelineFormat.allCases.count)
        #expect(reports.differences == "")
        for format in TimelineFormat.allCases {
            #expect(reports.found(format.rawValue) >= (format == .chapters ? 40 : 1_000), "\(format)")
        }
    }

    @Test("Every format of an edit list is taken, and its shots come back frame for frame")
    func editLists() async throws {
        let readers = try ForeignReaders()
        for seed in 0..<UInt64(200) { try keep(GeneratedEditList.list(seed: seed), as: "\(seed)", in: readers) }
        let reports = try await readers.read()
        #expect(reports.count == 600)
        #expect(reports.differences == "")
        #expect(["otio", "edl", "fcpxml"].allSatisfy { reports.found($0) > 2_000 })
    }

    @Test("Media has all of its frames although its length is known to a millisecond only")
    func endings() async throws {
        let readers = try ForeignReaders()
        for seed in 0..<UInt64(100) {
            let (list, mediaFrames) = GeneratedEditList.endings(seed: seed)
            try keep(list, mediaFrames: mediaFrames, as: "\(seed)", in: readers)
        }
        let reports = try await readers.read()
        #expect(reports.differences == "")
        #expect(["otio", "edl", "fcpxml"].allSatisfy { reports.found($0) == 1_200 })
    }

    @Test("A timeline is an edit list at every rate that has time code")
    func timelineAtRates() async throws {
        let readers = try ForeignReaders()
        let harbour = try Recording.harbour()
        for rate in GeneratedEditList.rates {
            var list = EditList(
                timeline: harbour, mediaURL: "file:///media/harbour%20x.wav", title: "Harbour",
                frameRate: rate.frameRate)
            list.isDropFrame = rate.isDropFrame
            let name = "harbour-\(rate.frameRate.timecodeBase)-\(rate.frameRate.denominator)"
            try keep(list, as: rate.isDropFrame ? name + "-drop" : name, in: readers)
        }
        let reports = try await readers.read()
        #expect(reports.count == 30)
        #expect(reports.differences == "")
        let shots = 10 * harbour.events.count { $0.kind != .silence }
        #expect(["otio", "edl", "fcpxml"].allSatisfy { reports.found($0) == shots })
    }

    @Test("The readers see it when a single time is wrong")
    func selfTest() async throws {
        let readers = try ForeignReaders()
        try keep(try Recording.harbour(), as: "harbour", in: readers)
        for seed in 3..<UInt64(30) { try keep(GeneratedTimeline.summary(seed: seed), as: "\(seed)", in: readers) }
        for seed in 8..<UInt64(28) { try keep(GeneratedEditList.list(seed: seed), as: "\(seed)", in: readers) }
        let reports = try await readers.read(selfTest: true)
        #expect(reports.differences == "")
        let editors = ["target", "source", "mark", "shot_mark"]
        let carried: [String: [String]] = [
            "otio": editors + ["mark_length", "shot_mark_length", "event", "beat"], "edl": editors,
            "fcpxml": editors + ["shot_mark_length"], "json": ["event", "word", "beat"],
            "csv": ["event", "word", "beat"], "jams": ["event", "word", "beat"], "audacity": ["event", "beat"],
            "rttm": ["event"], "podcast": ["event", "word"], "chapters": ["event"], "vtt": ["event", "word"],
            "srt": ["event", "word"], "midi": ["beat"],
        ]
        let seen = Dictionary(grouping: reports, by: \.format).mapValues { Set($0.compactMap(\.field)) }
        #expect(seen == carried.mapValues(Set.init))
    }

    private func keep(_ summary: AudioSemanticTimelineSummary, as name: String, in readers: ForeignReaders) throws {
        try #require(summary.violations == [], "timeline \(name)")
        let mediaURL = "file:///media/\(name)%20x.wav"
        let expected = try readers.keep(TimelineFacts(summary, mediaURL: mediaURL), as: name)
        for format in TimelineFormat.allCases {
            try readers.keep(
                [format.bytes(of: summary, mediaURL: mediaURL)], as: "\(name).\(format.fileExtension)",
                format: format.rawValue, expected: expected)
        }
    }

    private func keep(
        _ list: EditList, mediaFrames: [String: Int] = [:], as name: String, in readers: ForeignReaders
    ) throws {
        let expected = try readers.keep(EditListFacts(list, mediaFrames: mediaFrames), as: "list-" + name)
        let tracks = max(list.framed().tracks.count, 1)
        let exports = [
            "otio": [try OpenTimelineIO().text(of: list)], "fcpxml": [try FinalCutXML().text(of: list)],
            "edl": try (0..<tracks).map { try EditDecisionList().text(of: list, track: $0) },
        ]
        for (format, texts) in exports {
            try readers.keep(
                texts.map { Array($0.utf8) }, as: "list-\(name).\(format)", format: format, expected: expected)
        }
    }
}
