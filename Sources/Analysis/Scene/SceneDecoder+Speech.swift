/// What in a run of speech is none: pauses over music, and other sounds before the voice.
extension SceneDecoder {
    /// The parts of a run of speech between pauses in which music goes on. No silence tells them: the level falls by much and
    /// neither model is sure of speech, or the evidence for speech is gone at any level. Where the network is sure, a voice is low.
    ///
    /// Quiet beginnings and ends stay; short ones without evidence for speech go.
    func divided(_ run: Range<Int>, evidence: [Float], shortestPause: Int) -> [Range<Int>] {
        let inset = options.bedInset
        guard run.count >= 2 * inset + shortestPause else { return [run] }
        let loud = SpeechEdges.quantile(0.8, of: levels[run])
        let signs = run.map { index in
            let fall = (loud - options.bedDepth - levels[index]) / 6
            let doubt = options.doubt - evidence[index]
            let unsure = min(2 - evidence[index], options.bedVoice - logit(0, at: index)) / 2
            return max(-2, min(1, max(fall, doubt), unsure, logit(1, at: index) + 0.5))
        }
        var parts: [Range<Int>] = []
        var (start, end) = (run.lowerBound, run.upperBound)
        for pause in FrameRuns.runs(BinaryPath.decode(signs, penalty: options.bedPenalty)) {
            let frames = pause.lowerBound + run.lowerBound..<pause.upperBound + run.lowerBound
            if pause.count >= shortestPause && pause.lowerBound >= inset && pause.upperBound <= run.count - inset {
                parts.append(start..<frames.lowerBound)
                start = frames.upperBound
            } else if frames != run, options.doubtfulEnd.contains(pause.count),
                Self.mean(evidence[frames]) < options.doubt
            {
                if frames.lowerBound == run.lowerBound { start = frames.upperBound }
                if frames.upperBound == run.upperBound { end = frames.lowerBound }
            }
        }
        return parts + (start < end ? [start..<end] : [])
    }

    /// The run from where the voice model begins to hear a voice, if it does so at a step and little spoke for speech
    /// before: what leads in is another sound. Where it is quiet before, `SpeechEdges` moves the beginning back to where
    /// the level rises.
    func withoutLeadIn(_ run: Range<Int>, evidence: [Float]) -> Range<Int> {
        // Before the recording's beginning there is nothing to tell a voice from.
        guard let voice, first + run.lowerBound > 0 else { return run }
        let begun = run.dropFirst(options.leadIn.lowerBound).prefix(options.leadIn.count).first { frame in
            let hop = Self.hop(of: frame)
            guard hop + 3 <= voice.count, voice[hop] >= 0.5 else { return false }
            return Self.mean(voice[hop..<hop + 3]) >= 0.7
        }
        guard let begun else { return run }
        let leadIn = run.lowerBound..<begun - 3
        let isHeard = leadIn.contains { voice[Self.hop(of: $0)] > 0.2 }
        return isHeard || Self.mean(evidence[leadIn]) > options.leadInEvidence ? run : begun..<run.upperBound
    }

    /// Of at least one number.
    private static func mean(_ values: ArraySlice<Float>) -> Float { values.reduce(0, +) / Float(values.count) }
}
