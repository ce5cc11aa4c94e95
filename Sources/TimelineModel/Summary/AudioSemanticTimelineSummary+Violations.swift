extension AudioSemanticTimelineSummary {
    /// Every promise of a timeline that this one breaks, in words; empty for a sound one.
    ///
    /// Checked: events cover exactly `[0, durationMs)`; none is empty; events of one kind do not overlap; silence and
    /// other overlap nothing; events are in order; words lie inside their event, in order; beats are inside the
    /// timeline, in order, once each. Safe on documents of any origin.
    public var violations: [String] {
        var found: [String] = []
        if durationMs < 0 || durationMs > Milliseconds.maximum {
            found.append("duration \(durationMs) is out of range")
        }
        var covered = 0
        var lastEnd: [EventKind: Int] = [:]
        var previous: AudioEvent?
        for (index, event) in events.enumerated() {
            if event.startMs >= event.endMs { found.append("event \(index) is empty") }
            if event.startMs < 0 || event.endMs > durationMs { found.append("event \(index) leaves the timeline") }
            if let previous, AudioEvent.precedes(event, previous) { found.append("event \(index) is out of order") }
            if event.startMs > covered { found.append("gap before event \(index)") }
            let background = max(lastEnd[.silence] ?? 0, lastEnd[.other] ?? 0)
            let alone = event.kind == .silence || event.kind == .other
            let busyUntil = alone ? covered : max(lastEnd[event.kind] ?? 0, background)
            if event.startMs < busyUntil { found.append("event \(index) overlaps what it must not") }
            covered = max(covered, event.endMs)
            lastEnd[event.kind] = max(lastEnd[event.kind] ?? 0, event.endMs)
            previous = event
            found += event.wordViolations.map { "event \(index): \($0)" }
        }
        if covered != durationMs { found.append("events end at \(covered), the timeline at \(durationMs)") }
        for (index, beat) in beats.enumerated() {
            if beat.timeMs < 0 || beat.timeMs >= durationMs { found.append("beat \(index) leaves the timeline") }
            if index > 0, beat.timeMs <= beats[index - 1].timeMs { found.append("beat \(index) is out of order") }
        }
        return found
    }
}

extension AudioEvent {
    fileprivate var wordViolations: [String] {
        guard let words = meta.words else { return [] }
        var found: [String] = kind == .speech ? [] : ["words outside speech"]
        var last = startMs
        for word in words {
            if word.startMs >= word.endMs { found.append("word is empty") }
            if word.startMs < startMs || word.endMs > endMs { found.append("word leaves its event") }
            if word.startMs < last { found.append("words are out of order") }
            last = word.startMs
        }
        return found
    }
}
