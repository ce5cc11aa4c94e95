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
            if last - first >= length { result.append(Utterance(range: first..<last)) }
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
}
