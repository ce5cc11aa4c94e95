import Interchange
import Testing
import TimelineModel

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

@Suite("JAMS and podcasts")
struct JSONFormatTests {
    @Test("JAMS is written exactly so")
    func jams() {
        let frame = """
            "time":0,"duration":5.4,"sandbox":{},"annotation_metadata":{"annotation_tools":"cueline \
            whisper_librosa_v2.1","data_source":"program","version":"whisper_librosa_v2.1"},"data":[
            """
        #expect(
            JAMS().text(of: LabelAndTableTests.summary) == """
                {"file_metadata":{"title":"sha256-1234","artist":"","release":"","duration":5.4,"jams_version":"0.3.5",\
                "identifiers":{"asset_id":"sha256-1234"}},"sandbox":{},"annotations":[
                {"namespace":"segment_open",\(frame)
                {"time":0,"duration":1.005,"value":"silence","confidence":1.0},
                {"time":1.005,"duration":1.495,"value":"speech","confidence":0.934},
                {"time":2.5,"duration":2.5,"value":"music","confidence":null},
                {"time":5,"duration":0.4,"value":"speech","confidence":0.934}
                ]},
                {"namespace":"lyrics",\(frame)
                {"time":1.005,"duration":0.3,"value":"Say","confidence":0.25},
                {"time":1.355,"duration":0.3,"value":"\\"yes\\",","confidence":0.9},
                {"time":1.705,"duration":0.3,"value":"now.","confidence":0.9},
                {"time":5,"duration":0.3,"value":"=A1","confidence":0.9}
                ]},
                {"namespace":"beat",\(frame)
                {"time":2.5,"duration":0,"value":null,"confidence":0.8},
                {"time":3,"duration":0,"value":1,"confidence":0.9},
                {"time":3.501,"duration":0,"value":2,"confidence":null}
                ]},
                {"namespace":"beat_position",\(frame)
                {"time":3,"duration":0,"value":{"position":1,"measure":0,"num_beats":4,"beat_units":4},"confidence":0.9},
                {"time":3.501,"duration":0,"value":{"position":2,"measure":0,"num_beats":4,"beat_units":4},"confidence":null}
                ]},
                {"namespace":"tempo",\(frame)
                {"time":0,"duration":5.4,"value":119.988,"confidence":0.85}
                ]}
                ]}

                """)
        #expect(JAMS().text(of: Sample.summary([], backendType: "stub")).hasSuffix("\"annotations\":[]}\n"))
        let stub = Sample.summary([AudioEvent(kind: .music, startMs: 0, endMs: 5)], backendType: "stub")
        #expect(JAMS().text(of: stub).contains("Not heard: the timeline is a stand-in pattern"))
    }

    @Test("Text holds nothing that a line of JSON may not: controls and separators are escaped, the rest is as it was")
    func escapes() {
        let text = (0..<0x20).map { String(Unicode.Scalar(UInt8($0))) }.joined() + "\"\\/\u{7F}\u{9F}\u{A0}é\u{2028}🎬"
        let list = EditList(title: "", frameRate: .pal25, metadata: ["t": .string(text)])
        let written = String(decoding: OpenTimelineIO().bytes(of: list), as: UTF8.self)
        let controls = (0..<0x20).map { "\\u00" + ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        #expect(written.contains("\"t\": \"\(controls)\\\"\\\\/\\u007f\\u009f\u{A0}é\\u2028🎬\"\n"))
    }

    @Test("A transcript is written exactly so: a sentence a segment, speakers where known, untimed speech by its text")
    func transcript() {
        let summary = Sample.summary([
            Sample.speech("Nobody knew it then. They \\ do/ now.", startMs: 500, speakerID: "S1"),
            AudioEvent(kind: .speech, startMs: 9_000, endMs: 9_900, transcription: " No words  \"timed\". "),
            AudioEvent(
                kind: .speech, startMs: 10_000, endMs: 12_000, speakerID: "S2", transcription: "Four five six. Ten ten"),
            Sample.speech("End", startMs: 12_000, speakerID: " "),
        ])
        #expect(
            PodcastTranscript().text(of: summary) == """
                {"version":"1.0.0","segments":[
                {"speaker":"S1","startTime":0.5,"endTime":1.85,"body":"Nobody knew it then."},
                {"speaker":"S1","startTime":1.9,"endTime":2.9,"body":"They \\\\ do"},
                {"speaker":"S1","startTime":3.95,"endTime":4.25,"body":"now."},
                {"startTime":9,"endTime":9.9,"body":"No words \\"timed\\"."},
                {"speaker":"S2","startTime":10,"endTime":11.333,"body":"Four five six."},
                {"speaker":"S2","startTime":11.333,"endTime":12,"body":"Ten ten"},
                {"startTime":12,"endTime":12.3,"body":"End"}
                ]}

                """)
        #expect(PodcastTranscript().text(of: Sample.summary([])) == "{\"version\":\"1.0.0\",\"segments\":[]}\n")
    }

    @Test("Chapters are written exactly so: after a break, but not too soon; named by their first words")
    func chapters() {
        func music(_ start: Int, _ end: Int) -> AudioEvent { AudioEvent(kind: .music, startMs: start, endMs: end) }
        func speech(_ start: Int, _ text: String?) -> AudioEvent {
            AudioEvent(kind: .speech, startMs: start, endMs: start + 10_000, transcription: text)
        }
        let summary = Sample.summary([
            music(0, 60_000), speech(60_000, "Welcome back \"friends\"."),
            speech(80_000, "Too soon for a chapter."), speech(119_999, "Still too soon."),
            speech(133_998, "No break before."), speech(147_998, nil),
            speech(
                300_500, "A first sentence that is, without any doubt - longer than a title may ever be, is it not?"),
            speech(400_000, String(repeating: "x", count: 51)), speech(500_000, String(repeating: "x", count: 50)),
        ])
        #expect(
            PodcastChapters().text(of: summary) == """
                {"version":"1.2.0","chapters":[
                {"startTime":0,"title":"Music"},
                {"startTime":60,"title":"Welcome back \\"friends\\"."},
                {"startTime":147.998,"title":"Chapter 3"},
                {"startTime":300.5,"title":"A first sentence that is, without any doubt…"},
                {"startTime":400,"title":"\(String(repeating: "x", count: 49))…"},
                {"startTime":500,"title":"\(String(repeating: "x", count: 50))"}
                ]}

                """)
        var eager = PodcastChapters()
        eager.shortestBreakMs = 0
        eager.shortestChapterMs = 0
        eager.longestTitle = 9
        #expect(
            eager.text(of: Sample.summary([speech(1, nil), speech(20_000, "日本語日本語日本語日本語")]))
                == """
                {"version":"1.2.0","chapters":[
                {"startTime":0,"title":"Chapter 1"},
                {"startTime":0.001,"title":"Chapter 2"},
                {"startTime":20,"title":"日本語日本語日本…"}
                ]}

                """)
        #expect(
            PodcastChapters().text(of: Sample.summary([], backendType: "stub")) == """
                {"version":"1.2.0","description":"Not heard: the timeline is a stand-in pattern (audio_semantic_stub_v1)",\
                "chapters":[
                {"startTime":0,"title":"Chapter 1"}
                ]}

                """)
    }

    @Test("What is said is in the transcript, in order, at its times, and chapters ascend from 0", arguments: 0..<40)
    func promises(seed: Int) throws {
        var random = RandomTimelines(seed: seed)
        let summary = random.sound()
        let segments = try Self.items("segments", PodcastTranscript().text(of: summary))
        let words = summary.events.flatMap { $0.meta.words ?? [] }
        let said = segments.flatMap { ($0["body"]?.text ?? "").split(separator: " ").map(String.init) }
        #expect(said == words.map(\.word))
        var next = 0
        for segment in segments {
            let count = segment["body"]?.text?.split(separator: " ").count ?? 0
            #expect(segment["startTime"]?.double == Double(words[next].startMs) / 1000)
            next += count
            #expect(segment["endTime"]?.double == Double(words[next - 1].endMs) / 1000)
        }
        let starts = try Self.items("chapters", PodcastChapters().text(of: summary)).map {
            $0["startTime"]?.double ?? -1
        }
        #expect(starts.first == 0)
        #expect(zip(starts, starts.dropFirst()).allSatisfy { $1 - $0 >= 60 })
        let jams = try Self.items("annotations", JAMS().text(of: summary))
        let beats = jams.first { $0["namespace"]?.text == "beat" }?["data"].map(Self.array) ?? []
        #expect(beats.map { $0["time"]?.double ?? -1 } == summary.beats.map { Double($0.timeMs) / 1000 })
        let positions = jams.first { $0["namespace"]?.text == "beat_position" }?["data"].map(Self.array) ?? []
        #expect(positions.count == summary.beats.count { $0.barIndex != nil })
        for value in positions.compactMap({ $0["value"]?.members }) {
            let position = try #require(value["position"]?.double)
            #expect(try #require(value["num_beats"]?.double) >= position && position >= 1)
        }
    }

    static func items(_ key: String, _ text: String) throws -> [[String: JSONValue]] {
        let value = try TimelineJSON.decode(JSONValue.self, from: Data(text.utf8))
        return array(try #require(value.members?[key]))
    }

    private static func array(_ value: JSONValue) -> [[String: JSONValue]] {
        guard case .array(let items) = value else { return [] }
        return items.compactMap(\.members)
    }
}
