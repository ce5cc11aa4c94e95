public import TimelineModel

/// Finds tempo, beats and bars in a recording.
///
/// Samples are turned into small features as they come (about 5 kB a second); the rest happens in `finish`, span by span
/// of music. Results do not depend on how the samples were divided into blocks. One tracker serves one recording and one
/// thread. NaN and infinities count as 0.
public final class RhythmTracker {
    /// Rate of the samples that the tracker takes: mono, this many a second.
    public static let sampleRateHz = 22_050
    /// Raised whenever the output for the same input may change.
    public static let version = "rhythm-1"

    private let extractor = RhythmFeatureExtractor()

    public init() {}

    /// Adds mono samples, full scale ±1, any number of them.
    public func append(_ samples: UnsafeBufferPointer<Float>) {
        extractor.append(samples)
    }

    /// Ends the recording and gives its beats.
    ///
    /// - Parameters:
    ///   - music: Where music plays, in seconds; nil if nobody knows. Outside of it (and everywhere for nil) beats are
    ///     given only where the pulse is clear, as in a click track or a drum loop; speech and noise have none.
    ///   - hints: What the caller knows about tempo and metre.
    /// - Returns: Beats in order; empty for silence, noise and speech.
    public func finish(music: [LayerSegment]?, hints: RhythmHints) -> RhythmResult {
        RhythmAnalysis(features: finishFeatures(), hints: hints).result(music: music)
    }

    /// Ends the stream; gives its features.
    func finishFeatures() -> RhythmFeatures {
        extractor.finish()
    }
}
