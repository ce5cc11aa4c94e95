import Interchange
import Testing
import TimelineModel

@Suite("Labels, speakers and tables")
struct LabelAndTableTests {
    /// Speech by one speaker, music with beats before and in a bar, speech by nobody known.
    static var summary: AudioSemanticTimelineSummary {
        var spoken = Sample.speech("Say \"yes\", now.", startMs: 1_005, speakerID: "S1")
        spoken.endMs = 2_500
        spoken.meta.words?[0].confidence = 0.25
        var formula = Sample.speech("=A1", startMs: 5_000)
        formula.endMs = 5_400
        var summary = Sample.summary(
            [
                AudioEvent(kind: .silence, startMs: 0, endMs: 1_005, confidence: 1), spoken,
                AudioEvent(kind: .music, startMs: 2_500, endMs: 5_000, loudnessLUFS: -20.5, confidence: .nan), formula,
            ],
            beats: [
                BeatEvent(timeMs: 2_500, beatIndex: 0, confidence: 0.8),
                BeatEvent(timeMs: 3_000, beatIndex: 1, barIndex: 0, beatInBar: 1, confidence: 0.9),
                BeatEvent(timeMs: 3_501, beatIndex: 2, barIndex: 0, beatInBar: 2),
            ])
        summary.meta.meter = 4
        summary.meta.tempoBPM = 119.98765
        return summary
    }

