/// One spoken word with the time at which it was said.
public struct TimelineWord: Sendable, Hashable, Codable {
    /// The word with its punctuation, without surrounding white space.
    public var word: String
    /// Start in milliseconds from the timeline's zero.
    public var startMs: Int
    /// End in milliseconds, after `startMs`.
    public var endMs: Int
    /// 0…1, three decimals: the model's probability of the word's text.
    public var confidence: Double

    public init(word: String, startMs: Int, endMs: Int, confidence: Double) {
        self.word = word
        self.startMs = startMs
        self.endMs = endMs
        self.confidence = confidence
    }

    private enum CodingKeys: String, CodingKey {
        case word
        case startMs = "start_ms"
        case endMs = "end_ms"
        case confidence
    }
}
