import Testing
import TimelineModel
import VoicePhrases

@Suite("PhraseBuilderTests: what holds for words of any origin", .timeLimit(.minutes(1)))
struct PhrasePropertyTests {
    private static let rules = [
        PhraseRule(), PhraseRule(maxGapMs: 0, minPhraseLenMs: 0), PhraseRule(maxGapMs: 60_000, minPhraseLenMs: 60_000),
        PhraseRule(maxGapMs: 60_000, minPhraseLenMs: 200, longestMs: 2000),
        PhraseRule(maxGapMs: .max, minPhraseLenMs: .min, longestMs: .max),
        PhraseRule(maxGapMs: .min, minPhraseLenMs: .max, longestMs: .min),
    ]

    @Test("Phrases are sorted, apart, as long as their words, of one voice, and lose nothing", arguments: 0..<300)
    func soundness(seed: Int) throws {
        let words = Spoken.random(seed: UInt64(seed))
        let rule = Self.rules[seed % Self.rules.count]
        let output = PhraseBuilder(rule: rule).phrases(of: words, offsetMs: seed * 1000)
        var end = 0
        for phrase in output.phrases {
            let inner = try #require(phrase.words)
            #expect(phrase.startMs >= end && phrase.startMs < phrase.endMs)
            #expect(phrase.startMs == inner.first?.startMs && phrase.endMs == inner.last?.endMs)
            #expect(zip(inner, inner.dropFirst()).allSatisfy { $0.endMs <= $1.startMs })
            #expect(zip(inner, inner.dropFirst()).allSatisfy { $1.startMs - $0.endMs <= max(rule.maxGapMs, 0) })
            let sounding = inner.count { $0.startMs < $0.endMs }
            #expect(phrase.endMs - phrase.startMs <= max(rule.longestMs, 1) || sounding <= 1)
            #expect(phrase.sourceEndMs - phrase.sourceStartMs <= phrase.endMs - phrase.startMs)
            #expect(!phrase.transcript.contains("  ") && !phrase.transcript.isEmpty)
            #expect(phrase.confidence.map { (0...1).contains($0) } ?? true)
            end = phrase.endMs
        }
        let kept = output.phrases.reduce(0) { $0 + ($1.words?.count ?? 0) }
        #expect(kept + output.skippedWords <= words.count)
        if output.droppedShort == 0 { #expect(kept + output.skippedWords == words.count) }
        // Every word is somebody's once: with its text, its start and its voice.
        var left: [String: Int] = [:]
        for word in words {
            let text = word.text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
            left["\(text)|\(max(word.startMs, 0))|\(word.speakerID ?? "")", default: 0] += 1
        }
        for phrase in output.phrases {
            for word in phrase.words ?? [] {
                let key = "\(word.word)|\(word.startMs)|\(phrase.speakerID ?? "")"
                left[key, default: 0] -= 1
                #expect(left[key, default: 0] >= 0)
            }
        }
    }

    @Test("Tidy words come out as they are: no order, no time changes")
    func tidy() {
        let words = Spoken.words((0..<500).map { ($0 * 400, $0 * 400 + 100 + $0 % 300) })
        let phrases = Spoken.phrases(words, rule: PhraseRule(minPhraseLenMs: 0))
        let out = phrases.flatMap { $0.words ?? [] }
        #expect(out.map(\.word) == words.map(\.text))
        #expect(out.map(\.startMs) == words.map(\.startMs) && out.map(\.endMs) == words.map(\.endMs))
    }

    @Test("A transcript made to be divided slowly is not")
    func hostile() {
        var position = 0
        var words: [SpokenWord] = []
        for number in 0..<60_000 {
            words.append(SpokenWord(text: "w", startMs: position, endMs: position + 1))
            position += 1 + max(3000 - number, 0)
        }
        let start = ContinuousClock.now
        let rule = PhraseRule(maxGapMs: 60_000, minPhraseLenMs: 0, longestMs: 2)
        let phrases = Spoken.phrases(words, rule: rule)
        #expect(phrases.count >= 20_000)
        #expect(ContinuousClock.now - start < .seconds(20))
    }

    @Test("A phrase goes through JSON unchanged, in snake case")
    func json() throws {
        let phrase = VoicePhrase(
            startMs: 1, endMs: 2, transcript: "a", confidence: 0.5, sourceStartMs: 11, sourceEndMs: 12,
            speakerID: "S1", words: [PhraseWord(word: "a", startMs: 1, endMs: 2)])
        let json = try TimelineJSON.encode(phrase)
        #expect(
            String(decoding: json, as: UTF8.self)
                == #"{"confidence":0.5,"end_ms":2,"source_end_ms":12,"source_start_ms":11,"speaker_id":"S1","#
                + #""start_ms":1,"transcript":"a","words":[{"end_ms":2,"start_ms":1,"word":"a"}]}"#)
        #expect(try TimelineJSON.decode(VoicePhrase.self, from: json) == phrase)
    }
}
