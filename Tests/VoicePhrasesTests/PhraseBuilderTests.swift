import Testing
import TimelineModel
import VoicePhrases

@Suite("PhraseBuilderTests: words become phrases", .timeLimit(.minutes(1)))
struct PhraseBuilderTests {
    @Test(
        "A pause longer than the limit begins a phrase; one as long does not",
        arguments: [(499, 1), (500, 1), (501, 2), (60_000, 2)])
    func gap(pause: Int, expected: Int) {
        let words = Spoken.words([(1000, 1400), (1400 + pause, 1900 + pause)])
        let phrases = Spoken.phrases(words)
        #expect(phrases.count == expected)
        #expect(phrases.first?.startMs == 1000 && phrases.last?.endMs == 1900 + pause)
        #expect(Spoken.phrases(words, rule: PhraseRule(maxGapMs: pause, longestMs: .max)).count == 1)
    }

    @Test("Another voice begins a phrase, and nobody's is one of its own")
    func speakers() {
        let voices: [String?] = ["S1", "S1", "S2", nil, nil, "S1"]
        let words = voices.enumerated().map { number, voice in
            SpokenWord(text: "w\(number)", startMs: number * 300, endMs: number * 300 + 300, speakerID: voice)
        }
        let phrases = Spoken.phrases(words)
        #expect(phrases.map(\.speakerID) == ["S1", "S2", nil, "S1"])
        #expect(phrases.map(\.times) == [[0, 600], [600, 900], [900, 1500], [1500, 1800]])
        #expect(phrases.map(\.transcript) == ["w0 w1", "w2", "w3 w4", "w5"])
    }

    @Test("D43: a short phrase is left out and counted, never stretched")
    func short() {
        let words = Spoken.words([(0, 40), (2000, 2199), (4000, 4200), (6000, 6100), (6500, 6600)])
        let output = PhraseBuilder().phrases(of: words)
        #expect(output.phrases.map(\.times) == [[4000, 4200], [6000, 6600]])
        #expect(output.droppedShort == 2 && output.skippedWords == 0)
        #expect(Spoken.phrases(words, rule: PhraseRule(minPhraseLenMs: 0)).count == 4)
    }

    @Test("D43: a long phrase is divided at its longest pause, each part with its own words")
    func long() {
        let words = Spoken.words([(0, 9000), (9100, 18_000), (18_400, 27_000), (27_100, 36_000), (36_100, 45_000)])
        let phrases = Spoken.phrases(words)
        #expect(phrases.map(\.times) == [[0, 18_000], [18_400, 45_000]])
        #expect(phrases.map(\.transcript) == ["w0 w1", "w2 w3 w4"])
        #expect(phrases.map { $0.words?.count } == [2, 3])
    }

    @Test("Of equal pauses the one nearest to the middle divides; a single longer word stays whole")
    func ties() {
        let even = Spoken.words((0..<8).map { ($0 * 5000, $0 * 5000 + 4900) })
        #expect(Spoken.phrases(even).map(\.times) == [[0, 19_900], [20_000, 39_900]])
        let joined = Spoken.words((0..<7).map { ($0 * 10_000, $0 * 10_000 + 10_000) })
        #expect(Spoken.phrases(joined).map(\.times) == [[0, 30_000], [30_000, 50_000], [50_000, 70_000]])
        let drawn = Spoken.words([(0, 1000), (1000, 41_000), (41_000, 42_000)])
        #expect(Spoken.phrases(drawn).map(\.times) == [[0, 1000], [1000, 41_000], [41_000, 42_000]])
    }

    @Test("A part is not shorter than the shortest phrase where another pause will do")
    func margins() {
        let words = Spoken.words([(0, 100), (500, 20_000), (20_100, 39_500), (39_900, 40_000)])
        #expect(Spoken.phrases(words).map(\.times) == [[0, 20_000], [20_100, 40_000]])
        #expect(Spoken.phrases(words, rule: PhraseRule(minPhraseLenMs: 0)).map(\.times).first == [0, 100])
    }

