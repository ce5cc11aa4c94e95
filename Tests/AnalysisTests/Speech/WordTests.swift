import Analysis
import Testing
import TimelineModel

@Suite("Words")
struct WordTests {
    private func word(_ text: String, _ start: Double, _ end: Double) -> TranscribedWord {
        TranscribedWord(text: text, start: start, end: end, confidence: 0.9)
    }

    @Test("Words lie inside the utterances, in order and apart", arguments: 0..<50)
    func alignment(seed: Int) {
        var state = UInt64(seed) &* 0x9E37_79B9_7F4A_7C15 &+ 1
        func random(_ low: Double, _ high: Double) -> Double {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return low + (high - low) * Double(state >> 11) / Double(1 << 53)
        }
        var utterances: [Range<Double>] = []
        var position = 0.0
        for _ in 0..<Int(random(1, 6)) {
            let start = position + random(0.1, 2)
            position = start + random(0.1, 4)
            utterances.append(start..<position)
        }
        var words: [TranscribedWord] = []
        var time = random(-1, 1)
        for index in 0..<Int(random(1, 40)) {
            let end = time + random(-0.2, 0.8)
            words.append(word("w\(index)", time, max(time, end)))
            time = max(time, end) + random(-0.1, 0.3)
        }
        let aligned = WordAlignment.align(words, to: utterances)
        #expect(aligned.map(\.text) == words.map(\.text))
        for word in aligned {
            #expect(word.start < word.end)
            #expect(utterances.contains { $0.lowerBound <= word.start + 1e-9 && word.end <= $0.upperBound + 1e-9 })
        }
        for (one, next) in zip(aligned, aligned.dropFirst()) { #expect(one.end <= next.start + 1e-9) }
    }

    @Test("First and last words reach the edges of the talking")
    func edges() {
        let aligned = WordAlignment.align([word("a", 1.2, 1.5), word("b", 1.6, 2.7)], to: [1.0..<3.0])
        #expect(aligned[0].start == 1.0)
        #expect(aligned[1].end == 3.0)
    }

    @Test("The last word of a sentence stays before the pause, the first of the next comes after it")
    func sentenceEnds() {
        let words = [
            word("is", 0.8, 1.0), word("quiet", 1.0, 1.5), word("now.", 1.9, 2.4), word("All", 2.4, 2.6),
            word("boats", 2.6, 3.0),
        ]
        let utterances = [0.5..<1.8, 2.5..<3.2]
        let aligned = WordAlignment.align(words, to: utterances)
        #expect(aligned[2].end <= 1.8 && aligned[3].start >= 2.5)
        // The decoder joins the words although there is a pause between them.
        let joined = [word("quiet", 1.0, 2.1), word("now.", 2.1, 2.6), word("All", 2.6, 2.8)]
        let second = WordAlignment.align(joined, to: utterances)
        #expect(second[1].end <= 1.8 && second[2].start >= 2.5)
    }

    @Test("Without spaces each character stands alone, also after bytes that are none")
    func characters() {
        func texts(_ tokens: [[UInt8]], language: String) -> [String] {
            let tokens = tokens.map { WhisperToken(bytes: $0, startMs: 0, endMs: 1, logProbability: -0.1) }
            let segment = WhisperSegment(noSpeechProbability: 0, tokens: tokens)
            return WordBuilder.words(of: segment, chunkStart: 0, language: language).map(\.text)
        }
        let (one, two) = (Array("海".utf8), Array("山".utf8))
        #expect(texts([one, Array(two.prefix(2)), Array(two.suffix(1)), one], language: "ja") == ["海", "山", "海"])
        // A character that was never finished, and the end of one that was never begun.
        #expect(texts([Array(one.prefix(2)), two, one], language: "zh") == ["山", "海"])
        #expect(texts([[0x80], two, one], language: "zh") == ["山", "海"])
        #expect(texts([Array(" sea".utf8), Array(one.prefix(1))], language: "en") == ["sea"])
    }

    @Test("Without talking there are no words")
    func noTalking() {
        #expect(WordAlignment.align([word("ghost", 1, 2)], to: []).isEmpty)
    }

    private static func segment(noSpeech: Double, logProbability: Double, tokens: Int = 4) -> WhisperSegment {
        let token = WhisperToken(bytes: [97], startMs: 0, endMs: 1, logProbability: logProbability)
        return WhisperSegment(
            noSpeechProbability: noSpeech, tokens: [WhisperToken](repeating: token, count: tokens))
    }

    @Test("The likelier it is that nobody speaks, the surer a text must be")
    func doubt() {
        let cases: [(Double, Double, Bool)] = [
            (0.01, -1.5, true), (0.01, -1.7, false), (0.2, -0.3, true), (0.2, -0.9, false), (0.5, -0.5, true),
            (0.5, -0.7, false), (0.9, -0.9, false), (0.9, .nan, false),
        ]
        for (noSpeech, logProbability, isAccepted) in cases {
            let segment = Self.segment(noSpeech: noSpeech, logProbability: logProbability)
            #expect(TranscriptGate.accepts(segment) == isAccepted)
        }
        #expect(!TranscriptGate.accepts(Self.segment(noSpeech: 0, logProbability: 0, tokens: 0)))
        #expect(TranscriptGate.acceptsDrawn([Self.segment(noSpeech: 0, logProbability: -0.9)]))
        #expect(!TranscriptGate.acceptsDrawn([Self.segment(noSpeech: 0, logProbability: -1.1)]))
    }

    @Test("A few unsure words for many seconds of talk are nothing; sure ones, and few for little, are")
    func sparse() {
        let (unsure, sure) = (
            [Self.segment(noSpeech: 0, logProbability: -0.8)], [Self.segment(noSpeech: 0, logProbability: -0.2)]
        )
        #expect(!TranscriptGate.fits(4, from: unsure, talk: 22))
        #expect(TranscriptGate.fits(4, from: sure, talk: 22) && TranscriptGate.fits(4, from: unsure, talk: 4))
        #expect(TranscriptGate.fits(30, from: unsure, talk: 22) && TranscriptGate.fits(0, from: [], talk: 22))
    }

    /// Words of half a second, one after the other.
    private func heard(
        _ count: Int, from start: Double = 0, logProbability: Double, isPartlyUnintelligible: Bool = false
    ) -> ChunkTranscript {
        ChunkTranscript(
            words: (0..<count).map { word("word", start + Double($0) / 2, start + Double($0 + 1) / 2) },
            meanLogProbability: logProbability, isPartlyUnintelligible: isPartlyUnintelligible)
    }

    @Test("A text is heard again if it is unsure, or leaves talking without words; not if there is none")
    func unsure() {
        let chunk = SpeechPlan.Chunk(start: 0, end: 12, utterances: [0..<5, 6..<11])
        func isUnsure(_ transcript: ChunkTranscript) -> Bool { TranscriptGate.isUnsure(transcript, of: chunk) }
        #expect(!isUnsure(heard(22, logProbability: -0.2)))
        #expect(isUnsure(heard(22, logProbability: -0.4)))
        #expect(isUnsure(heard(10, logProbability: -0.2)))
        #expect(isUnsure(heard(10, from: 6, logProbability: -0.2)))
        #expect(!isUnsure(heard(0, logProbability: -0.4)))
        #expect(!isUnsure(heard(10, logProbability: -0.4, isPartlyUnintelligible: true)))
        #expect(!isUnsure(heard(22, logProbability: .nan)))
    }

    @Test("What is heard again counts if it is no less sure, and neither cut short nor longer than anybody talks")
    func told() {
        let chunk = SpeechPlan.Chunk(start: 0, end: 12, utterances: [0..<5, 6..<11])
        let alone = heard(20, logProbability: -0.5)
        func prefers(_ told: ChunkTranscript, to alone: ChunkTranscript) -> Bool {
            TranscriptGate.prefers(told, to: alone, of: chunk)
        }
        #expect(prefers(heard(20, logProbability: -0.2), to: alone))
        #expect(!prefers(heard(20, logProbability: -0.6), to: alone))
        #expect(!prefers(heard(17, logProbability: -0.2), to: alone))
        // Ten seconds of talk have room for 35 words, whatever was heard of them before.
        #expect(prefers(heard(35, logProbability: -0.2), to: heard(4, logProbability: -0.5)))
        #expect(!prefers(heard(36, logProbability: -0.2), to: heard(4, logProbability: -0.5)))
        #expect(prefers(heard(45, logProbability: -0.2), to: heard(36, logProbability: -0.5)))
        #expect(!prefers(heard(20, logProbability: -0.2, isPartlyUnintelligible: true), to: alone))
        #expect(!prefers(heard(20, logProbability: .nan), to: alone))
    }

    @Test("Of a text that is mostly repetition nothing stands; what came before a repetition does")
    func beforeLoops() {
        func words(_ text: String) -> [TranscribedWord] {
            text.split(separator: " ").enumerated().map { word(String($1), Double($0), Double($0) + 0.5) }
        }
        // It varies a little: no group is repeated to the letter.
        let nearly = "like I get them on a train every time you think like I got them on a train every time you think "
        #expect(TranscriptGate.wordsBeforeLoop(in: words(nearly + nearly + nearly)) == [])
        let list = "press one to hear the next message press two to hear the last message press three to leave"
        #expect(TranscriptGate.wordsBeforeLoop(in: words(list)) == nil)
        let said = "we leave the harbour at nine and come home before the rain begins again tonight and then"
        #expect(
            TranscriptGate.wordsBeforeLoop(in: words(said + " no no no no no no no")) == words(said + " no"))
        #expect(TranscriptGate.wordsBeforeLoop(in: words("well no no no no no no no")) == [])
        #expect(TranscriptGate.wordsBeforeLoop(in: []) == nil)
    }

