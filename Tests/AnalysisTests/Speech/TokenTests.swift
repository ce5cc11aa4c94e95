import Analysis
import Foundation
import Testing

/// Whisper's grammar of times and text, and where tokens were heard.
@Suite("Tokens")
struct TokenTests {
    /// English, with texts that mean nothing.
    private static func vocabulary(_ count: Int = 51_864) throws -> WhisperVocabulary {
        try WhisperVocabulary(count: count, texts: (0..<50_257).map { Array("w\($0)".utf8) })
    }

    /// Chooses among tokens that have these logits; all others have -20.
    private static func choose(
        _ likely: [Int: Float], after tokens: [Int], frames: Int = 500, count: Int = 6
    ) throws -> [Int] {
        let vocabulary = try vocabulary()
        var choice = TokenChoice(vocabulary, frames: frames, temperature: 0, seed: 1)
        var logits = [Float](repeating: -20, count: vocabulary.count)
        for (token, logit) in likely { logits[token] = logit }
        return choice.candidates(&logits, after: tokens, count: count).map(\.token)
    }

    @Test("A transcript begins with a time in the first second")
    func first() throws {
        let time = try Self.vocabulary().firstTime
        #expect(
            try Self.choose([7: 9, time + 60: 8, time + 50: 5, time + 3: 6], after: [], count: 2) == [
                time + 3, time + 50,
            ])
    }

    @Test("After a first time comes text, or the end; times come in pairs and never go back")
    func pairs() throws {
        let vocabulary = try Self.vocabulary()
        let (time, end) = (vocabulary.firstTime, vocabulary.end)
        #expect(try Self.choose([time + 9: 9, 7: 5, end: 4], after: [time], count: 2) == [7, end])
        // After text and a time comes a time, no earlier, or the end.
        #expect(
            try Self.choose(
                [7: 9, time + 99: 8, time + 100: 5, time + 101: 4, end: 6], after: [time, 7, time + 100], count: 3)
                == [end, time + 100, time + 101])
        // After a pair of times comes text.
        #expect(try Self.choose([time + 200: 9, 8: 3], after: [time, 7, time + 100, time + 100], count: 1) == [8])
        // In text a time is later than the last one.
        #expect(try Self.choose([time: 9, time + 2: 3], after: [time, 7], count: 1) == [time + 2])
    }

    @Test("When times together are likelier than any one text token, it is a time")
    func times() throws {
        let time = try Self.vocabulary().firstTime
        let many = Dictionary(uniqueKeysWithValues: (10..<30).map { (time + $0, Float(2)) })
        #expect(try Self.choose(many.merging([7: 3]) { $1 }, after: [time, 8], count: 1)[0] >= time)
        #expect(try Self.choose([time + 10: 2, 7: 3], after: [time, 8], count: 1) == [7])
    }

    @Test("No time lies after the sound, and control tokens are never chosen")
    func forbidden() throws {
        let vocabulary = try Self.vocabulary()
        let time = vocabulary.firstTime
        #expect(
            try Self.choose([time + 101: 9, time + 100: 3], after: [time, 7], frames: 100, count: 1) == [time + 100])
        #expect(try Self.choose([vocabulary.noSpeech: 9, vocabulary.start: 8, 7: 3], after: [time], count: 1) == [7])
    }

    @Test("Probabilities are those of what is allowed; what is drawn is the same for the same seed")
    func drawn() throws {
        let vocabulary = try Self.vocabulary()
        func draw(_ seed: Int) -> [Int] {
            var choice = TokenChoice(vocabulary, frames: 500, temperature: 1, seed: seed)
            return (0..<40).map { _ in
                var logits = [Float](repeating: -30, count: vocabulary.count)
                for token in 0..<8 { logits[token] = 1 }
                return choice.candidates(&logits, after: [vocabulary.firstTime], count: 1)[0].token
            }
        }
        #expect(draw(3) == draw(3) && draw(3) != draw(4))
        #expect(Set(draw(3)).isSubset(of: 0..<8) && Set(draw(3)).count > 4)
        var choice = TokenChoice(vocabulary, frames: 500, temperature: 0, seed: 1)
        var logits = [Float](repeating: -30, count: vocabulary.count)
        (logits[1], logits[2]) = (2, 2)
        let candidates = choice.candidates(&logits, after: [vocabulary.firstTime], count: 2)
        #expect(candidates.allSatisfy { abs($0.logProbability + 0.6931) < 1e-3 })
    }

    @Test("Languages have their tokens, in the multilingual vocabulary alone")
    func languages() throws {
        let english = try Self.vocabulary()
        #expect(english.token(ofLanguage: "en") == nil && english.prompt(language: "en") == [50_257])
        let all = try Self.vocabulary(51_865)
        #expect(all.token(ofLanguage: "en") == 50_259 && all.token(ofLanguage: "su") == 50_357)
        #expect(all.token(ofLanguage: "yue") == nil && all.token(ofLanguage: "xx") == nil)
        #expect(all.prompt(language: "es") == [50_258, 50_262, 50_359] && all.firstTime == 50_364)
        #expect(try Self.vocabulary(51_866).token(ofLanguage: "yue") == 50_358)
        #expect(throws: AnalysisError.self) { try Self.vocabulary(51_900) }
        #expect(throws: AnalysisError.self) { try WhisperVocabulary(count: 51_864, texts: []) }
    }

    @Test(
        "A vocabulary comes before the transcript's start, as tokens of the model's own",
        .enabled(if: Self.model != nil))
    func hints() throws {
        let file = try WhisperFile(path: try #require(Self.model))
        let vocabulary = try WhisperVocabulary(count: file.shape.vocabulary, texts: file.tokens)
        // As GPT-2 has them.
        #expect(vocabulary.tokens(of: "Hello world") == [15496, 995])
        #expect(
            vocabulary.tokens(of: " Hello, I'm 23  years  old.") == [
                18435, 11, 314, 1101, 2242, 220, 812, 220, 1468, 13,
            ])
        #expect(vocabulary.tokens(of: "").isEmpty)
        for text in [" Ms Hadžiosmanović", " 東京 ☂ a\u{301}", "   ", "'s 'x don't"] {
            let bytes = vocabulary.tokens(of: text).flatMap(vocabulary.bytes)
            #expect(String(decoding: bytes, as: UTF8.self) == text)
        }
        let hint = vocabulary.tokens(of: " Hello world")
        #expect(vocabulary.prompt(language: "en", hint: hint, most: 9) == [50_360, 18435, 995, 50_257])
        #expect(vocabulary.prompt(language: "en", hint: hint, most: 1) == [50_360, 18435, 50_257])
        // Of what was said the end counts, in the room that a hint leaves.
        #expect(vocabulary.prompt(language: "en", said: [1, 2, 3], most: 2) == [50_360, 2, 3, 50_257])
        #expect(
            vocabulary.prompt(language: "en", hint: hint, said: [1, 2], most: 3)
                == [50_360, 18435, 995, 2, 50_257])
        #expect(vocabulary.prompt(language: "en", said: [], most: 2) == [50_257])
    }

    /// The installed model of English.
    private static let model: String? = {
        guard let configuration = try? AnalysisConfiguration(environment: ProcessInfo.processInfo.environment) else {
            return nil
        }
        return ModelCatalog(configuration: configuration).whisperModel(named: "tiny", language: "en")?.path
    }()

    @Test("Attention is what it was, in less room")
    func attention() {
        for numbers in [[0, 254, 255, 256, 65_535, 0, 1], [255], [UInt16](repeating: 300, count: 200), []] {
            let packed = PackedAttention(numbers: numbers)
            #expect(packed.numbers(numbers.count) == numbers)
        }
        #expect(PackedAttention().numbers(3) == [0, 0, 0])
        #expect(PackedAttention(chances: [0.5, 0, 1.5]).numbers(3) == [16_383, 0, 49_151])
        for chances in [[.nan, 1], [.infinity, 1], [0, 0]] as [[Float]] {
            #expect(PackedAttention(chances: chances).numbers(2) == [0, 0])
        }
    }

    @Test("Tokens begin where attention goes on to them, whatever one head does")
    func starts() {
        // Four tokens, heard from frames 0, 20, 50 and 90 on; the second head listens to nothing in particular.
        let (turns, frames) = ([0, 20, 50, 90, 120], 120)
        let attention = (0..<4).map { token -> [PackedAttention] in
            let following = (0..<frames).map { frame -> UInt16 in
                (turns[token]..<turns[token + 1]).contains(frame) ? 2000 : 20
            }
            return [following, [UInt16](repeating: 500, count: frames)].map(PackedAttention.init(numbers:))
        }
        let starts = TokenTimes(attention, heads: 2, frames: frames).starts()
        #expect(starts.count == 4)
        for (found, expected) in zip(starts, turns) { #expect(abs(found - expected) <= 1) }
        #expect(TokenTimes([], heads: 2, frames: 10).starts().isEmpty)
        #expect(TokenTimes([[PackedAttention(numbers: [1])]], heads: 1, frames: 1).starts() == [0])
    }
}