    @Test("Confidence is the mean by duration of what is known, and absent where nothing is")
    func confidence() {
        func word(_ start: Int, _ end: Int, _ confidence: Double?) -> SpokenWord {
            SpokenWord(text: "w", startMs: start, endMs: end, confidence: confidence)
        }
        let cases: [([SpokenWord], Double?)] = [
            ([word(0, 100, 0.4), word(100, 400, 0.8)], 0.7), ([word(0, 100, nil), word(100, 400, 0.8)], 0.8),
            ([word(0, 300, nil)], nil), ([word(0, 300, .nan), word(300, 400, 87)], nil),
            ([word(0, 0, 0.4), word(0, 0, 0.6), word(0, 300, nil)], 0.5), ([word(0, 300, 0)], 0),
            ([word(0, 100, 0.5), word(100, 400, 0.3333)], 0.375),
        ]
        for (words, expected) in cases { #expect(Spoken.phrases(words).first?.confidence == expected) }
    }

    @Test("Text keeps its own spacing, and never has two spaces")
    func text() {
        func text(_ words: [(String, Bool)]) -> String? {
            Spoken.phrases(
                words.enumerated().map { number, word in
                    SpokenWord(
                        text: word.0, startMs: number * 200, endMs: number * 200 + 200, followsSpace: word.1)
                }
            ).first?.transcript
        }
        #expect(text([("Ask", true), ("not", true), ("what", true)]) == "Ask not what")
        #expect(text([("今日", false), ("は", false), ("晴れ。", false)]) == "今日は晴れ。")
        #expect(text([(" Hello", false), (" wor", false), ("ld ", false), ("  again\n", true)]) == "Hello world again")
        #expect(text([("two \t words", true), ("", true), (" ", true), ("end", true)]) == "two words end")
    }

    @Test("Overlapping and unsorted words are put in order: a word ends where the next one starts")
    func order() {
        let words = [
            SpokenWord(text: "third", startMs: 600, endMs: 900), SpokenWord(text: "first", startMs: 0, endMs: 400),
            SpokenWord(text: "second", startMs: 300, endMs: 5000), SpokenWord(text: "also", startMs: 600, endMs: 700),
            SpokenWord(text: "back", startMs: 950, endMs: 940), SpokenWord(text: "before", startMs: -90, endMs: -20),
        ]
        let output = PhraseBuilder().phrases(of: words)
        #expect(output.phrases.map(\.transcript) == ["first second third also"])
        #expect(
            output.phrases.first?.words?.map { [$0.startMs, $0.endMs] }
                == [[0, 300], [300, 600], [600, 600], [600, 700]])
        #expect(output.skippedWords == 2)
    }

    @Test("Times in the asset are those of the part, moved", arguments: [0, 12_500, -7, Int.max, Int.min])
    func offset(offsetMs: Int) {
        let phrases = PhraseBuilder().phrases(of: Spoken.words([(100, 400)]), offsetMs: offsetMs).phrases
        let moved = min(max(offsetMs, 0), 1 << 53)
        #expect(phrases.map(\.times) == [[100, 400]])
        #expect(phrases.map(\.sourceStartMs) == [min(moved + 100, 1 << 53)])
        #expect(phrases.map(\.sourceEndMs) == [min(moved + 400, 1 << 53)])
    }

    @Test("Nothing said gives nothing")
    func empty() {
        let output = PhraseBuilder().phrases(of: [])
        #expect(output.phrases.isEmpty && output.droppedShort == 0 && output.skippedWords == 0)
    }

    @Test("A timeline's words come with their voices; scripts tell the space between two events")
    func timeline() throws {
        func speech(_ start: Int, _ text: String, _ words: [String], speaker: String?) -> AudioEvent {
            let timed = words.enumerated().map { number, word in
                TimelineWord(
                    word: word, startMs: start + number * 200, endMs: start + number * 200 + 200, confidence: 0.5)
            }
            return AudioEvent(
                kind: .speech, startMs: start, endMs: start + 1000, speakerID: speaker, transcription: text,
                meta: EventMeta(words: timed))
        }
        let events = [
            speech(0, "It is.", ["It", "is."], speaker: "S1"), speech(600, "Here", ["Here"], speaker: "S1"),
            AudioEvent(kind: .silence, startMs: 1000, endMs: 2000), speech(2000, "今日は", ["今日", "は"], speaker: nil),
            speech(2500, "晴れ", ["晴れ"], speaker: nil), AudioEvent(kind: .speech, startMs: 3000, endMs: 4000),
        ]
        let meta = TimelineMeta(
            modelUsed: "", backendType: "", backendVersion: "", semanticVersion: "", parameters: AnalysisParameters(),
            cacheKey: "", semanticIdentity: "", contentSHA256: "", seed: 0)
        let summary = AudioSemanticTimelineSummary(
            assetID: "a", durationMs: 4000, events: events, beats: [], meta: meta)
        let phrases = Spoken.phrases(summary.spokenWords)
        #expect(phrases.map(\.transcript) == ["It is. Here", "今日は晴れ"])
        #expect(phrases.map(\.speakerID) == ["S1", nil])
    }
}
