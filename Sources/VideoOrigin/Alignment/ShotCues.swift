import SemanticTimeline

/// What a timeline says around a shot's nominal window, in milliseconds of the asset.
struct ShotCues: Sendable, Hashable {
    /// Where the asset's first speech starts.
    var firstSpeechMs: Int?
    /// Whether the window starts in speech.
    var startsInSpeech = false
    /// The first start of speech in the window; for a window that starts at 0, anywhere.
    var onsetMs: Int?
    /// The last beat at the onset or within the tolerance before it, unless somebody still speaks there.
    var beatBeforeOnsetMs: Int?
    /// The beat nearest to the window's start, within the tolerance; of two the earlier.
    var beatNearStartMs: Int?

    /// Asks a timeline.
    ///
    /// - Parameter beatToleranceMs: nil where beats do not matter.
    /// - Throws: `LibraryError` where a part of it is missing or damaged.
    static func find(
        in timeline: TimelineReader, startMs: Double, durationMs: Double, beatToleranceMs: Double?
    ) async throws -> ShotCues {
        let wholeMs = timeline.durationMs
        var cues = ShotCues()
        cues.firstSpeechMs = try await timeline.firstSpeech(fromMs: 0, toMs: wholeMs)?.lowerBound
        // The millisecond that holds the start, and the first one that no part of the window is in.
        let start = Int(startMs.rounded(.down))
        let end = startMs == 0 ? wholeMs : min(Int((startMs + durationMs).rounded(.up)), wholeMs)
        if cues.firstSpeechMs != nil,
            let speech = try await timeline.firstSpeech(fromMs: start, toMs: max(end, start + 1))
        {
            cues.startsInSpeech = Double(speech.lowerBound) <= startMs
            if !cues.startsInSpeech, Double(speech.lowerBound) < startMs + durationMs || startMs == 0 {
                cues.onsetMs = speech.lowerBound
            }
        }
        guard let beatToleranceMs, beatToleranceMs >= 0 else { return cues }
        let tolerance = min(beatToleranceMs, Double(wholeMs))
        if let onset = cues.onsetMs {
            let from = Int((Double(onset) - tolerance).rounded(.up))
            if let beat = try await timeline.beatTimes(fromMs: from, throughMs: onset).last,
                try await timeline.firstSpeech(fromMs: beat, toMs: onset) == nil
            {
                cues.beatBeforeOnsetMs = beat
            }
        } else if !cues.startsInSpeech {
            let near = try await timeline.beatTimes(
                fromMs: Int((startMs - tolerance).rounded(.up)), throughMs: Int((startMs + tolerance).rounded(.down)))
            cues.beatNearStartMs = near.min { abs(Double($0) - startMs) < abs(Double($1) - startMs) }
        }
        return cues
    }
}
