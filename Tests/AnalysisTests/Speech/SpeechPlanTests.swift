import Analysis
import Testing

@Suite("Speech plan")
struct SpeechPlanTests {
    /// Voice activity that talks exactly in the given seconds.
    private func activity(_ speech: [Range<Double>], duration: Double) -> VoiceActivity {
        let hop = Double(VoiceActivity.hop) / Double(VoiceActivity.sampleRateHz)
        return VoiceActivity(
            probabilities: (0..<Int(duration / hop)).map { index in
                let time = (Double(index) + 0.5) * hop
                return speech.contains { $0.contains(time) } ? 0.95 : 0.02
            })
    }

    @Test("Short speech is one chunk with a little air around it")
    func oneChunk() {
        let chunks = SpeechPlan.chunks(from: 0, to: 20, activity: activity([2..<6, 7..<12], duration: 20))
        #expect(chunks.count == 1)
        #expect(abs(chunks[0].start - 1.65) < 0.05)
        #expect(abs(chunks[0].end - 12.3) < 0.05)
        #expect(chunks[0].utterances.count == 2)
    }

    @Test("No speech, no chunks")
    func noSpeech() {
        #expect(SpeechPlan.chunks(from: 0, to: 60, activity: activity([], duration: 60)).isEmpty)
        #expect(SpeechPlan.chunks(from: 0, to: 0, activity: VoiceActivity()).isEmpty)
    }

    @Test("A chunk ends in the longest pause of the second half of its window")
    func longestPause() {
        let speech: [Range<Double>] = [0..<10, 11.5..<16, 16.3..<20, 21..<26, 26.4..<40, 41..<50]
        let chunks = SpeechPlan.chunks(from: 0, to: 50, activity: activity(speech, duration: 50))
        #expect(abs(chunks[0].end - 20.3) < 0.1)
        #expect(chunks[1].start >= chunks[0].end)
    }

    @Test("A long silence always ends a chunk")
    func longSilence() {
        let chunks = SpeechPlan.chunks(from: 0, to: 20, activity: activity([1..<3, 9..<12], duration: 20))
        #expect(chunks.count == 2)
    }

    @Test("Talking without a pause is cut within the window, nothing lost and nothing twice")
    func noPause() {
        let chunks = SpeechPlan.chunks(from: 0, to: 100, activity: activity([0..<100], duration: 100))
        #expect(chunks.count >= 4)
        for chunk in chunks { #expect(chunk.end - chunk.start <= 30) }
        for (one, next) in zip(chunks, chunks.dropFirst()) {
            #expect(abs(one.end - next.start) < 1e-9)
            #expect(one.utterances.last?.upperBound == next.utterances.first?.lowerBound)
        }
        #expect(abs((chunks.last?.end ?? 0) - 100) < 0.1)
    }

    @Test("Chunks never overlap, never exceed the window, and hold all speech", arguments: 0..<40)
    func properties(seed: Int) {
        var state = UInt64(seed) &* 2_862_933_555_777_941_757 &+ 3_037_000_493
        func random(_ low: Double, _ high: Double) -> Double {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return low + (high - low) * Double(state >> 11) / Double(1 << 53)
        }
        var speech: [Range<Double>] = []
        var position = random(0, 5)
        while position < 580 {
            let length = random(0, 1) < 0.1 ? random(20, 70) : random(0.4, 9)
            speech.append(position..<min(position + length, 599))
            position += length + (random(0, 1) < 0.2 ? random(3, 20) : random(0.15, 1.2))
        }
        let voice = activity(speech, duration: 600)
        let chunks = SpeechPlan.chunks(from: 0, to: 600, activity: voice)
        for chunk in chunks {
            #expect(chunk.end - chunk.start <= SpeechPlan.longestChunk + 1e-9)
            for utterance in chunk.utterances {
                #expect(utterance.lowerBound >= chunk.start - 1e-9 && utterance.upperBound <= chunk.end + 1e-9)
            }
        }
        for (one, next) in zip(chunks, chunks.dropFirst()) { #expect(one.end <= next.start + 1e-9) }
        let planned = chunks.flatMap(\.utterances).reduce(0) { $0 + $1.upperBound - $1.lowerBound }
        let heard = voice.utterances().reduce(0) { $0 + $1.end - $1.start }
        #expect(abs(planned - heard) < 1e-6)
    }

    @Test("A piece ends in the middle of the longest pause around its anchor")
    func pieceEnd() {
        let voice = activity([0..<590, 592..<605, 611..<1300], duration: 1300)
        #expect(abs(SpeechPlan.pieceEnd(1, activity: voice, duration: 1300) - 608) < 0.1)
        let talking = activity([0..<1300], duration: 1300)
        #expect(SpeechPlan.pieceEnd(1, activity: talking, duration: 1300) == 600)
        #expect(SpeechPlan.pieceEnd(3, activity: talking, duration: 1300) == 1300)
    }

    @Test("A piece's end does not depend on what comes later")
    func pieceEndIsLocal() {
        let speech: [Range<Double>] = [0..<585, 588..<603, 604..<660, 670..<1300]
        let whole = activity(speech, duration: 1300)
        var early = whole
        early.probabilities.removeLast(early.probabilities.count - Int(632 / 0.032))
        #expect(
            SpeechPlan.pieceEnd(1, activity: early, duration: 1300)
                == SpeechPlan.pieceEnd(1, activity: whole, duration: 1300))
    }
}
