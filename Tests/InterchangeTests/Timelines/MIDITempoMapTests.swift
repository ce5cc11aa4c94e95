import Interchange
import Testing
import TimelineModel

@Suite("MIDI tempo maps")
struct MIDITempoMapTests {
    private func beats(_ times: [Int], downbeats: Set<Int> = []) -> [BeatEvent] {
        var bar = -1
        var beat = 0
        return times.enumerated().map { index, time in
            if downbeats.contains(index) { (bar, beat) = (bar + 1, 0) }
            beat += 1
            return BeatEvent(
                timeMs: time, beatIndex: index, barIndex: bar < 0 ? nil : bar, beatInBar: bar < 0 ? nil : beat)
        }
    }

    @Test("A file is written exactly so")
    func golden() {
        var summary = Sample.summary([], beats: beats([250, 750, 1_260], downbeats: [0]), durationMs: 2_000)
        summary.assetID = "a"
        let tempo: [UInt8] =
            [
                0, 0xFF, 0x03, 1, 0x61,
                0, 0xFF, 0x01, 28,
            ]
            + Array("cueline whisper_librosa_v2.1".utf8) + [
                0, 0xFF, 0x58, 4, 1, 3, 24, 8,  // an eighth note of 250 ms leads in
                0, 0xFF, 0x51, 3, 0x07, 0xA1, 0x20,
                0x83, 0x60, 0xFF, 0x58, 4, 4, 2, 24, 8,  // bars of four quarter notes of 500 ms
                0x87, 0x40, 0xFF, 0x51, 3, 0x07, 0xC8, 0x30,  // then 510 ms
                0x92, 0x31, 0xFF, 0x2F, 0,
            ]
        let click: [UInt8] = [
            0, 0xFF, 0x03, 5, 0x43, 0x6C, 0x69, 0x63, 0x6B,
            0x83, 0x60, 0x99, 76, 112, 0x78, 0x89, 76, 64,
            0x86, 0x48, 0x99, 77, 88, 0x78, 0x89, 77, 64,
            0x86, 0x48, 0x99, 77, 88, 0x78, 0x89, 77, 64,
            0x89, 0x79, 0xFF, 0x2F, 0,
        ]
        let header: [UInt8] = [0x4D, 0x54, 0x68, 0x64, 0, 0, 0, 6, 0, 1, 0, 2, 3, 0xC0]
        let name: [UInt8] = [0x4D, 0x54, 0x72, 0x6B, 0, 0, 0]
        #expect(
            MIDITempoMap().bytes(of: summary)
                == header + name + [UInt8(tempo.count)] + tempo + name + [UInt8(click.count)] + click)
        var plain = MIDITempoMap()
        plain.includesClick = false
        #expect(plain.bytes(of: summary).count == header.count + 8 + tempo.count)
    }

    @Test(
        "Whatever the music does, each beat is read back at its time and each downbeat begins a bar", arguments: 0..<200
    )
    func readBack(seed: Int) throws {
        var random = RandomTimelines(seed: seed)
        let summary = random.sound()
        let file = try #require(MIDIReader(MIDITempoMap().bytes(of: summary)))
        let clicks = file.tracks[1].filter { $0.kind == 0x99 }
        #expect(file.microseconds(of: clicks.map(\.tick)) == summary.beats.map { Double($0.timeMs) * 1000 })
        #expect(clicks.map { $0.data[0] } == summary.beats.map { $0.beatInBar == 1 ? 76 : 77 })
        #expect(file.barLines().isSuperset(of: clicks.filter { $0.data[0] == 76 }.map(\.tick)))
        for (first, next) in zip(clicks, clicks.dropFirst()) {
            #expect(next.tick > first.tick && (next.tick - first.tick) % 960 == 0)
        }
        for (event, next) in zip(summary.beats.indices, summary.beats.indices.dropFirst()) {
            let length = summary.beats[next].timeMs - summary.beats[event].timeMs
            if length <= 2_500 { #expect(clicks[next].tick - clicks[event].tick == 960) }
        }
        let end = file.microseconds(of: file.tracks.map { $0.last?.tick ?? 0 })
        #expect(end[0] == end[1])
        if let last = summary.beats.last, last.timeMs + 1_000 < summary.durationMs {
            #expect(abs(end[0] - Double(summary.durationMs) * 1000) < 20_000)
        }
    }

    @Test("Tempos stay near the music's in lead-ins and pauses")
    func nearTempo() throws {
        for first in [1, 20, 100, 299, 301, 700, 10_000, 3_600_000] {
            let times = [0, 500, 1_000, 60_000, 60_500].map { $0 + first }
            let file = try #require(MIDIReader(MIDITempoMap().bytes(of: Sample.summary([], beats: beats(times)))))
            let tempos = file.tracks[0].filter { $0.isMeta && $0.kind == 0x51 }
                .map { $0.data.reduce(0) { $0 << 8 | Int($1) } }
            #expect(tempos.allSatisfy { (first < 10 ? 32_000 : 300_000)...750_000 ~= $0 }, "\(first)")
        }
    }

    @Test("Bars are as long as found; a pause and what precedes the first have bars of their own", arguments: [4, 6])
    func signatures(rest: Int) throws {
        let times = (0..<11).map { 1_000 + $0 * 500 } + (0..<rest).map { 11_000 + $0 * 500 }
        let summary = Sample.summary([], beats: beats(times, downbeats: [1, 5, 8, 12]), durationMs: 20_000)
        var map = MIDITempoMap()
        map.marksBars = true
        let file = try #require(MIDIReader(map.bytes(of: summary)))
        let signatures = file.tracks[0].filter { $0.isMeta && $0.kind == 0x58 }
        // Two quarter notes and a beat lead in; bars of four and three; three beats and a pause of ten quarter notes
        // with the beat that follows it; a bar that the end cuts counts as a usual one, a longer one as it is.
        let expected = [[0, 3], [3, 4], [7, 3], [13, 2], [15, 4]] + (rest == 6 ? [[23, 5]] : [])
        #expect(signatures.map { [$0.tick / 960, Int($0.data[0])] } == expected)
        let markers = file.tracks[0].filter { $0.isMeta && $0.kind == 0x06 }
        #expect(markers.map { String(decoding: $0.data, as: UTF8.self) } == ["Bar 1", "Bar 2", "Bar 3", "Bar 4"])
        #expect(markers.map { $0.tick / 960 } == [3, 7, 10, 23])
    }

    @Test("Without beats the map is valid and has MIDI's own tempo")
    func empty() throws {
        let file = try #require(MIDIReader(MIDITempoMap().bytes(of: Sample.summary([], durationMs: 3_000))))
        #expect(file.tracks.count == 2 && file.tracks[1].count == 2)
        #expect(file.tracks[0].filter { $0.kind == 0x51 }.map(\.data) == [[0x07, 0xA1, 0x20]])
        #expect(file.tracks[0].last?.tick == 3_000 * 960 / 500)
    }

    @Test("More ticks than one delta can hold, and beats after the last day, leave a valid file")
    func long() throws {
        let times = (0..<300_000).map { $0 * 2 } + [1_000_000_000, 1 << 31, 1 << 31 + 1]
        let file = try #require(MIDIReader(MIDITempoMap().bytes(of: Sample.summary([], beats: beats(times)))))
        let clicks = file.tracks[1].filter { $0.kind == 0x99 }
        // Not `==` inside the macro: it would take hours to describe how such arrays differ.
        let isExact = file.microseconds(of: clicks.map(\.tick)) == times.dropLast().map { Double($0) * 1000 }
        #expect(isExact)
        #expect(file.tracks[0].last?.tick == file.tracks[1].last?.tick)
    }

    @Test("An invented timeline says so")
    func stub() throws {
        let summary = Sample.summary([], backendType: "stub")
        let file = try #require(MIDIReader(MIDITempoMap().bytes(of: summary)))
        let texts = file.tracks[0].filter { $0.isMeta && $0.kind == 1 }.map { String(decoding: $0.data, as: UTF8.self) }
        #expect(texts.last == "Not heard: the timeline is a stand-in pattern (audio_semantic_stub_v1)")
    }
}
