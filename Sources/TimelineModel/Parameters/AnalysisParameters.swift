/// What a caller may ask of an analysis, with the guarded ranges applied.
public struct AnalysisParameters: Sendable, Hashable {
    public static let minSilenceRangeMs = 50...10_000
    public static let loudnessWindowRangeMs = 400...60_000

    public let includeBeats: Bool
    public let includeSpeechMusic: Bool
    /// Shortest silence that becomes an event, clamped to ``minSilenceRangeMs``.
    public let minSilenceMs: Int
    /// Window of the loudness curve, clamped to ``loudnessWindowRangeMs``.
    public let loudnessWindowMs: Int
    /// ISO 639-1, `auto`, or nil for the model's own.
    public let language: String?
    /// The tempo, if the caller knows it, in beats a minute.
    public let bpm: Double?
    /// Beats in a bar, if the caller knows them.
    public let meter: Int?
    /// Words and names that may be said, such as `Kubernetes, Ms Hadziosmanovic`: the transcript prefers to spell them so.
    public let vocabulary: String?
    /// Names of the parameters that were clamped.
    public let clamped: [String]

    public init(
        includeBeats: Bool = true, includeSpeechMusic: Bool = true, minSilenceMs: Int = 300,
        loudnessWindowMs: Int = 1000, language: String? = nil, bpm: Double? = nil, meter: Int? = nil,
        vocabulary: String? = nil
    ) {
        self.includeBeats = includeBeats
        self.includeSpeechMusic = includeSpeechMusic
        self.minSilenceMs = min(max(minSilenceMs, Self.minSilenceRangeMs.lowerBound), Self.minSilenceRangeMs.upperBound)
        self.loudnessWindowMs = min(
            max(loudnessWindowMs, Self.loudnessWindowRangeMs.lowerBound), Self.loudnessWindowRangeMs.upperBound)
        self.language = language
        self.bpm = bpm
        self.meter = meter
        self.vocabulary = vocabulary
        self.clamped =
            (self.minSilenceMs == minSilenceMs ? [] : ["min_silence_ms"])
            + (self.loudnessWindowMs == loudnessWindowMs ? [] : ["loudness_window_ms"])
    }
}