    @Test("Audacity labels are written exactly so")
    func audacity() {
        #expect(
            AudacityLabels().text(of: Self.summary) == """
                0.000\t1.005\tsilence
                1.005\t2.500\tspeech S1: Say "yes", now.
                2.500\t5.000\tmusic
                2.500\t2.500\tbeat
                3.000\t3.000\t1.1
                3.501\t3.501\t1.2
                5.000\t5.400\tspeech: =A1

                """)
        var labels = AudacityLabels()
        labels.includesBeats = false
        #expect(labels.text(of: Self.summary).split(separator: "\n").count == 4)
        #expect(
            labels.text(of: Sample.summary([], backendType: "stub"))
                == "0.000\t0.000\tNot heard: the timeline is a stand-in pattern (audio_semantic_stub_v1)\n")
    }

    @Test("RTTM is written exactly so, with names that are one token each")
    func rttm() {
        var summary = Self.summary
        #expect(
            RTTM().text(of: summary) == """
                SPEAKER sha256-1234 1 1.005 1.495 <NA> <NA> S1 <NA> <NA>
                SPEAKER sha256-1234 1 5.000 0.400 <NA> <NA> speech <NA> <NA>

                """)
        summary.assetID = "my \"file\"\t1.wav"
        summary.events[1].speakerID = "Zoë A."
        summary.meta.backendType = "stub"
        #expect(
            RTTM().text(of: summary) == """
                SPEAKER my__file__1.wav 1 1.005 1.495 <NA> <NA> Zoë_A. <NA> <NA>
                SPEAKER my__file__1.wav 1 5.000 0.400 <NA> <NA> not_heard <NA> <NA>

                """)
    }

    @Test("The table is written exactly so")
    func table() {
        let text = """
            type,start_ms,end_ms,kind,speaker_id,loudness_lufs,confidence,text,beat_index,bar_index,beat_in_bar
            event,0,1005,silence,,,1.0,,,,
            event,1005,2500,speech,S1,-18.25,0.934,"Say ""yes"", now.",,,
            word,1005,1305,speech,S1,,0.25,Say,,,
            word,1355,1655,speech,S1,,0.9,\"""yes"",",,,
            word,1705,2005,speech,S1,,0.9,now.,,,
            event,2500,5000,music,,-20.5,,,,,
            event,5000,5400,speech,,-18.25,0.934,=A1,,,
            word,5000,5300,speech,,,0.9,=A1,,,
            beat,2500,,,,,0.8,,0,,
            beat,3000,,,,,0.9,,1,0,1
            beat,3501,,,,,,,2,0,2

            """
        #expect(EventTable().text(of: Self.summary) == text.split(separator: "\n").joined(separator: "\r\n") + "\r\n")
        var table = EventTable()
        table.includesWords = false
        #expect(!table.text(of: Self.summary).contains("word,"))
    }

    @Test("Every number and text of a table is read back, whatever the timeline", arguments: 0..<200)
    func tableReadBack(seed: Int) {
        var random = RandomTimelines(seed: seed)
        let summary = seed % 2 == 0 ? random.sound() : random.hostile()
        let rows = Self.rows(EventTable().text(of: summary)).dropFirst()
        #expect(rows.allSatisfy { $0.count == 11 })
        let events = rows.filter { $0[0] == "event" }
        #expect(events.map { $0[1] } == summary.events.map { String($0.startMs) })
        #expect(events.map { $0[2] } == summary.events.map { String($0.endMs) })
        #expect(events.map { $0[3] } == summary.events.map(\.kind.rawValue))
        #expect(rows.filter { $0[0] == "word" }.count == summary.events.reduce(0) { $0 + ($1.meta.words?.count ?? 0) })
        let beats = rows.filter { $0[0] == "beat" }
        #expect(beats.map { $0[1] } == summary.beats.map { String($0.timeMs) })
        #expect(beats.map { $0[9] } == summary.beats.map { $0.barIndex.map(String.init) ?? "" })
        guard seed % 2 == 0 else { return }
        #expect(events.map { $0[7] } == summary.events.map { $0.transcription ?? "" })
        #expect(events.map { $0[4] } == summary.events.map { $0.speakerID ?? "" })
    }

    @Test("Labels and speakers keep order and exact times, whatever the timeline", arguments: 0..<200)
    func lines(seed: Int) {
        var random = RandomTimelines(seed: seed)
        let summary = seed % 2 == 0 ? random.sound() : random.hostile()
        let labels = AudacityLabels().text(of: summary).split(separator: "\n").map {
            $0.split(separator: "\t", omittingEmptySubsequences: false)
        }
        #expect(labels.allSatisfy { $0.count == 3 && Self.milliseconds($0[0]) <= Self.milliseconds($0[1]) })
        let starts = labels.map { Self.milliseconds($0[0]) }
        #expect(starts == starts.sorted())
        let turns = RTTM().text(of: summary).split(separator: "\n").map { $0.split(separator: " ") }
        #expect(turns.allSatisfy { $0.count == 10 && Self.milliseconds($0[4]) > 0 })
        guard seed % 2 == 0 else { return }
        #expect(starts == (summary.events.map(\.startMs) + summary.beats.map(\.timeMs)).sorted())
        let speech = summary.events.filter { $0.kind == .speech }
        #expect(turns.map { Self.milliseconds($0[3]) } == speech.map(\.startMs))
        #expect(turns.map { Self.milliseconds($0[4]) } == speech.map { $0.endMs - $0.startMs })
    }

    /// Seconds with three decimals; -1 for anything else.
    private static func milliseconds(_ text: Substring) -> Int {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[1].count == 3, let whole = Int(parts[0]), let rest = Int(parts[1]) else {
            return -1
        }
        return whole * 1000 + rest
    }

    /// A table by RFC 4180.
    private static func rows(_ text: String) -> [[String]] {
        var rows: [[String]] = [[]]
        var field = String.UnicodeScalarView()
        var isQuoted = false
        var rest = Array(text.unicodeScalars)[...]
        while let scalar = rest.popFirst() {
            switch scalar {
            case "\"" where isQuoted && rest.first == "\"": field.append(rest.removeFirst())
            case "\"": isQuoted.toggle()
            case "," where !isQuoted, "\r" where !isQuoted:
                rows[rows.count - 1].append(String(field))
                field = String.UnicodeScalarView()
            case "\n" where !isQuoted: rows.append([])
            default: field.append(scalar)
            }
        }
        return rows.dropLast()
    }
}
