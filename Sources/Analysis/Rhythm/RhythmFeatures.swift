/// The small features that rhythm analysis keeps of a recording: about 60 bytes for each hundredth of a second.
struct RhythmFeatures: Sendable {
    /// Frequency bands of `flux` and `level`.
    static let bandCount = 5
    /// Pitch classes in `chroma`: 12 of the bass, then 12 of the rest.
    static let chromaCount = 24
    /// Frames a second of `flux` and `level`.
    static let frameRate = Double(RhythmTracker.sampleRateHz) / Double(RhythmFeatureExtractor.hop)
    /// Frames a second of `chroma`.
    static let chromaRate = Double(RhythmTracker.sampleRateHz) / Double(RhythmFeatureExtractor.chromaHop)

    /// Rise of the log spectrum, `[frames][bandCount]`, flattened.
    var flux: [Float] = []
    /// Mean log magnitude, `[frames][bandCount]`, flattened.
    var level: [Float] = []
    /// Strength of pitch classes, `[chroma frames][chromaCount]`, flattened.
    var chroma: [Float] = []

    var frameCount: Int { flux.count / Self.bandCount }
    var chromaFrameCount: Int { chroma.count / Self.chromaCount }

    /// The features between two frames, with time counted from the first.
    func slice(_ frames: Range<Int>) -> RhythmFeatures {
        let range = frames.clamped(to: 0..<frameCount)
        let ratio = Self.chromaRate / Self.frameRate
        let chromaStart = min(Int((Double(range.lowerBound) * ratio).rounded()), chromaFrameCount)
        let chromaEnd = min(Int((Double(range.upperBound) * ratio).rounded(.up)) + 1, chromaFrameCount)
        return RhythmFeatures(
            flux: Array(flux[range.lowerBound * Self.bandCount..<range.upperBound * Self.bandCount]),
            level: Array(level[range.lowerBound * Self.bandCount..<range.upperBound * Self.bandCount]),
            chroma: Array(
                chroma[chromaStart * Self.chromaCount..<max(chromaStart, chromaEnd) * Self.chromaCount]))
    }
}
