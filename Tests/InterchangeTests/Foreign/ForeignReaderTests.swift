import Foundation
import Interchange
import Testing
import TimelineModel

@Suite("Readers of other people", .enabled(if: ForeignReaders.python != nil), .timeLimit(.minutes(5)))
struct ForeignReaderTests {
    @Test("Every format of a timeline is taken, and its times come back")
    func timelines() throws {
        let readers = try ForeignReaders()
        try keep(try Recording.harbour(), as: "harbour", in: readers)
        for seed in 0..<UInt64(200) { try keep(GeneratedTimeline.summary(seed: seed), as: "\(seed)", in: readers) }
        let reports = try readers.read()
        #expect(reports.count == 201 * TimelineFormat.allCases.count)
        #expect(reports.differences == "")
        for format in TimelineFormat.allCases {
            #expect(reports.found(format.rawValue) >= (format == .chapters ? 40 : 1_000), "\(format)")
        }
    }

    @Test("Every format of an edit list is taken, and its shots come back frame for frame")
    func editLists() throws {
        let readers = try ForeignReaders()
        for seed in 0..<UInt64(200) { try keep(GeneratedEditList.list(seed: seed), as: "\(seed)", in: readers) }
        let reports = try readers.read()
        #expect(reports.count == 600)
        #expect(reports.differences == "")
        #expect(["otio", "edl", "fcpxml"].allSatisfy { reports.found($0) > 2_000 })
    }

    @Test("The readers see it when times are wrong")
    func selfTest() throws {
        let readers = try ForeignReaders()
        try keep(try Recording.harbour(), as: "harbour", in: readers)
        for seed in 3..<UInt64(20) { try keep(GeneratedTimeline.summary(seed: seed), as: "\(seed)", in: readers) }
        for seed in 8..<UInt64(28) { try keep(GeneratedEditList.list(seed: seed), as: "\(seed)", in: readers) }
        let holding = Set(try readers.read().filter { $0.ok && $0.found > 0 }.map(\.file))
        let missed = try readers.read(selfTest: true).filter { $0.ok && holding.contains($0.file) }
        #expect(holding.count > 150)
        #expect(missed.map(\.file) == [])
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

    private func keep(_ list: EditList, as name: String, in readers: ForeignReaders) throws {
        let expected = try readers.keep(EditListFacts(list), as: "list-" + name)
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
