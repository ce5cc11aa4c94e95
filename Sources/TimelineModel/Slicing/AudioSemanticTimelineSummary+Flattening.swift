extension AudioSemanticTimelineSummary {
    /// The timeline with one label at a time: speech before music before other before silence.
    ///
    /// A music bed is cut where somebody speaks over it; each piece keeps the level and confidence of the whole. Events
    /// then partition `[0, durationMs)`.
    public func flattened() -> AudioSemanticTimelineSummary {
        var taken: [MillisecondSpan] = []
        var flat: [AudioEvent] = []
        for kind in [EventKind.speech, .music, .other, .silence] {
            for event in events where event.kind == kind {
                flat += event.pieces(outside: taken, durationMs: durationMs)
            }
            taken =
                (taken + flat.lazy.filter { $0.kind == kind }.map { MillisecondSpan(start: $0.startMs, end: $0.endMs) })
                .sorted { ($0.start, $0.end) < ($1.start, $1.end) }
                .merged(bridging: 1)
        }
        flat.sort(by: AudioEvent.precedes)
        var result = self
        result.events = flat
        result.meta.summary = TimelineCounts(events: flat, beats: beats)
        return result
    }
}

extension AudioEvent {
    fileprivate func pieces(outside taken: [MillisecondSpan], durationMs: Int) -> [AudioEvent] {
        let limit = min(durationMs, Milliseconds.maximum)
        let end = Milliseconds.clamped(endMs, to: limit)
        var position = Milliseconds.clamped(startMs, to: limit)
        var result: [AudioEvent] = []
        var index = taken.firstIndex(endingAfter: position)
        while position < end {
            let next = index < taken.count ? taken[index].start : end
            if position < next {
                var piece = self
                piece.startMs = position
                piece.endMs = min(next, end)
                result.append(piece)
            }
            position = index < taken.count ? taken[index].end : end
            index += 1
        }
        return result
    }
}
