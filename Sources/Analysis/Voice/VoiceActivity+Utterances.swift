extension VoiceActivity {
    /// Seconds of one probability.
    package static let hopSeconds = Double(hop) / Double(sampleRateHz)

    /// A stretch of talking, in probabilities' indices: `start..<end`.
    package struct Utterance: Sendable, Hashable {
        package var range: Range<Int>

        /// Seconds from the recording's zero.
        package var start: Double { Double(range.lowerBound) * hopSeconds }
        package var end: Double { Double(range.upperBound) * hopSeconds }
    }

    /// Stretches of talking by two thresholds: one begins where the probability reaches `onset` and ends where it has
    /// stayed below `offset` for `minimumPause` seconds. Stretches shorter than `minimumLength` are dropped.
    ///
    /// After another sound the model notices a voice late, by up to a second (silero-vad #798), but not without a trace:
    /// a stretch therefore begins where the probability left the ground, see ``traceStart(before:after:)``.
    ///
    /// - Returns: utterances in order, apart by at least the pause, without padding.
    package func utterances(
        onset: Float = 0.5, offset: Float = 0.35, minimumPause: Double = 0.1, minimumLength: Double = 0.1
    ) -> [Utterance] {
        let pause = max(1, Int((minimumPause / Self.hopSeconds).rounded(.up)))
        let length = max(1, Int((minimumLength / Self.hopSeconds).rounded(.up)))
        var result: [Utterance] = []
        var start: Int?
        var quiet: Int?
        func close(_ first: Int, _ last: Int) {
            guard last - first >= length else { return }
            let begin = traceStart(before: first, after: result.last?.range.upperBound ?? -100)
            result.append(Utterance(range: begin..<last))
        }
        for (index, probability) in probabilities.enumerated() {
            if probability >= onset {
                if start == nil { start = index }
                quiet = nil
            } else if let first = start, probability < offset {
                let since = quiet ?? index
                quiet = since
                if index - since + 1 >= pause {
                    close(first, since)
                    start = nil
                    quiet = nil
                }
            }
        }
        if let first = start { close(first, quiet ?? probabilities.count) }
        return result
    }

    /// Where a trace of the voice that is sure at `index` begins: back through probabilities above the ground, over
    /// dips of two hops, for at most 0.8 s. A short pause since the talking that ended at `end` stays as it is.
    private func traceStart(before index: Int, after end: Int) -> Int {
        let ground: Float = 0.04
        let reach = Int(0.8 / Self.hopSeconds)
        guard index - end > reach else { return index }
        let earliest = max(0, index - reach)
        var start = index
        var position = index - 1
        while position >= earliest, start - position <= 3 {
            if probabilities[position] >= ground { start = position }
            position -= 1
        }
        return start
    }
}