    @Test("A text that repeats itself is found, honest repetition is not")
    func loops() {
        func words(_ text: String) -> [TranscribedWord] {
            text.split(separator: " ").enumerated().map { word(String($1), Double($0), Double($0) + 0.5) }
        }
        #expect(TranscriptGate.loopStart(in: words("one two so the so the so the so the so the")) != nil)
        #expect(TranscriptGate.loopStart(in: words("no no no no no no no no")) != nil)
        #expect(TranscriptGate.loopStart(in: words("very very very good")) == nil)
        #expect(TranscriptGate.loopStart(in: words("row row row your boat gently down the stream")) == nil)
        #expect(TranscriptGate.loopStart(in: []) == nil)
        // Said four times and then something else: nobody who is stuck goes on. Said too often, or followed by little, it is a loop.
        let thanks = Array(repeating: "thank you", count: 4).joined(separator: " ")
        let rest = " for all the fish that you brought home tonight"
        #expect(TranscriptGate.loopStart(in: words(thanks + rest)) == nil)
        #expect(TranscriptGate.wordsBeforeLoop(in: words(thanks + rest)) == nil)
        #expect(TranscriptGate.loopStart(in: words(thanks + " for all")) == 2)
        #expect(TranscriptGate.loopStart(in: words(thanks + " " + thanks + " thank you" + rest)) == 2)
        #expect(TranscriptGate.loopStart(in: words(thanks + rest + " no no no no no no")) == 18)
        let phrase = "I'm gonna put my hand back on my thumb"
        #expect(TranscriptGate.loopStart(in: words([phrase, phrase, phrase].joined(separator: " "))) == 9)
        #expect(TranscriptGate.loopStart(in: words([phrase, phrase].joined(separator: " "))) == nil)
    }

