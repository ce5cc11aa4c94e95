package import TimelineModel

/// A small generator with a seed (Steele, Lea, Flood 2014), so that a failing case can be made again.
package struct SplitMix64: RandomNumberGenerator {
    private var state: UInt64

    package init(seed: UInt64) { state = seed }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

/// Timelines of any length, to be stored and read.
package enum LongTimeline {
    /// Speech with words, silence and other in turn, beats, a loudness curve, and one music event from the first to the
    /// last millisecond: the event that a search by starts alone would miss.
    package static func make(events count: Int, seed: UInt64 = 1, cacheKey: String = "key")
        -> AudioSemanticTimelineSummary
    {
        var random = SplitMix64(seed: seed)
        var events: [AudioEvent] = []
        var position = 0
        for number in 0..<count {
            let length = Int.random(in: 40...1200, using: &random)
            let kind = [EventKind.speech, .silence, .other][number % 3]
            var event = AudioEvent(
                kind: kind, startMs: position, endMs: position + length,
                loudnessLUFS: kind == .silence ? nil : -20.25, confidence: 0.875)
            if kind == .speech {
                let half = length / 2
                event.meta.words = [
                    TimelineWord(word: "“one\\\"", startMs: position, endMs: position + half, confidence: 0.5),
                    TimelineWord(word: "zwei,", startMs: position + half, endMs: position + length, confidence: 1),
                ]
                event.transcription = "“one\\\" zwei,"
                event.meta.language = "en"
            }
            events.append(event)
            position += length
        }
        if position > 10 {
            events.append(AudioEvent(kind: .music, startMs: 1, endMs: position - 1, confidence: 0.75))
            events.sort(by: AudioEvent.precedes)
        }
        let beats = stride(from: 5, to: max(position, 5), by: 430).enumerated().map { index, time in
            BeatEvent(
                timeMs: time, beatIndex: index, barIndex: index < 3 ? nil : (index - 3) / 4,
                beatInBar: index < 3 ? nil : (index - 3) % 4 + 1, confidence: 0.5)
        }
        var meta = TimelineMeta(
            modelUsed: "whisper_tiny.en", backendType: "whisper_librosa", backendVersion: "whisper_librosa_v2",
            semanticVersion: "whisper_librosa_v2.1", parameters: AnalysisParameters(), cacheKey: cacheKey,
            semanticIdentity: "11aa", contentSHA256: "22bb", seed: 42)
        meta.loudness = LoudnessSummary(
            integratedLUFS: -20.5, truePeakDBTP: nil, windowMs: 1000,
            values: (0..<((position + 99) / 100)).map { $0 % 7 == 0 ? nil : -Double($0 % 50) - 0.25 })
        meta.summary = TimelineCounts(events: events, beats: beats)
        return AudioSemanticTimelineSummary(
            assetID: "a1", durationMs: position, events: events, beats: beats, meta: meta)
    }
}
