import Testing
import VoicePhrases

@Suite("ForeignTranscriptTests: transcripts that were made elsewhere", .timeLimit(.minutes(1)))
struct ForeignTranscriptTests {
    /// A document, and its words as `text start-end confidence speaker`, a space before the text where one belongs.
    private static let documents: [(String, [String])] = [
        // Times in seconds and in milliseconds.
        (#"{"words":[{"word":"a","start":0.5,"end":1.25}]}"#, ["a 500-1250 - -"]),
        (#"{"words":[{"text":"a","start_ms":500,"end_ms":1250}]}"#, ["a 500-1250 - -"]),
        (#"{"words":[{"word":"a","start":1,"end_ms":1500.5}]}"#, ["a 1000-1501 - -"]),
        (#"{"words":[{"word":"a","start":9,"start_ms":1,"end":2,"end_ms":3}]}"#, ["a 1-3 - -"]),
        // Confidences and voices by their names.
        (#"{"words":[{"word":"a","start":0,"end":1,"conf":0.5,"speaker":"A"}]}"#, ["a 0-1000 0.5 A"]),
        (#"{"words":[{"word":"a","start":0,"end":1,"confidence":1,"speaker_id":2}]}"#, ["a 0-1000 1.0 2"]),
        (#"{"words":[{"word":"a","start":0,"end":1,"probability":0.25,"speaker":""}]}"#, ["a 0-1000 0.25 -"]),
        (#"{"words":[{"word":"a","start":0,"end":1,"conf":"high","speaker":{}}]}"#, ["a 0-1000 - -"]),
        (#"{"words":[{"word":"a","start":0,"end":1,"conf":87}]}"#, ["a 0-1000 - -"]),
        // Words before segments; segments' words before segments; segments else.
        (
            #"{"segments":[{"start":0,"end":9,"text":"x y"}],"words":[{"word":"x","start":0,"end":1}]}"#,
            ["x 0-1000 - -"]
        ),
        (
            #"{"words":[],"segments":[{"start":0,"end":9,"text":"x","speaker":"B","words":[{"word":"y","start":1,"end":2}]}]}"#,
            ["y 1000-2000 - B"]
        ),
        (
            #"{"words":[{"word":"x"}],"segments":[{"start":0,"end":2,"text":" One  two. ","words":[]},{"start":2,"end":3,"text":"Three"}]}"#,
            ["One two. 0-2000 - -", " Three 2000-3000 - -"]
        ),
        // Whisper's words bring their space with them, pieces of words do not.
        (
            #"{"segments":[{"words":[{"word":" I","start":0,"end":1},{"word":" don","start":1,"end":2},"#
                + #"{"word":"'t","start":2,"end":3}]},{"words":[{"word":" know","start":3,"end":4}]}]}"#,
            ["I 0-1000 - -", " don 1000-2000 - -", "'t 2000-3000 - -", " know 3000-4000 - -"]
        ),
        // Where nothing tells, scripts do.
        (
            #"{"words":[{"word":"你","start":0,"end":1},{"word":"好","start":1,"end":2},{"word":"。","start":2,"end":2}]}"#,
            ["你 0-1000 - -", "好 1000-2000 - -", "。 2000-2000 - -"]
        ),
        (
            #"{"words":[{"word":"Yes","start":0,"end":1},{"word":",","start":1,"end":1},{"word":"sir","start":1,"end":2}]}"#,
            ["Yes 0-1000 - -", ", 1000-1000 - -", " sir 1000-2000 - -"]
        ),
        // Nobody spoke.
        (#"{"words":[],"segments":[]}"#, []), (#"{"segments":[],"words":null}"#, []),
    ]

    @Test("The forms that tools write are read", arguments: documents)
    func forms(json: String, expected: [String]) throws {
        let transcript = try ForeignTranscript(json: Array(json.utf8))
        let words = transcript.words.map { word in
            "\(word.followsSpace ? " " : "")\(word.text) \(word.startMs)-\(word.endMs) "
                + "\(word.confidence.map { "\($0)" } ?? "-") \(word.speakerID ?? "-")"
        }
        #expect(words == expected)
    }

    @Test(
        "What is no transcript is an error with a reason",
        arguments: [
            ("", ForeignTranscriptError.notJSON), ("[1,2]", .notJSON), (#""words""#, .notJSON),
            (#"{"words":["#, .notJSON),
            ("\u{0}\u{1}", .notJSON), ("{}", .noLists),
            (#"{"words":null}"#, .noLists), (#"{"text":"no times"}"#, .noLists), (#"{"words":"a b"}"#, .notAList),
            (#"{"segments":{"0":{}}}"#, .notAList), (#"{"words":7}"#, .notAList),
            (#"{"words":[1,null,"a",[],{}]}"#, .nothingUsable), (#"{"segments":[{"text":"a"}]}"#, .nothingUsable),
            (#"{"words":[{"word":"a","start":"0","end":"1"}]}"#, .nothingUsable),
            (#"{"words":[{"word":"  ","start":0,"end":1}]}"#, .nothingUsable),
            (#"{"words":[{"word":"a","start":2,"end":1}]}"#, .nothingUsable),
            (#"{"words":[{"word":"a","start":-2,"end":-1}]}"#, .nothingUsable),
            (#"{"words":[{"word":7,"start":0,"end":1}]}"#, .nothingUsable),
            (#"{"words":[{"word":"a","start":0,"end":1e999}]}"#, .nothingUsable),
        ])
    func refusals(json: String, expected: ForeignTranscriptError) {
        #expect(throws: expected) { try ForeignTranscript(json: Array(json.utf8)) }
    }

    @Test("Entries that cannot be used are left out and counted; huge times are cut off")
    func skipped() throws {
        let json = #"""
            {"words":[{"word":"a","start":0,"end":1},{"word":"b","start":"x","end":1},null,
            {"word":"c","start_ms":9007199254740993000,"end_ms":1e300},{"word":"d","start":-1e300,"end":3}]}
            """#
        let transcript = try ForeignTranscript(json: Array(json.utf8))
        #expect(transcript.words.map(\.text) == ["a", "c", "d"])
        #expect(transcript.words.map(\.startMs) == [0, 1 << 53, 0])
        #expect(transcript.words.map(\.endMs) == [1000, 1 << 53, 3000])
        #expect(transcript.skippedEntries == 2)
    }

    @Test("Bytes that are not UTF-8 and deep nesting are no trap")
    func bytes() {
        #expect(throws: ForeignTranscriptError.self) { try ForeignTranscript(json: [0xFF, 0xFE, 0x00, 0xC3]) }
        #expect(throws: ForeignTranscriptError.notJSON) {
            try ForeignTranscript(json: [UInt8](repeating: UInt8(ascii: "["), count: 100_000))
        }
        let deep = #"{"words":"# + String(repeating: #"[{"words":"#, count: 5000)
        #expect(throws: ForeignTranscriptError.self) { try ForeignTranscript(json: Array(deep.utf8)) }
        let inner = String(repeating: #"{"words":["#, count: 200) + String(repeating: "]}", count: 200)
        #expect(throws: ForeignTranscriptError.self) { try ForeignTranscript(json: Array(inner.utf8)) }
    }
}