    @Test("What is said again in no time is an echo; what is said twice stays")
    func echoes() {
        let said = ["I'm", "sorry,", "I", "did", "not"].enumerated().map {
            word($1, 0.3 * Double($0), 0.3 * Double($0) + 0.3)
        }
        let again = said.enumerated().map {
            word($1.text.uppercased(), 1.5 + 0.02 * Double($0), 1.52 + 0.02 * Double($0))
        }
        let next = [word("Please", 2, 2.3)]
        #expect(TranscriptGate.withoutEchoes(said + again + next) == said + next)
        let slowly = said.map { word($0.text, $0.start + 1.5, $0.end + 1.5) }
        #expect(TranscriptGate.withoutEchoes(said + slowly) == said + slowly)
        let others = [word("a", 1.5, 1.52), word("b", 1.52, 1.54), word("c", 1.54, 1.56)]
        #expect(TranscriptGate.withoutEchoes(said + others) == said + others)
        #expect(TranscriptGate.withoutEchoes([]).isEmpty)
    }

    @Test("A decoder that is stuck in a word is seen", arguments: ["HEEEEEEEEEE", "lalalalalalalalala"])
    func stutters(text: String) {
        #expect(TranscriptGate.isStutter(text))
    }

    @Test(
        "Words are no stutters", arguments: ["Hello", "bookkeeper", "Mississippi", "1000000000", "aaah", "", "hahaha"])
    func noStutters(text: String) {
        #expect(!TranscriptGate.isStutter(text))
    }

    @Test("Annotations of the decoder are not words", arguments: ["[Music]", "(laughs)", "♪", "*sighs*"])
    func annotations(text: String) {
        #expect(WordBuilder.isAnnotation(text))
    }

    @Test("Words are not annotations", arguments: ["Hello", "it's", "42.", "\"Yes\""])
    func plainWords(text: String) {
        #expect(!WordBuilder.isAnnotation(text))
    }
}
