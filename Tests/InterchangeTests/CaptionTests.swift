import Interchange
import Testing
import TimelineModel

@Suite("Captions")
struct CaptionTests {
    @Test("WebVTT is written exactly so: sentences, pauses, voices, escapes")
    func webVTT() {
        let summary = Sample.summary([
            Sample.speech(
                "Ask not what your country can do for you. Ask what <b>you</b> & yours --> can do/ for it.",
                startMs: 3_598_000, speakerID: "S1"),
            Sample.speech("Yes. No!", startMs: 3_620_000, speakerID: "a>b\n"),
        ])
        #expect(
            WebVTT().text(of: summary) == """
                WEBVTT

                00:59:58.000 --> 01:00:01.100
                <v S1>Ask not what your country can do for you.

                01:00:01.150 --> 01:00:03.900
                <v S1>Ask what &lt;b&gt;you&lt;/b&gt; &amp; yours --&gt; can do

                01:00:04.950 --> 01:00:05.750
                <v S1>for it.

                01:00:20.000 --> 01:00:20.700
                <v a&gt;b>Yes. No!

                """)
    }

    @Test("SubRip is written exactly so: numbers, commas, speakers where they change, no arrow")
    func subRip() {
        let summary = Sample.summary([
            Sample.speech("Ask not. ---> Why?", startMs: 500, speakerID: "S1"),
            Sample.speech("Because it is so.", startMs: 9_000, speakerID: "S1"),
            Sample.speech("I see", startMs: 12_000, speakerID: "S2"),
        ])
        #expect(
            SRT().text(of: summary) == """
                1
                00:00:00,500 --> 00:00:01,850
                S1: Ask not. -> Why?

                2
                00:00:09,000 --> 00:00:10,350
                Because it is so.

                3
                00:00:12,000 --> 00:00:12,700
                S2: I see

                """)
    }

    @Test("A speaker is named with the first of the words that are shown, whoever spoke unheard before")
    func unheardSpeaker() {
        var unheard = Sample.speech("x", startMs: 2_000, speakerID: "S2")
        unheard.meta.words = nil
        unheard.transcription = nil
        func text(last: String) -> String {
            SRT().text(
                of: Sample.summary([
                    Sample.speech("One.", startMs: 0, speakerID: "S1"), unheard,
                    Sample.speech("Two.", startMs: 5_000, speakerID: last),
                ]))
        }
        #expect(text(last: "S2").contains("\nS2: Two.\n"))
        #expect(text(last: "S1").contains("\nTwo.\n"))
    }

    @Test("Speech without words and text, music, silence and other give no captions")
    func nothingToShow() {
        let events = [
            AudioEvent(kind: .speech, startMs: 0, endMs: 900, transcription: " \n"),
            AudioEvent(kind: .music, startMs: 900, endMs: 9_900),
        ]
        #expect(WebVTT().text(of: Sample.summary(events)) == "WEBVTT\n")
        #expect(SRT().text(of: Sample.summary(events)) == "")
        var layout = CaptionLayout()
        layout.marksMusic = true
        #expect(
            layout.cues(of: Sample.summary(events))
                == [CaptionCue(startMs: 900, endMs: 7_900, lines: ["[music]"])])
    }

    @Test("Speech without word times is its text laid out over its span; guessed times are not marked")
    func untimed() {
        let text = "Nobody timed  this. So it is\nlaid out by its letters, all of it."
        var vtt = WebVTT()
        vtt.marksWords = true
        for words in [nil, [TimelineWord]()] {
            let event = AudioEvent(
                kind: .speech, startMs: 1_000, endMs: 6_000, speakerID: "S1", transcription: text,
                meta: EventMeta(words: words))
            #expect(
                vtt.text(of: Sample.summary([event])) == """
                    WEBVTT

                    00:00:01.000 --> 00:00:02.600
                    <v S1>Nobody timed this.

                    00:00:02.600 --> 00:00:06.000
                    <v S1>So it is laid out by
                    its letters, all of it.

                    """)
        }
        let long = AudioEvent(
            kind: .speech, startMs: .min, endMs: .max, transcription: String(repeating: "語", count: 100) + " x")
        let cues = CaptionLayout().cues(of: Sample.summary([long]))
        #expect(cues.first?.startMs == 0 && cues.flatMap(\.lines).joined().count == 101)
        #expect(zip(cues, cues.dropFirst()).allSatisfy { $0.endMs <= $1.startMs })
    }

    @Test("Times of untimed speech ascend from its start to its end, whatever its text", arguments: 0..<60)
    func untimedSpans(seed: Int) {
        var random = RandomTimelines(seed: seed)
        let parts = (0..<1 + random.below(60)).map { _ in String(repeating: "x", count: 1 + random.below(20)) }
        let length = 800 + random.below(60_000)
        let start = random.below(5_000)
        let event = AudioEvent(
            kind: .speech, startMs: start, endMs: start + length, transcription: parts.joined(separator: " "))
        var layout = CaptionLayout()
        layout.longestCueMs = 100_000
        layout.shortestCueMs = 0
        let cues = layout.cues(of: Sample.summary([event]))
        #expect(cues.first?.startMs == start && cues.last?.endMs == start + length)
        #expect(zip(cues, cues.dropFirst()).allSatisfy { $0.endMs == $1.startMs })
        #expect(cues.flatMap(\.lines).joined(separator: " ") == parts.joined(separator: " "))
    }

    @Test("Captions of a stand-in timeline say so")
    func stub() {
        let text = WebVTT().text(of: Sample.summary([], durationMs: 10, backendType: "stub"))
        #expect(text.hasPrefix("WEBVTT\n\nNOTE\nNot heard"))
    }

    @Test("Languages written without spaces stay so")
    func spacing() {
        let words = (0..<60).map { TimelineWord(word: "語", startMs: $0 * 50, endMs: $0 * 50 + 50, confidence: 1) }
        let event = AudioEvent(
            kind: .speech, startMs: 0, endMs: 3_000, transcription: String(repeating: "語", count: 60),
            meta: EventMeta(words: words))
        let cues = CaptionLayout().cues(of: Sample.summary([event]))
        #expect(cues.map(\.lines) == [[String(repeating: "語", count: 30), String(repeating: "語", count: 30)]])
    }

    @Test("Whatever is said: at most two lines of 42, at most 7 s, in order, apart, no word lost", arguments: 0..<150)
    func promises(seed: Int) {
        var state = UInt64(seed) &* 0x9E37_79B9_7F4A_7C15 | 1
        func random(_ bound: Int) -> Int {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return Int(state % UInt64(bound))
        }
        let vocabulary = [
            "a", "so.", "Well,", "unbelievable!", "-->", "&lt;", "e\u{301}t", "\u{1B}[2J", "x\ny",
            String(repeating: "long", count: 30), "日本語", "1",
        ]
        var time = random(5_000)
        let events = (0..<random(6)).map { _ in
            let start = time
            let words = (0..<random(40)).map { _ in
                let length = [1, 200, 400, 9_000][random(4)]
                let word = TimelineWord(
                    word: vocabulary[random(vocabulary.count)], startMs: time, endMs: time + length, confidence: 1)
                time += length + [0, 0, 50, 900][random(4)]
                return word
            }
            time += 1
            return AudioEvent(
                kind: .speech, startMs: start, endMs: time, speakerID: seed % 2 == 0 ? "S\(random(3))" : nil,
                transcription: words.map(\.word).joined(separator: " "), meta: EventMeta(words: words))
        }
        let summary = Sample.summary(events)
        for namesSpeakers in [false, true] {
            var layout = CaptionLayout()
            layout.namesSpeakers = namesSpeakers
            let cues = layout.cues(of: summary)
            for cue in cues {
                #expect(cue.startMs < cue.endMs && cue.endMs - cue.startMs <= 7_000)
                #expect((1...2).contains(cue.lines.count))
                #expect(cue.lines.allSatisfy { (1...42).contains($0.count) })
                #expect(cue.lines.joined().unicodeScalars.allSatisfy { $0.value >= 32 })
            }
            #expect(zip(cues, cues.dropFirst()).allSatisfy { $0.endMs <= $1.startMs })
            guard !namesSpeakers else { continue }
            let shown = cues.flatMap(\.lines).joined().filter { $0 != " " }
            let said = events.flatMap { $0.meta.words ?? [] }.map(\.word).joined()
            #expect(shown == said.filter { $0 != " " && $0 != "\n" && $0 != "\u{1B}" })
        }
    }

    @Test("Slow speech is divided so that no caption is over before its words are")
    func slow() {
        let words = ["one", "two", "three", "four", "five"].enumerated().map {
            TimelineWord(word: $0.element, startMs: $0.offset * 3000, endMs: $0.offset * 3000 + 3000, confidence: 1)
        }
        let event = AudioEvent(kind: .speech, startMs: 0, endMs: 15_000, meta: EventMeta(words: words))
        #expect(
            CaptionLayout().cues(of: Sample.summary([event])) == [
                CaptionCue(startMs: 0, endMs: 6_000, lines: ["one two"]),
                CaptionCue(startMs: 6_000, endMs: 12_000, lines: ["three four"]),
                CaptionCue(startMs: 12_000, endMs: 15_000, lines: ["five"]),
            ])
    }

    @Test("Words are preceded by their times where asked for, none outside its caption or out of order")
    func marksWords() {
        var event = Sample.speech("Ask <not> what/ for.", startMs: 3_598_000, speakerID: "S1")
        event.meta.words?[2].startMs = 3_598_350
        var vtt = WebVTT()
        vtt.marksWords = true
        #expect(
            vtt.text(of: Sample.summary([event])) == """
                WEBVTT

                00:59:58.000 --> 00:59:59.000
                <v S1>Ask <00:59:58.350>&lt;not&gt; what

                01:00:00.050 --> 01:00:00.400
                <v S1>for.

                """)
    }

    @Test("SubRip for podcasts has at most two lines of 32 characters, a caption where the speaker changes")
    func podcast() {
        let text = "and so they went on and on about their respective countries until"
        let summary = Sample.summary([
            Sample.speech(text, speakerID: "S1"), Sample.speech("Why?", startMs: 4_600, speakerID: "Somebody"),
        ])
        #expect(
            SRT(layout: .podcast).text(of: summary) == """
                1
                00:00:00,000 --> 00:00:03,800
                S1: and so they went on and on
                about their respective countries

                2
                00:00:03,850 --> 00:00:04,600
                until

                3
                00:00:04,600 --> 00:00:04,950
                Somebody: Why?

                """)
    }

    @Test("Nothing that is said becomes markup or times of SubRip")
    func subRipMarkup() {
        let words = ["-->\u{338}", "--\u{338}>", "<i>", "</i>", "<\u{301}", "{\\an8}", "<3"]
        let event = Sample.speech(words.joined(separator: " "))
        let lines = SRT().text(of: Sample.summary([event])).utf8.split(separator: UInt8(ascii: "\n")).dropFirst(2)
        #expect(
            lines.map { String(decoding: $0, as: UTF8.self) }.joined(separator: " ").utf8
                .elementsEqual("->\u{338} --\u{338}> ‹i> ‹/i> <\u{301} {/an8} <3".utf8))
    }

    @Test("No caption ends before its words do, even where words overlap", arguments: 0..<100)
    func lastWords(seed: Int) throws {
        var random = RandomTimelines(seed: seed)
        var time = 0
        let words = (0..<60).map { index in
            time += random.below(900)
            return TimelineWord(word: "w\(index)", startMs: time, endMs: time + 1 + random.below(6_000), confidence: 1)
        }
        let event = AudioEvent(kind: .speech, startMs: 0, endMs: time + 7_000, meta: EventMeta(words: words))
        let cues = CaptionLayout().cues(of: Sample.summary([event]))
        for word in words {
            let cue = try #require(
                cues.first { $0.lines.contains { $0.split(separator: " ").contains(word.word[...]) } })
            #expect(cue.endMs >= word.endMs)
        }
    }

    @Test("Times beyond all reason do not trap")
    func hostileTimes() {
        let words = [(Int.min, Int.max), (Int.max, Int.min), (0, 0)].map {
            TimelineWord(word: String(repeating: "w", count: 100), startMs: $0.0, endMs: $0.1, confidence: 0)
        }
        let event = AudioEvent(kind: .speech, startMs: 0, endMs: 1, meta: EventMeta(words: words))
        let cues = CaptionLayout().cues(of: Sample.summary([event]))
        #expect(zip(cues, cues.dropFirst()).allSatisfy { $0.endMs <= $1.startMs })
        #expect(cues.allSatisfy { $0.startMs < $0.endMs })
    }
}
