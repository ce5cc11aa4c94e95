import Analysis
import Testing
import TimelineModel

@Suite("Language")
struct LanguageTests {
    /// Probabilities in the order of Whisper's languages: English, Chinese, German, Spanish.
    private static func chances(_ english: Double, _ german: Double, _ spanish: Double) -> [Double] {
        [english, 0, german, spanish]
    }

    @Test("A long stretch of talk counts for more than a short one")
    func talk() throws {
        var evidence = LanguageEvidence()
        evidence.add(Self.chances(0.9, 0.05, 0.05), talk: 1, heard: 2)
        evidence.add(Self.chances(0.1, 0.05, 0.85), talk: 20, heard: 25)
        let best = try #require(evidence.likely.first)
        #expect(best.code == "es")
        #expect(abs(best.probability - (0.05 + 17) / 21) < 1e-9)
    }

    @Test("Little sound does not decide, more does, wherever it comes from")
    func enough() {
        var evidence = LanguageEvidence()
        #expect(evidence.likely.isEmpty)
        evidence.add(Self.chances(1, 0, 0), talk: 2, heard: 3)
        #expect(!evidence.isEnough)
        var more = LanguageEvidence()
        more.add(Self.chances(0, 1, 0), talk: 30, heard: 57)
        evidence.add(more)
        #expect(evidence.isEnough)
        #expect(evidence.likely.map(\.code) == ["de"])
    }

    @Test("Where none is sure, others that are likely at all are looked at, the likeliest first")
    func unsure() {
        var evidence = LanguageEvidence()
        evidence.add(Self.chances(0.3, 0.05, 0.5), talk: 5, heard: 6)
        #expect(evidence.likely.map(\.code) == ["es", "en"])
    }

    @Test("A text that the model is sure of is better than an unsure one, and that is better than none")
    func sureness() {
        func chunk(_ start: Double, _ seconds: Double) -> SpeechPlan.Chunk {
            SpeechPlan.Chunk(start: start, end: start + seconds, utterances: [start..<start + seconds])
        }
        func text(_ logProbability: Double, isPart: Bool = false) -> ChunkTranscript {
            ChunkTranscript(
                words: [TranscribedWord(text: "word", start: 0, end: 1, confidence: 1)], tokens: [1],
                meanLogProbability: logProbability, isPartlyUnintelligible: isPart)
        }
        let none = ChunkTranscript(words: [], isPartlyUnintelligible: false)
        let chunks = [chunk(0, 10), chunk(10, 1)]
        let sure = TranscriptGate.sureness(of: [text(-0.2), none], chunks)
        let unsure = TranscriptGate.sureness(of: [text(-0.7), text(-0.1)], chunks)
        let nothing = TranscriptGate.sureness(of: [none, none], chunks)
        #expect(sure > unsure)
        #expect(unsure > nothing)
        // What stands of a text that repeats itself comes without a probability, and is as good as nothing.
        #expect(TranscriptGate.sureness(of: [text(0, isPart: true), none], chunks) == nothing)
        #expect(TranscriptGate.sureness(of: [], []) == 0)
    }

    @Test("A chunk is read back as it was written down, and what is none is refused")
    func times() {
        let chunk = SpeechPlan.Chunk(start: 1, end: 9, utterances: [1.5..<3, 4..<8.5])
        #expect(SpeechPlan.Chunk(times: chunk.times) == chunk)
        for times in [[], [1.0], [2, 1], [0, 9, 3], [0, 9, 5, 4], [0, .nan]] as [[Double]] {
            #expect(SpeechPlan.Chunk(times: times) == nil)
        }
    }
}
