extension AudioSemanticTimelineSummary {
    /// The summary with every number as the wire format wants it: decimals rounded, NaN and infinities absent (0 for
    /// the confidence of a word), never a negative zero. A sanitised summary comes back unchanged.
    public func sanitised() -> AudioSemanticTimelineSummary {
        var result = self
        for index in result.events.indices { result.events[index].sanitise() }
        for index in result.beats.indices {
            result.beats[index].confidence = result.beats[index].confidence.finiteConfidence
            result.beats[index].downbeatConfidence = result.beats[index].downbeatConfidence.finiteConfidence
        }
        result.meta.sanitise()
        return result
    }
}

extension AudioEvent {
    fileprivate mutating func sanitise() {
        loudnessLUFS = loudnessLUFS?.rounded(places: 2)
        confidence = confidence.finiteConfidence
        meta.rmsDBFS = meta.rmsDBFS?.rounded(places: 2)
        meta.speakerConfidence = meta.speakerConfidence.finiteConfidence
        guard var words = meta.words else { return }
        for index in words.indices { words[index].confidence = words[index].confidence.roundedConfidence }
        meta.words = words
    }
}

extension TimelineMeta {
    fileprivate mutating func sanitise() {
        languageConfidence = languageConfidence.finiteConfidence
        tempoBPM = tempoBPM.finite
        tempoCurve = tempoCurve?.map { TempoPoint(timeMs: $0.timeMs, bpm: $0.bpm.finite?.rounded(places: 2)) }
        speedChange = speedChange.finite
        speedChangeLimit = speedChangeLimit.isFinite ? speedChangeLimit : 1.05
        if let window = clipWindowMs, !window.allSatisfy(\.isFinite) { clipWindowMs = nil }
        guard var loudness else { return }
        loudness.integratedLUFS = loudness.integratedLUFS?.rounded(places: 2)
        loudness.truePeakDBTP = loudness.truePeakDBTP?.rounded(places: 2)
        loudness.values = loudness.values.map { $0?.rounded(places: 2) }
        self.loudness = loudness
    }
}

extension Optional<Double> {
    fileprivate var finite: Double? { flatMap { $0.isFinite ? ($0 == 0 ? 0 : $0) : nil } }
    fileprivate var finiteConfidence: Double? { finite?.roundedConfidence }
}
