import TimelineModel

/// Timelines written out by hand.
enum Sample {
    static func summary(
        _ events: [AudioEvent], beats: [BeatEvent] = [], durationMs: Int? = nil, backendType: String = "whisper_librosa"
    ) -> AudioSemanticTimelineSummary {
        let version = backendType == "stub" ? "audio_semantic_stub_v1" : "whisper_librosa_v2"
        var meta = TimelineMeta(
            modelUsed: "whisper_tiny.en", backendType: backendType, backendVersion: version,
            semanticVersion: version + ".1", parameters: AnalysisParameters(), cacheKey: "k", semanticIdentity: "i",
            contentSHA256: "c", seed: 42)
        meta.summary = TimelineCounts(events: events, beats: beats)
        return AudioSemanticTimelineSummary(
            assetID: "sha256-1234", durationMs: durationMs ?? events.map(\.endMs).max() ?? 0, events: events,
            beats: beats, meta: meta)
    }

    /// Speech whose words follow each other: each 300 ms long, 350 ms apart, with a pause after a word ending in `/`.
    static func speech(_ text: String, startMs: Int = 0, pauseMs: Int = 1000, speakerID: String? = nil) -> AudioEvent {
        var time = startMs
        let words = text.split(separator: " ").map { part in
            let pauses = part.hasSuffix("/")
            let word = TimelineWord(
                word: String(pauses ? part.dropLast() : part), startMs: time, endMs: time + 300, confidence: 0.9)
            time += 350 + (pauses ? pauseMs : 0)
            return word
        }
        return AudioEvent(
            kind: .speech, startMs: startMs, endMs: max(time, startMs + 1), speakerID: speakerID, loudnessLUFS: -18.25,
            confidence: 0.934, transcription: words.map(\.word).joined(separator: " "),
            meta: EventMeta(words: words, language: "en"))
    }

    /// 20 s of silence, speech over music, and other, with everything that a header can say.
    static func full() -> AudioSemanticTimelineSummary {
        let text = "And so, my fellow Americans, ask not what your country can do for you, ask what you can do for it."
        var spoken = speech(text, startMs: 2_000)
        spoken.endMs = 10_000
        let events = [
            AudioEvent(kind: .silence, startMs: 0, endMs: 2_000, confidence: 1), spoken,
            AudioEvent(kind: .music, startMs: 8_000, endMs: 17_500, loudnessLUFS: -21, confidence: 0.8),
            AudioEvent(kind: .other, startMs: 17_500, endMs: 20_000),
        ]
        let beats = (0..<16).map { index in
            BeatEvent(
                timeMs: 8_500 + index * 500, beatIndex: index, barIndex: index < 2 ? nil : (index - 2) / 4,
                beatInBar: index < 2 ? nil : (index - 2) % 4 + 1, confidence: 0.9)
        }
        var summary = summary(events, beats: beats)
        summary.meta.language = "en"
        summary.meta.languageAssumed = true
        summary.meta.tempoBPM = 120
        summary.meta.meter = 4
        summary.meta.loudness = LoudnessSummary(
            integratedLUFS: -18.21, truePeakDBTP: -1.26, windowMs: 1000,
            values: (0..<200).map { $0 < 20 ? nil : -60 + Double($0 % 50) })
        return summary
    }
}
