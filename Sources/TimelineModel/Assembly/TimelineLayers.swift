/// The four layers of a timeline, which together cover all of it.
///
/// Speech and music come as they are. What neither claims is a gap; silences of a gap that last long enough are kept,
/// and the pieces between them become `other` or, where hardly anything but silence is in them, part of a neighbour.
struct TimelineLayers {
    private(set) var speech: [MillisecondSpan]
    private(set) var music: [MillisecondSpan]
    private(set) var silence: [MillisecondSpan] = []
    private(set) var other: [MillisecondSpan] = []

    private let quiet: [MillisecondSpan]
    private let durationMs: Int
    private let minSilenceMs: Int

    /// - Parameters:
    ///   - speech: sorted, disjoint; so are `music` and `silence`.
    ///   - silence: where the recording is silent, also under speech and music.
    init(
        speech: [MillisecondSpan], music: [MillisecondSpan], silence: [MillisecondSpan], durationMs: Int,
        minSilenceMs: Int
    ) {
        self.speech = speech
        self.music = music
        self.quiet = silence
        self.durationMs = durationMs
        self.minSilenceMs = minSilenceMs
        let claimed = (speech + music).sorted { ($0.start, $0.end) < ($1.start, $1.end) }.merged(bridging: 1)
        var position = 0
        for span in claimed {
            fill(position, span.start)
            position = span.end
        }
        fill(position, durationMs)
        // Whatever grew to touch its like is one with it.
        self.speech = self.speech.merged(bridging: 1)
        self.music = self.music.merged(bridging: 1)
        self.silence = self.silence.merged(bridging: 1)
    }

    /// A span that may grow: by layer and index.
    private struct Neighbour {
        var layer: WritableKeyPath<TimelineLayers, [MillisecondSpan]>
        var index: Int
    }

    /// Fills the gap `[start, end)`.
    private mutating func fill(_ start: Int, _ end: Int) {
        guard start < end else { return }
        var before = neighbour(endingAt: start)
        var position = start
        var index = quiet.firstIndex(endingAfter: start)
        while index < quiet.count, quiet[index].start < end {
            var span = quiet[index]
            span.start = max(span.start, start)
            span.end = min(span.end, end)
            index += 1
            guard span.length >= minSilenceMs else { continue }
            let growsToHead = !settle(position, span.start, after: before)
            if growsToHead { span.start = position }
            silence.append(span)
            before = Neighbour(layer: \.silence, index: silence.count - 1)
            position = span.end
        }
        if settle(position, end, after: before) { return }
        // Nothing came before: the neighbour after it takes it, or there is no neighbour at all.
        if let after = neighbour(startingAt: end) {
            self[keyPath: after.layer][after.index].start = position
        } else {
            coverEverything()
        }
    }

    /// Gives `[start, end)` to `other` or to the event before it.
    ///
    /// - Returns: false if it is too little for an event and nothing is before it.
    private mutating func settle(_ start: Int, _ end: Int, after before: Neighbour?) -> Bool {
        guard start < end else { return true }
        if end - start - quietMs(start, end) >= TimelineAssembler.shortestOtherMs {
            other.append(MillisecondSpan(start: start, end: end))
        } else if let before {
            self[keyPath: before.layer][before.index].end = end
        } else {
            return false
        }
        return true
    }

    /// No layer has anything of length: all of it is silence or other, whichever there is more of.
    private mutating func coverEverything() {
        var span = MillisecondSpan(start: 0, end: durationMs)
        if quietMs(0, durationMs) * 2 >= durationMs {
            for part in quiet { span.merge(part) }
            silence.append(span)
        } else {
            other.append(span)
        }
    }

    private func quietMs(_ start: Int, _ end: Int) -> Int {
        var sum = 0
        var index = quiet.firstIndex(endingAfter: start)
        while index < quiet.count, quiet[index].start < end {
            sum += min(quiet[index].end, end) - max(quiet[index].start, start)
            index += 1
        }
        return sum
    }

    /// Speech before music where both end there.
    private func neighbour(endingAt time: Int) -> Neighbour? {
        for layer in [\TimelineLayers.speech, \.music] {
            let index = self[keyPath: layer].firstIndex(endingAfter: time - 1)
            if index < self[keyPath: layer].count, self[keyPath: layer][index].end == time {
                return Neighbour(layer: layer, index: index)
            }
        }
        return nil
    }

    private func neighbour(startingAt time: Int) -> Neighbour? {
        for layer in [\TimelineLayers.speech, \.music] {
            let index = self[keyPath: layer].firstIndex(endingAfter: time)
            if index < self[keyPath: layer].count, self[keyPath: layer][index].start == time {
                return Neighbour(layer: layer, index: index)
            }
        }
        return nil
    }
}
