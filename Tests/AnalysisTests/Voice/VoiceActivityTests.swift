import Analysis
import Testing

@Suite("Voice activity")
struct VoiceActivityTests {
    @Test("Two thresholds keep a wavering voice together and end it in a pause")
    func hysteresis() {
        let wavering: [Float] = [0.1, 0.6, 0.4, 0.4, 0.7, 0.1, 0.45, 0.6]
        let pause = [Float](repeating: 0.1, count: 6)
        let voice = VoiceActivity(probabilities: wavering + pause + [0.9, 0.9, 0.9, 0.9, 0.9])
        #expect(voice.utterances().map(\.range) == [0..<8, 14..<19])
    }

    @Test("A voice that the model notices late begins where its trace begins")
    func trace() {
        let trace: [Float] = [0, 0.01, 0.09, 0.11, 0.01, 0.19, 0.14, 0.3, 0.9, 0.9, 0.9, 0.9, 0.9]
        #expect(VoiceActivity(probabilities: trace).utterances().map(\.range) == [2..<13])
        // A murmur does not pull the beginning back for more than 0.8 s.
        let murmur = [Float](repeating: 0.1, count: 100) + [Float](repeating: 0.9, count: 10)
        #expect(VoiceActivity(probabilities: murmur).utterances().map(\.range) == [75..<110])
    }

    @Test("A click is not talking")
    func tooShort() {
        #expect(VoiceActivity(probabilities: [0, 0.9, 0, 0, 0, 0, 0]).utterances().isEmpty)
    }

    @Test("Nothing in, nothing out")
    func empty() {
        #expect(VoiceActivity().utterances().isEmpty)
    }
}
