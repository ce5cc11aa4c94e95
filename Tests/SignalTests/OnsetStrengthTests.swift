import Signal
import Testing

struct OnsetStrengthTests {
    private struct Reference: Decodable {
        struct Case: Decodable {
            let rate: Int, seconds: Double, hop: Int
            let envelope: [Float]
        }
        let librosa: String
        let cases: [Case]
    }

    @Test("Onset strength is librosa's: largest difference 1e-4 of the largest value")
    func librosa() throws {
        let reference = try Golden.load("onset", as: Reference.self)
        #expect(reference.librosa == "0.11.0" && reference.cases.count == 4)
        for expected in reference.cases {
            let samples = TestSignal.pulses(rate: expected.rate, seconds: expected.seconds)
            let envelope = OnsetStrength.envelope(of: samples, sampleRate: Double(expected.rate), hop: expected.hop)
            #expect(envelope.count == expected.envelope.count)
            let largest = max(expected.envelope.max() ?? 0, 1e-3)
            #expect(largestDifference(envelope, expected.envelope) <= 1e-4 * largest)
        }
    }

    @Test("Silence, a constant, nothing and rubbish have no onsets that are not numbers")
    func degenerate() {
        #expect(OnsetStrength.envelope(of: [], sampleRate: 22_050).isEmpty)
        #expect(OnsetStrength.envelope(of: [1], sampleRate: 22_050) == [0])
        let silence = OnsetStrength.envelope(of: [Float](repeating: 0, count: 8192), sampleRate: 22_050)
        #expect(silence == [Float](repeating: 0, count: 17))
        let rubbish = OnsetStrength.envelope(of: TestSignal.hostile + TestSignal.noise(4096), sampleRate: 22_050)
        #expect(rubbish.allSatisfy { $0.isFinite } && rubbish.contains { $0 > 0 })
    }
}
