/// When words belong to one phrase.
public struct PhraseRule: Sendable, Hashable {
    /// Names the rule; raised whenever the same words may give other phrases.
    public static let version = "cueline_voice_phrases_v1"
    public static let maxGapRangeMs = 0...60_000
    public static let minPhraseLenRangeMs = 0...60_000

    /// Longest pause inside a phrase, in milliseconds; a longer one begins the next.
    public var maxGapMs: Int
    /// Phrases shorter than this are left out; they are never stretched.
    public var minPhraseLenMs: Int
    /// Longer phrases are divided at their longest pause.
    public var longestMs: Int

    public init(maxGapMs: Int = 500, minPhraseLenMs: Int = 200, longestMs: Int = 30_000) {
        self.maxGapMs = maxGapMs
        self.minPhraseLenMs = minPhraseLenMs
        self.longestMs = longestMs
    }
}
