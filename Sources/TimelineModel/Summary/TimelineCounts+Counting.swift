extension TimelineCounts {
    /// Counts events, words, beats and bars; a bar counts when at least one of its beats is there.
    public init(events: [AudioEvent], beats: [BeatEvent]) {
        self.init()
        for event in events {
            let (length, overflow) = event.endMs.subtractingReportingOverflow(event.startMs)
            let milliseconds = overflow ? 0 : Milliseconds.clamped(length, to: Milliseconds.maximum)
            switch event.kind {
            case .speech: speech.add(milliseconds)
            case .music: music.add(milliseconds)
            case .silence: silence.add(milliseconds)
            case .other: other.add(milliseconds)
            }
            words += event.meta.words?.count ?? 0
        }
        self.beats = beats.count
        bars = Set(beats.lazy.compactMap(\.barIndex)).count
    }
}

extension TimelineCounts.Kind {
    fileprivate mutating func add(_ milliseconds: Int) {
        count += 1
        ms = min(ms + milliseconds, Milliseconds.maximum)
    }
}
