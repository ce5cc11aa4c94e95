package import TimelineModel

/// Where speech is and where beats are, by the digest of the chunk of a stored timeline that says so: what aligning a
/// thousand shots to a timeline asks again and again.
typealias CueCache = BoundedCache<SIMD32<UInt8>, [Range<Int>]>

extension TimelineReader {
    /// The first speech that overlaps `[fromMs, toMs)`, whole.
    package func firstSpeech(fromMs: Int, toMs: Int) async throws -> Range<Int>? {
        for chunk in TimelineIndex.chunks(index.events, overlapping: fromMs, toMs) {
            let found = try await speech(in: chunk).first { $0.lowerBound < toMs && $0.upperBound > fromMs }
            if let found { return found }
        }
        return nil
    }

    /// The beats at `fromMs` to `throughMs`, both included, in order.
    package func beatTimes(fromMs: Int, throughMs: Int) async throws -> [Int] {
        guard fromMs <= throughMs else { return [] }
        var times: [Int] = []
        for chunk in TimelineIndex.chunks(index.beats, overlapping: fromMs - 1, throughMs + 1) {
            times += try await beats(in: chunk).map(\.lowerBound).filter { (fromMs...throughMs).contains($0) }
        }
        return times
    }

    /// The beats at `fromMs` to `toMs`, that one excluded, with all that is known of them.
    package func beats(fromMs: Int, toMs: Int) async throws -> [BeatEvent] {
        let chunks = TimelineIndex.chunks(index.beats, overlapping: fromMs - 1, toMs)
        return try await elements(BeatEvent.self, of: chunks).filter { $0.timeMs >= fromMs && $0.timeMs < toMs }
    }

    private func speech(in chunk: TimelineIndex.Chunk) async throws -> [Range<Int>] {
        guard let slot = EventKind.allCases.firstIndex(of: .speech), chunk.totals[slot] > 0 else { return [] }
        if let known = cueCache?[chunk.digest] { return known }
        let events = try await elements(AudioEvent.self, of: [chunk])
        let spans = events.filter { $0.kind == .speech && $0.startMs < $0.endMs }.map { $0.startMs..<$0.endMs }
        keep(spans, of: chunk)
        return spans
    }

    private func beats(in chunk: TimelineIndex.Chunk) async throws -> [Range<Int>] {
        if let known = cueCache?[chunk.digest] { return known }
        let beats = try await elements(BeatEvent.self, of: [chunk]).map { $0.timeMs..<$0.timeMs }
        keep(beats, of: chunk)
        return beats
    }

    private func keep(_ cues: [Range<Int>], of chunk: TimelineIndex.Chunk) {
        cueCache?.keep(cues, for: chunk.digest, cost: 64 + cues.count * 16)
    }
}
