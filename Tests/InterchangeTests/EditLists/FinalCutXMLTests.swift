import Foundation
import Interchange
import Testing
import TimelineModel

#if canImport(FoundationXML)
    import FoundationXML
#endif

@Suite("FCPXML")
struct FinalCutXMLTests {
    @Test("A drop frame list is written exactly so")
    func golden() throws {
        let text = try FinalCutXML().text(of: EditListSample.small(at: .ntsc2997, isDropFrame: true))
        #expect(text == Self.golden)
    }

    @Test("Connected clips and marks are in the local time of the spine's item that they start in")
    func localTimes() throws {
        let media = EditListSample.camera
        func shot(_ target: Double, source: Double, track: String) -> EditList.Shot {
            EditList.Shot(
                name: track, media: media, sourceStartMs: source, targetStartMs: target, durationMs: 1_000,
                track: track)
        }
        let list = EditList(
            title: "t", frameRate: .pal25,
            shots: [
                shot(1_000, source: 5_000, track: "V1"), shot(1_400, source: 0, track: "V2"),
                shot(3_000, source: 0, track: "V2"), shot(200, source: 0, track: "V3"),
            ],
            markers: [EditList.Marker(name: "in", atMs: 1_200), EditList.Marker(name: "after", atMs: 6_000)])
        let root = try XMLTree.parse(FinalCutXML().text(of: list))
        let items = root.all("spine")[0].children
        #expect(items.map(\.name) == ["gap", "asset-clip", "gap"])
        #expect(items.map { $0.attributes["duration"] } == ["1s", "1s", "101/25s"])
        #expect(items[0].children.map { [$0.attributes["lane"], $0.attributes["offset"]] } == [["2", "1/5s"]])
        #expect(items[1].children.map { $0.attributes["offset"] ?? $0.attributes["start"] } == ["27/5s", "26/5s"])
        #expect(items[2].children.map { $0.attributes["offset"] ?? $0.attributes["start"] } == ["1s", "4s"])
    }

