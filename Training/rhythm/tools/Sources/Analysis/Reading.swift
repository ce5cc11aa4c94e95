/// One reading of the pulse of an excerpt as beats, with all that the two models are fitted on.
public struct Reading: Codable, Sendable {
    /// Beats for each pulse and first beat: `upper/lower+offset` of `MetricalCandidate`.
    public var name: String
    /// In frames of `Readings.frameRate`.
    public var beats: [Double]
    /// `MetricalLevel.features`; the last seven depend on the weights for bars that were compiled in.
    public var features: [Double]
    /// `BarEvidence.values`, `[beats][evidenceWidth]`, flattened.
    public var evidence: [Double]
    /// `BarModel.similarityFeatures` of each of `Readings.meters`: one and two bars apart.
    public var similarities: [[Double]]
}

/// All readings of an excerpt that is music from end to end.
public struct Readings: Codable, Sendable {
    public var frameRate: Double
    public var evidenceWidth: Int
    public var meters: [Int]
    public var readings: [Reading]

    /// The readings that the product would choose from, for mono samples at `RhythmTracker.sampleRateHz`.
    public init(of samples: [Float]) {
        let tracker = RhythmTracker()
        samples.withUnsafeBufferPointer { tracker.append($0) }
        let span = PulseSpan(tracker.finishFeatures(), hints: RhythmHints())
        let level = span.level
        frameRate = RhythmFeatures.frameRate
        evidenceWidth = BarEvidence.width
        meters = BarModel.meters
        readings = span.candidates(span.pulse().map(\.frame)).map { candidate in
            let evidence = BarEvidence(
                beats: candidate.beats, activation: level.activation, levels: level.levels, harmony: level.harmony)
            let bars = BarModel(evidence)
            return Reading(
                name: "\(candidate.upper)/\(candidate.lower)+\(candidate.offset)",
                beats: candidate.beats,
                features: level.features(candidate.beats),
                evidence: evidence.values,
                similarities: BarModel.meters.map { meter in
                    let alike = bars.similarityFeatures(meter: meter)
                    return [alike.one, alike.two]
                })
        }
    }
}
