import TimelineModel

/// Stage outputs and timelines made from a seed.
enum Generated {
    /// Outputs of every sort: sound ones, untidy ones, and, one in three, hostile ones.
    static func stages(seed: UInt64) -> StageOutputs {
        var random = SplitMix64(seed: seed)
        let hostile = seed % 3 == 0
        let scale = [0.2, 1.5, 12, 90][Int.random(in: 0..<4, using: &random)]
        let duration = Double.random(in: 0.0001...scale, using: &random)
        var stages = StageOutputs(duration: duration)
        stages.speech = segments(&random, duration, hostile)
        stages.music = segments(&random, duration, hostile)
        stages.silence = segments(&random, duration, hostile)
        stages.other = segments(&random, duration, hostile)
        stages.language = "en"
        stages.words = (0..<Int.random(in: 0...30, using: &random)).map { index in
            let start = time(&random, duration, hostile)
            let end = start + Double.random(in: -0.1...0.6, using: &random)
            let text = ["a", "word", "", "  ", "two words", "x\u{0}y"][Int.random(in: 0..<6, using: &random)]
            return TranscribedWord(
                text: text, start: start, end: hostile ? time(&random, duration, true) : end,
                confidence: confidence(&random, hostile), followsSpace: index % 4 != 0)
        }
        stages.speakers = (0..<Int.random(in: 0...12, using: &random)).map { _ in
            let start = time(&random, duration, hostile)
            let end = start + Double.random(in: -0.1...3, using: &random)
            return SpeakerTurn(
                start: start, end: hostile ? time(&random, duration, true) : end,
                speaker: [1, 2, 3, .min, .max][Int.random(in: 0..<5, using: &random)],
                confidence: confidence(&random, hostile))
        }
        stages.beats = (0..<Int.random(in: 0...40, using: &random)).map { index in
            TrackedBeat(
                time: time(&random, duration, hostile), confidence: confidence(&random, hostile),
                beatInBar: [nil, 1, 2, 3, 4, -7, 0, .max][Int.random(in: 0..<8, using: &random)])
        }
        return stages
    }

    static func parameters(seed: UInt64) -> AnalysisParameters {
        var random = SplitMix64(seed: seed ^ 0xABCD)
        return AnalysisParameters(
            includeBeats: Int.random(in: 0..<8, using: &random) > 0,
            includeSpeechMusic: Int.random(in: 0..<4, using: &random) > 0,
            minSilenceMs: [300, 50, 120, 1000, 10_000, -5][Int.random(in: 0..<6, using: &random)])
    }

    static func summary(seed: UInt64) -> AudioSemanticTimelineSummary {
        let parameters = parameters(seed: seed)
        let assembled = TimelineAssembler(parameters: parameters).assemble(stages(seed: seed)) { range in
            SpanLevel(lufs: -20 - Double(range.count % 7), rmsDBFS: -23)
        }
        return Sample.summary(assembled, parameters: parameters)
    }

    private static func segments(
        _ random: inout SplitMix64, _ duration: Double, _ hostile: Bool
    ) -> [LayerSegment] {
        (0..<Int.random(in: 0...9, using: &random)).map { _ in
            let start = time(&random, duration, hostile)
            let length = Double.random(in: 0...(duration / 2), using: &random)
            return LayerSegment(
                start: start, end: hostile ? time(&random, duration, true) : start + length,
                confidence: confidence(&random, hostile))
        }
    }

    private static func time(_ random: inout SplitMix64, _ duration: Double, _ hostile: Bool) -> Double {
        let strange = [.nan, .infinity, -.infinity, -1e308, 1e308, 0, -0.0, .leastNonzeroMagnitude, duration, -1, 1e18]
        if hostile, Int.random(in: 0..<5, using: &random) == 0 {
            return strange[Int.random(in: 0..<strange.count, using: &random)]
        }
        return Double.random(in: -0.05...(duration * 1.02), using: &random)
    }

    private static func confidence(_ random: inout SplitMix64, _ hostile: Bool) -> Double {
        if hostile, Int.random(in: 0..<5, using: &random) == 0 {
            return [.nan, .infinity, -3, 17][Int.random(in: 0..<4, using: &random)]
        }
        return Double.random(in: 0...1, using: &random)
    }
}