    @Test("The spine is the first track with a picture; sound before it is below, as is sound after it")
    func spine() throws {
        func shot(_ track: String, _ media: EditList.Media) -> EditList.Shot {
            EditList.Shot(
                name: track, media: media, sourceStartMs: 0, targetStartMs: 0, durationMs: 1_000, track: track)
        }
        let (sound, picture) = (EditListSample.microphone, EditListSample.camera)
        func lanes(_ shots: [EditList.Shot]) throws -> [String?: String?] {
            let list = EditList(title: "t", frameRate: .pal25, shots: shots)
            let clips = try XMLTree.parse(FinalCutXML().text(of: list)).all("asset-clip")
            return Dictionary(uniqueKeysWithValues: clips.map { ($0.attributes["name"], $0.attributes["lane"]) })
        }
        #expect(
            try lanes([shot("A1", sound), shot("V1", picture), shot("V2", picture), shot("A2", sound)])
                == ["A1": "-1", "V1": nil, "V2": "1", "A2": "-2"])
        #expect(try lanes([shot("A1", sound), shot("A2", sound)]) == ["A1": nil, "A2": "-1"])
        #expect(try lanes([]).isEmpty)
    }

    @Test("A medium's duration is its whole frames, or what the shots take where that is more or nothing is known")
    func assets() throws {
        let media = [("a", 10_038.0), ("b", 500), ("c", nil), ("d", 10_039)].map { id, duration in
            EditList.Media(id: id, name: "", url: "x y%20%é", durationMs: duration, hasAudio: false)
        }
        let list = EditList(
            title: "", frameRate: .pal25,
            shots: media.flatMap { media in
                [0.0, 2_000].map {
                    EditList.Shot(name: "", media: media, sourceStartMs: $0, targetStartMs: 0, durationMs: 1_000)
                }
            })
        let assets = try XMLTree.parse(FinalCutXML().text(of: list)).all("asset")
        #expect(assets.map { $0.attributes["duration"] } == ["10s", "3s", "3s", "251/25s"])
        #expect(assets.map { $0.attributes["name"] } == ["a", "b", "c", "d"])
        #expect(assets.allSatisfy { $0.attributes["hasVideo"] == "1" && $0.attributes["hasAudio"] == nil })
        #expect(assets.allSatisfy { $0.attributes["format"] == "r1" })
        #expect(assets[0].children[0].attributes["src"] == "x%20y%20%25%C3%A9")
    }

    @Test("More than 120 frames a second are refused")
    func refused() {
        let error = #expect(throws: InterchangeError.self) {
            try FinalCutXML().text(of: EditListSample.small(at: .milliseconds))
        }
        #expect(error?.code == .frameRateNeeded)
    }

    @Test("Whatever comes in: well-formed, in the DTD's order, an unbroken spine, times exact", arguments: 0..<120)
    func promises(seed: Int) throws {
        let list = EditListSample.generated(seed: UInt64(seed))
        let root = try XMLTree.parse(FinalCutXML().text(of: list))
        let framed = list.framed()
        func frame(_ text: String?) throws -> Int { try #require(text.flatMap { Self.frame($0, list.frameRate) }) }
        var clips: [String: [Range<Int>]] = [:]
        var position = 0
        for item in root.all("spine")[0].children {
            #expect(try frame(item.attributes["offset"]) == position)
            let start = try frame(item.attributes["start"])
            let length = try frame(item.attributes["duration"])
            if item.name == "asset-clip" { clips["0", default: []].append(position..<position + length) }
            let names = item.children.map(\.name)
            #expect(names == names.sorted())
            for child in item.children {
                let local = try frame(child.attributes[child.name == "marker" ? "start" : "offset"])
                #expect((start..<start + length).contains(local))
                guard child.name == "asset-clip" else { continue }
                let record = local - start + position
                let end = try record + frame(child.attributes["duration"])
                clips[child.attributes["lane"] ?? "", default: []].append(record..<end)
            }
            position += length
        }
        #expect(try frame(root.all("sequence")[0].attributes["duration"]) == position)
        let written = clips.values.map { $0.sorted { $0.lowerBound < $1.lowerBound } }
        #expect(Set(written) == Set(framed.tracks.map { $0.shots.map(\.record) }))
        let identifiers = Set(root.all("asset").compactMap { $0.attributes["id"] })
        #expect(identifiers.count == root.all("asset").count)
        #expect(root.all("asset-clip").allSatisfy { identifiers.contains($0.attributes["ref"] ?? "") })
    }

    /// The frame of a time, if it is one exactly.
    private static func frame(_ time: String, _ rate: FrameRate) -> Int? {
        let terms = time.dropLast().split(separator: "/").compactMap { Int($0) }
        guard time.hasSuffix("s"), let numerator = terms.first else { return nil }
        let divisor = (terms.count == 2 ? terms[1] : 1) * rate.denominator
        let (product, overflow) = numerator.multipliedReportingOverflow(by: rate.numerator)
        return overflow || product % divisor != 0 ? nil : product / divisor
    }

    private static let golden = #"""
        <?xml version="1.0" encoding="UTF-8"?>
        <!DOCTYPE fcpxml>
        <fcpxml version="1.10">
            <resources>
                <format id="r1" name="FFVideoFormat1080p2997" frameDuration="1001/30000s" width="1920" height="1080"/>
                <asset id="r2" name="Camera A" start="0s" duration="899899/15000s" hasVideo="1" format="r1" hasAudio="1" videoSources="1" audioSources="1">
                    <media-rep kind="original-media" src="file:///media/a%20b.mov"/>
                </asset>
                <asset id="r3" name="Mic &lt;é&gt; &amp; &quot;q&quot;" start="0s" duration="7007/1500s" hasAudio="1" audioSources="1">
                    <media-rep kind="original-media" src="asset:mic"/>
                </asset>
            </resources>
            <library>
                <event name="Demo &amp; &lt;list&gt;">
                    <project name="Demo &amp; &lt;list&gt;">
                        <sequence format="r1" duration="7007/1500s" tcStart="0s" tcFormat="DF">
                            <spine>
                                <gap name="Gap" offset="0s" start="0s" duration="3003/2000s">
                                    <asset-clip ref="r3" lane="-1" offset="0s" name="Mic &lt;é&gt; &amp; &quot;q&quot;" start="0s" duration="7007/1500s"/>
                                    <marker start="1001/2500s" duration="1001/15000s" value="sequence"/>
                                </gap>
                                <asset-clip ref="r2" offset="3003/2000s" name="one" start="53053/5000s" duration="1001/500s">
                                    <marker start="11011/1000s" duration="1001/30000s" value="beat 1.1" note="downbeat"/>
                                </asset-clip>
                                <asset-clip ref="r2" offset="7007/2000s" name="two 🎬" start="599599/30000s" duration="7007/6000s"/>
                            </spine>
                        </sequence>
                    </project>
                </event>
            </library>
        </fcpxml>

        """#
}

/// An element of a parsed document.
struct XMLTree {
    var name: String
    var attributes: [String: String]
    var children: [XMLTree] = []

    /// All elements of a name below this one, in order.
    func all(_ name: String) -> [XMLTree] {
        children.flatMap { ($0.name == name ? [$0] : []) + $0.all(name) }
    }

    static func parse(_ text: String) throws -> XMLTree {
        let builder = Builder()
        let parser = XMLParser(data: Data(text.utf8))
        parser.delegate = builder
        #expect(parser.parse(), "\(String(describing: parser.parserError))")
        return try #require(builder.stack.first)
    }

    private final class Builder: NSObject, XMLParserDelegate {
        var stack = [XMLTree(name: "", attributes: [:])]

        func parser(
            _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
            attributes: [String: String]
        ) {
            stack.append(XMLTree(name: name, attributes: attributes))
        }

        func parser(
            _ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?
        ) {
            let element = stack.removeLast()
            stack[stack.count - 1].children.append(element)
        }
    }
}
