import Interchange
import Testing
import TimelineModel

@Suite("Edit decision lists")
struct EditDecisionListTests {
    /// The lines of events, each with its eight columns.
    private func events(_ text: String) -> [[String]] {
        text.split(separator: "\n").filter { $0.first?.isNumber == true }
            .map { $0.split(separator: " ").map(String.init) }
    }

    private func shot(_ name: String = "s", media: EditList.Media, at target: Double = 0) -> EditList.Shot {
        EditList.Shot(name: name, media: media, sourceStartMs: 0, targetStartMs: target, durationMs: 1_000)
    }

    @Test("A drop frame list is written exactly so, from one hour on")
    func golden() throws {
        let text = try EditDecisionList().text(of: EditListSample.small(at: .ntsc2997, isDropFrame: true))
        #expect(
            text == """
                TITLE: Demo & <list>
                FCM: DROP FRAME
                001  01234567 B     C        00:00:10;18 00:00:12;18 01:00:01;15 01:00:03;15
                * FROM CLIP NAME: one
                * SOURCE FILE: file:///media/a%20b.mov
                * LOC: 01:00:00;12 BLUE    sequence
                * LOC: 01:00:01;27 RED     beat 1.1
                002  01234567 B     C        00:00:19;29 00:00:21;04 01:00:03;15 01:00:04;20
                * FROM CLIP NAME: two 🎬
                * SOURCE FILE: file:///media/a%20b.mov
                * CUELINE: not in this list: 1 on further tracks

                """)
    }

    @Test("Each track has its own list; sound only is channel A; there is none of no track")
    func tracks() throws {
        let list = EditListSample.small()
        let sound = try EditDecisionList().text(of: list, track: 1)
        #expect(events(sound).map { $0[2] } == ["A"])
        #expect(sound.contains("* FROM CLIP NAME: Mic <é> & \"q\"\n"))
        #expect(sound.hasSuffix("* CUELINE: not in this list: 2 on further tracks\n"))
        #expect(try EditDecisionList().text(of: list, track: 9) == "TITLE: Demo & <list>\nFCM: NON-DROP FRAME\n")
    }

    @Test("The record starts at the hour that is asked for, in drop frame too")
    func recordStart() throws {
        var format = EditDecisionList()
        for (hour, label) in [(0, "00:00:01;15"), (23, "23:00:01;15"), (99, "23:00:01;15"), (-1, "00:00:01;15")] {
            format.recordStartHour = hour
            let text = try format.text(of: EditListSample.small(at: .ntsc2997, isDropFrame: true))
            #expect(events(text)[0][6] == label)
        }
    }

    @Test("Reels are of eight characters at most and one for each recording, and none that means something else")
    func reels() throws {
        let ids = [
            "sha256-deadbeef01", "sha256-deadbeef02", "DEAD_BEEF", "bl", "ä", "", "a-very-long-name", "ax", "x y",
        ]
        var media = ids.map { EditList.Media(id: $0, name: $0, url: $0) }
        media += (0..<12).map { EditList.Media(id: "averylon\($0)", name: "", url: "") }
        let list = EditList(
            title: "", frameRate: .pal25,
            shots: (media + media).enumerated().map { shot(media: $0.element, at: Double($0.offset) * 1_000) })
        let reels = events(try EditDecisionList().text(of: list)).map { $0[1] }
        #expect(
            Array(reels.prefix(9))
                == ["DEADBEEF", "DEADBEE2", "DEAD_BEE", "BL2", "REEL", "REEL2", "AVERYLON", "AX2", "XY"])
        #expect(Set(reels.prefix(media.count)).count == media.count)
        #expect(Array(reels.prefix(media.count)) == Array(reels.suffix(media.count)))
        #expect(reels.allSatisfy { (1...8).contains($0.count) })
    }

    @Test("After event 999 come four digits")
    func manyEvents() throws {
        let media = EditList.Media(id: "m", name: "m", url: "m", hasAudio: false)
        let list = EditList(
            title: "", frameRate: .pal25, shots: (0..<1_001).map { shot(media: media, at: Double($0) * 1_000) })
        let lines = events(try EditDecisionList().text(of: list))
        #expect(lines.map { $0[0] } == (1...1_001).map { $0 < 10 ? "00\($0)" : $0 < 100 ? "0\($0)" : "\($0)" })
        #expect(lines.allSatisfy { $0[2] == "V" && $0[3] == "C" })
    }

    @Test("Shots that reach beyond 24 hours of time code are left out and counted")
    func beyondDay() throws {
        let media = EditList.Media(id: "m", name: "m", url: "m")
        let hour = 3_600_000.0
        let list = EditList(
            title: "t", frameRate: .pal25,
            shots: [shot("in", media: media, at: 22 * hour), shot("out", media: media, at: 23 * hour - 1_000)])
        let text = try EditDecisionList().text(of: list)
        #expect(events(text).map { $0[6] } == ["23:00:00:00"])
        #expect(text.hasSuffix("* CUELINE: not in this list: 1 beyond 24 hours of time code\n"))
    }

    @Test("Rates without two digits of time code are refused", arguments: ["1000", "119.88", "25/2", "90000/1001"])
    func refused(rateText: String) throws {
        let list = EditListSample.small(at: try #require(FrameRate(rateText)))
        let error = #expect(throws: InterchangeError.self) { try EditDecisionList().text(of: list) }
        #expect(error?.code == .frameRateNeeded)
        #expect(error?.code.description == "frame_rate_needed")
    }

    @Test("Whatever comes in: every line is a statement, and sources are as long as records", arguments: 0..<120)
    func promises(seed: Int) throws {
        let list = EditListSample.generated(seed: UInt64(seed))
        let text = try EditDecisionList().text(of: list)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines[0].hasPrefix("TITLE: ") && lines[1].hasPrefix("FCM: ") && lines.last == "")
        #expect(text.unicodeScalars.allSatisfy { $0 == "\n" || $0.properties.generalCategory != .control })
        let statements = lines.dropFirst(2).dropLast()
        #expect(statements.allSatisfy { $0.hasPrefix("* ") || $0.wholeMatch(of: Self.event) != nil })
        let shots = list.framed().tracks.first?.shots ?? []
        #expect(events(text).count <= shots.count)
        for event in events(text) {
            let frames = try event[4...].map { try #require(Timecode($0, rate: list.frameRate)).frame }
            #expect(frames[1] - frames[0] == frames[3] - frames[2])
            #expect(frames[3] > frames[2])
        }
    }

    private static var event: Regex<Substring> {
        #/\d{3,}  [A-Z0-9_ ]{8} (?:V|A|B)     C        \d\d(?::\d\d){2}[:;]\d\d(?: \d\d(?::\d\d){2}[:;]\d\d){3}/#
    }
}
