/// The probability of speech over a recording, as a voice activity model gives it.
public struct VoiceActivity: Sendable, Hashable {
    /// Rate of the samples that the model heard.
    public static let sampleRateHz = 16_000
    /// Samples for each probability (32 ms).
    public static let hop = 512

    /// 0…1, one for each hop, from the recording's zero.
    public var probabilities: [Float]

    public init(probabilities: [Float] = []) {
        self.probabilities = probabilities
    }
}
