import Foundation
import Interchange
import Testing
import TimelineModel

#if canImport(FoundationXML)
    import FoundationXML
#endif

@Suite("Pictures") struct PictureTests {
    /// Names of elements, attributes that lead somewhere, and texts of a picture.
    private final class Reader: NSObject, XMLParserDelegate {
        var elements: [String: Int] = [:]
        var links: [String] = []
        var texts = ""

        func parser(
            _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
            attributes: [String: String]
        ) {
            elements[name, default: 0] += 1
            links += attributes.filter { $0.key.hasSuffix("href") || $0.key == "src" || $0.key.hasPrefix("on") }.values
        }

        func parser(_ parser: XMLParser, foundCharacters text: String) { texts += text }
    }

    private func read(_ svg: String) throws -> Reader {
        let reader = Reader()
        let parser = XMLParser(data: Data(svg.utf8))
        parser.delegate = reader
        #expect(parser.parse(), "\(String(describing: parser.parserError))")
        return reader
    }

    private func sample() -> AudioSemanticTimelineSummary {
        var meta = TimelineMeta(
            modelUsed: "m", backendType: "whisper_librosa", backendVersion: "v", semanticVersion: "v.1",
            parameters: AnalysisParameters(), cacheKey: "k", semanticIdentity: "i", contentSHA256: "c", seed: 42)
        meta.loudness = LoudnessSummary(
            integratedLUFS: -20, truePeakDBTP: -1, windowMs: 1000, hopMs: 100,
            values: (0..<600).map { Double(-60 + $0 % 60) })
        var speech = AudioEvent(kind: .speech, startMs: 1000, endMs: 20_000, speakerID: "S1", confidence: 0.9)
        speech.transcription = "Hello <world> & \"all\""
        let events = [
            AudioEvent(kind: .silence, startMs: 0, endMs: 1000), speech,
            AudioEvent(kind: .music, startMs: 5000, endMs: 60_000, loudnessLUFS: -18.5),
            AudioEvent(kind: .silence, startMs: 20_000, endMs: 20_010),
        ]
        let beats = (0..<100).map {
            BeatEvent(timeMs: 5000 + $0 * 500, beatIndex: $0, barIndex: $0 / 4, beatInBar: $0 % 4 + 1)
        }
        return AudioSemanticTimelineSummary(
            assetID: "asset", artifactID: nil, durationMs: 60_000, events: events, beats: beats, meta: meta)
    }

    @Test("A picture is SVG that names no other file, and says in words what it shows")
    func picture() throws {
        let svg = TimelineSVG(sample(), options: .init(width: 900, title: "talk & <music>.mp3")).render()
        let found = try read(svg)
        #expect(found.elements["svg"] == 1 && found.elements["desc"] == 1 && found.elements["script"] == nil)
        #expect(found.links == [])
        #expect(found.texts.contains("talk & <music>.mp3"))
        #expect(found.texts.contains("Hello <world> & \"all\""))
        #expect(found.texts.contains("speech 0:19 in 1 parts, music 0:55 in 1 parts"))
        #expect(found.texts.contains("0:30"))
        #expect(svg.contains("width=\"900\""))
        // The same timeline gives the same picture.
        #expect(TimelineSVG(sample(), options: .init(width: 900, title: "talk & <music>.mp3")).render() == svg)
    }

    @Test("However many events there are, a picture holds no more than its columns can show")
    func bounded() throws {
        var summary = sample()
        summary.durationMs = 10_000_000
        summary.events = (0..<200_000).map {
            AudioEvent(kind: [.speech, .silence][$0 % 2], startMs: $0 * 50, endMs: $0 * 50 + 50)
        }
        summary.beats = (0..<20_000).map { BeatEvent(timeMs: $0 * 500, beatIndex: $0, barIndex: nil) }
        let svg = TimelineSVG(summary).render()
        _ = try read(svg)
        #expect(svg.utf8.count < 1_000_000)
    }

    @Test("Nothing, and what no timeline should hold, is drawn without a fault")
    func strange() throws {
        var summary = sample()
        summary.durationMs = 0
        summary.events = []
        summary.beats = []
        _ = try read(TimelineSVG(summary).render())
        summary.durationMs = 5
        summary.events = [
            AudioEvent(kind: .speech, startMs: -5, endMs: .max), AudioEvent(kind: .other, startMs: 9, endMs: 3),
        ]
        summary.beats = [
            BeatEvent(timeMs: .min, beatIndex: 0, barIndex: nil), BeatEvent(timeMs: .max, beatIndex: 1, barIndex: 3),
        ]
        summary.meta.loudness?.values = [nil, .infinity, .nan, -1e300]
        for width in [0, 480, 8000, .max] {
            _ = try read(TimelineSVG(summary, options: .init(width: width, title: "\u{1}\u{FFFE}")).render())
        }
    }
}
