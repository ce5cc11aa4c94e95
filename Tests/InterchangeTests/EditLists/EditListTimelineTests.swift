import Interchange
import Testing
import TimelineModel

@Suite("Timelines as edit lists")
struct EditListTimelineTests {
    @Test("Events are shots at their own times, on a track for each kind; silence is nowhere")
    func events() {
        let list = EditList(timeline: Sample.full(), mediaURL: "file:///a.wav", title: "t")
        #expect(list.frameRate == .milliseconds)
        #expect(list.shots.map(\.track) == ["speech", "music", "other"])
        #expect(list.shots.map(\.targetStartMs) == [2_000, 8_000, 17_500])
        #expect(list.shots.map(\.durationMs) == [8_000, 9_500, 2_500])
        #expect(list.shots.allSatisfy { $0.sourceStartMs == $0.targetStartMs && !$0.media.hasVideo })
        #expect(list.shots[0].media.durationMs == 20_000)
        #expect(list.framed().tracks.map(\.name) == ["speech", "music", "other"])
    }

    @Test("Speech is named by its first 40 characters and carries what was heard")
    func speech() {
        var summary = Sample.full()
        summary.events[2].meta.rmsDBFS = -19.126
        let list = EditList(timeline: summary, mediaURL: "u", title: "t")
        #expect(list.shots[1].metadata["rms_dbfs"] == .number(-19.13))
        #expect(list.shots.map(\.name) == ["And so, my fellow Americans, ask not wha", "music", "other"])
        #expect(list.shots[0].metadata["confidence"] == .number(0.934))
        #expect(list.shots[0].metadata["loudness_lufs"] == .number(-18.25))
        #expect(list.shots[0].metadata["transcription"]?.text?.hasSuffix("do for it.") == true)
        #expect(list.shots[0].metadata["language"] == .string("en"))
        #expect(list.shots[0].metadata["speaker_id"] == nil)
        #expect(list.metadata["tempo_bpm"] == .number(120))
        #expect(list.metadata["asset_id"] == .string("sha256-1234"))
    }

    @Test("Beats are marks named bar.beat, downbeats red and called so, those outside of bars just beat")
    func beats() {
        let list = EditList(timeline: Sample.full(), mediaURL: "u", title: "t", frameRate: .pal25)
        #expect(list.markers.map(\.name).prefix(4) == ["beat", "beat", "1.1", "1.2"])
        #expect(list.markers.map(\.color).prefix(7) == [.green, .green, .red, .green, .green, .green, .red])
        #expect(list.markers.map(\.comment).prefix(4) == ["beat", "beat", "downbeat", "beat"])
        #expect(list.markers[6].name == "2.1")
        #expect(list.framed().markers.first?.start == 213)
    }

    @Test("A mark carries what its beat does; bars that cannot be are not named")
    func beatMetadata() {
        let beats = [
            BeatEvent(
                timeMs: 5, beatIndex: 7, barIndex: 1, subdivision: 2, beatInBar: 3, confidence: 0.91249),
            BeatEvent(timeMs: 6, barIndex: -1, beatInBar: 1, confidence: .infinity),
            BeatEvent(timeMs: 7, barIndex: .max, beatInBar: 2), BeatEvent(timeMs: 8, barIndex: 4),
        ]
        let markers = EditList(timeline: Sample.summary([], beats: beats), mediaURL: "u", title: "t").markers
        #expect(markers.map(\.name) == ["2.3", "beat", "beat", "beat"])
        #expect(
            markers[0].metadata == [
                "bar_index": .integer(1), "beat_in_bar": .integer(3), "beat_index": .integer(7),
                "subdivision": .integer(2), "confidence": .number(0.912),
            ])
        #expect(markers[1].metadata == ["bar_index": .integer(-1), "beat_in_bar": .integer(1)])
        #expect(markers[1].comment == "downbeat" && markers[1].color == .red)
    }

    @Test("Times and numbers beyond all reason do not trap")
    func hostile() throws {
        let edges = [Int.min, -1, 0, 1, .max]
        let events = edges.flatMap { start in
            edges.map { end in
                AudioEvent(
                    kind: .speech, startMs: start, endMs: end, speakerID: "\u{0}", loudnessLUFS: .nan,
                    confidence: .infinity, transcription: "\n\u{FFFF}")
            }
        }
        let beats = edges.map {
            BeatEvent(timeMs: $0, beatIndex: $0, barIndex: $0, beatInBar: $0, confidence: .nan)
        }
        var summary = Sample.summary(events, beats: beats, durationMs: .max)
        summary.meta.tempoBPM = .nan
        let list = EditList(timeline: summary, mediaURL: "", title: "", frameRate: .pal25)
        #expect(list.shots.count == 25 && list.markers.last?.name == "beat")
        #expect(list.shots.allSatisfy { $0.name == "speech" && $0.metadata["confidence"] == nil })
        #expect(try OpenTimelineIO().text(of: list).contains("\"speech 2\""))
        #expect(try EditDecisionList().text(of: list).hasPrefix("TITLE: Untitled\n"))
        #expect(try FinalCutXML().text(of: list).contains("<spine>"))
    }
}
