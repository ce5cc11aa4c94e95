/// A word, or a stretch of text that is not divided further, with who said it and when.
public struct SpokenWord: Sendable, Hashable {
    public var text: String
    /// Start in milliseconds of what was transcribed.
    public var startMs: Int
    /// End in milliseconds; may equal the start.
    public var endMs: Int
    /// 0…1; nil where nobody knows.
    public var confidence: Double?
    /// nil is a voice of its own.
    public var speakerID: String?
    /// Whether white space separates the word from the one before.
    public var followsSpace: Bool

    public init(
        text: String, startMs: Int, endMs: Int, confidence: Double? = nil, speakerID: String? = nil,
        followsSpace: Bool = true
    ) {
        self.text = text
        self.startMs = startMs
        self.endMs = endMs
        self.confidence = confidence
        self.speakerID = speakerID
        self.followsSpace = followsSpace
    }
}

extension SpokenWord {
    /// The latest time that is kept: what every JSON reader holds exactly, and sums of which cannot overflow.
    static let latestMs = 1 << 53

    /// The word fit to be put into a phrase: plain spacing, times inside `0...latestMs`, no impossible confidence.
    ///
    /// - Returns: nil when there is no text, or when it ends before it starts or before zero.
    var tidied: SpokenWord? {
        let parts = text.split(whereSeparator: \.isWhitespace)
        guard !parts.isEmpty, startMs <= endMs, endMs > 0 || startMs >= 0, startMs <= Self.latestMs else { return nil }
        var word = self
        word.followsSpace = followsSpace || text.first?.isWhitespace == true
        word.text = parts.joined(separator: " ")
        word.startMs = max(startMs, 0)
        word.endMs = min(endMs, Self.latestMs)
        // Outside of 0…1, NaN too, is a number on some other scale.
        if let confidence, !(0...1).contains(confidence) { word.confidence = nil }
        return word
    }
}

extension Sequence<SpokenWord> {
    /// The words whose midpoint lies in a window, in the clock that begins where it does.
    ///
    /// - Parameters:
    ///   - window: inside `0...latestMs`.
    ///   - offsetMs: where in the window's clock the words' zero lies; inside `0...latestMs`.
    func cut(to window: Range<Int>, offsetMs: Int) -> [SpokenWord] {
        compactMap { word in
            guard var word = word.tidied else { return nil }
            word.startMs += offsetMs
            word.endMs += offsetMs
            let doubled = word.startMs + word.endMs
            guard window.lowerBound * 2 <= doubled, doubled < window.upperBound * 2 else { return nil }
            word.startMs = Swift.max(word.startMs, window.lowerBound) - window.lowerBound
            word.endMs = Swift.min(word.endMs, window.upperBound) - window.lowerBound
            return word
        }
    }
}
