import TimelineModel

/// Timelines written out by hand.
enum Sample {
    static func summary(
        _ assembled: AssembledTimeline, parameters: AnalysisParameters = AnalysisParameters()
    ) -> AudioSemanticTimelineSummary {
        var meta = TimelineMeta(
            modelUsed: "whisper_tiny.en", backendType: "whisper_librosa", backendVersion: "whisper_librosa_v2",
            semanticVersion: "whisper_librosa_v2.1", parameters: parameters,
            cacheKey: "t1|dev|a123|None|True|True|300|1000|whisper_librosa_v2|u1", semanticIdentity: "11aa",
            contentSHA256: "22bb", seed: 42)
        meta.summary = assembled.counts
        return AudioSemanticTimelineSummary(
            assetID: "a123", durationMs: assembled.durationMs, events: assembled.events, beats: assembled.beats,
            meta: meta)
    }

    /// 4 s: silence, speech of three words over music that runs on, other; beats every 500 ms from 1 s.
    static func small() -> AudioSemanticTimelineSummary {
        let stages = StageOutputs(
            duration: 4,
            speech: [LayerSegment(start: 1, end: 2.5, confidence: 0.9)],
            music: [LayerSegment(start: 1.5, end: 3.5, confidence: 0.8)],
            silence: [LayerSegment(start: 0, end: 1, confidence: 1)],
            other: [LayerSegment(start: 3, end: 4, confidence: 0.6666)],
            words: [
                TranscribedWord(text: "Ask", start: 1.0, end: 1.4, confidence: 0.95),
                TranscribedWord(text: "not", start: 1.4, end: 1.8, confidence: 0.5),
                TranscribedWord(text: "what.", start: 1.9, end: 2.4, confidence: 0.75),
            ],
            language: "en",
            beats: [
                TrackedBeat(time: 1, confidence: 0.9, beatInBar: 4),
                TrackedBeat(time: 1.5, confidence: 0.9, beatInBar: 1),
                TrackedBeat(time: 2, confidence: 0.9, beatInBar: 2),
                TrackedBeat(time: 2.5, confidence: 0.9, beatInBar: 1),
            ])
        let assembled = TimelineAssembler(parameters: AnalysisParameters()).assemble(stages) { _ in
            SpanLevel(lufs: -18.456, rmsDBFS: -21.004)
        }
        var summary = Sample.summary(assembled)
        summary.meta.language = "en"
        summary.meta.tempoBPM = 120
        summary.meta.loudness = LoudnessSummary(
            integratedLUFS: -18.5, truePeakDBTP: -1, windowMs: 1000,
            values: (0..<40).map { $0 < 10 ? nil : -Double($0) })
        return summary
    }
}

extension AudioEvent {
    /// Kind and span in short, such as `speech 100-200`.
    var shape: String { "\(kind.rawValue) \(startMs)-\(endMs)" }
}
