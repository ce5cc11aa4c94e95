import Analysis
import Testing

@Suite("Voice activity")
struct VoiceActivityTests {
    @Test("Two thresholds keep a wavering voice together and end it in a pause")
    func hysteresis() {
        let wavering: [Float] = [0.1, 0.6, 0.4, 0.4, 0.7, 0.1, 0.45, 0.6]
        let pause = [Float](repeating: 0.1, count: 6)
        let voice = VoiceActivity(probabilities: wavering + pause + [0.9, 0.9, 0.9, 0.9, 0.9])
        #expect(voice.utterances().map(\.range) == [1..<8, 14..<19])
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
