/// A stretch of speech by one speaker, as the speaker stage gives it.
public struct SpeakerTurn: Sendable, Hashable, Codable {
    /// Seconds from the recording's zero.
    public var start: Double
    public var end: Double
    /// Tells the speakers of a recording apart; 1 for the one who is heard first, and so on.
    public var speaker: Int
    /// How sure the speaker is, 0...1: about the share of such turns that are right.
    public var confidence: Double

    public init(start: Double, end: Double, speaker: Int, confidence: Double) {
        self.start = start
        self.end = end
        self.speaker = speaker
        self.confidence = confidence
    }
}
