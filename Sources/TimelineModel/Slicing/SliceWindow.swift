/// A checked window and the clock of its slice.
package struct SliceWindow {
    /// In milliseconds of the timeline that is cut.
    let range: Range<Int>
    /// Length of the slice in its own clock.
    let durationMs: Int
    private let speed: Double?
    private let sourceDurationMs: Int

    init(
        inMs: Double, outMs: Double, speed: Double, timeBase: TimeBase, sourceDurationMs: Int
    ) throws(SliceError) {
        guard let start = Milliseconds.rounded(inMs), let end = Milliseconds.rounded(outMs), speed.isFinite else {
            throw .notFinite
        }
        guard inMs >= 0 else { throw .negativeStart }
        guard inMs <= outMs else { throw .inverted }
        guard start < end else { throw .empty }
        guard speed > 0 else { throw .unusableSpeed }
        range = start..<end
        self.sourceDurationMs = min(sourceDurationMs, Milliseconds.maximum)
        self.speed = timeBase == .timeline && speed != 1 ? speed : nil
        guard let speed = self.speed else {
            durationMs = range.count
            return
        }
        let scaled = Double(range.count) / speed
        guard scaled < Double(Milliseconds.maximum), let length = Milliseconds.rounded(scaled) else {
            throw .unusableSpeed
        }
        guard length > 0 else { throw .empty }
        durationMs = length
    }

    /// Checks a window and a speed without a timeline.
    package static func check(inMs: Double, outMs: Double, speed: Double) throws(SliceError) {
        _ = try SliceWindow(
            inMs: inMs, outMs: outMs, speed: speed, timeBase: .timeline, sourceDurationMs: Milliseconds.maximum)
    }

    /// A time of the timeline, inside the window, in the slice's clock.
    private func local(_ time: Int) -> Int {
        let offset = min(max(time, range.lowerBound), range.upperBound) - range.lowerBound
        guard let speed else { return offset }
        return min(Milliseconds.rounded(Double(offset) / speed) ?? durationMs, durationMs)
    }

    /// The part of an event inside the window; nil if there is none.
    func cut(_ event: AudioEvent) -> AudioEvent? {
        let start = Milliseconds.clamped(event.startMs, to: sourceDurationMs)
        let end = Milliseconds.clamped(event.endMs, to: sourceDurationMs)
        guard max(start, range.lowerBound) < min(end, range.upperBound) else { return nil }
        var result = event
        result.startMs = local(start)
        result.endMs = local(end)
        guard result.startMs < result.endMs else { return nil }
        let whole = start >= range.lowerBound && end <= range.upperBound
        guard let words = event.meta.words, !words.isEmpty else {
            // Text without words cannot be cut.
            if !whole { result.transcription = nil }
            return result
        }
        var kept = event.spacedWords.filter { holds($0.word) }
        for index in kept.indices {
            kept[index].word.startMs = local(kept[index].word.startMs)
            kept[index].word.endMs = local(kept[index].word.endMs)
        }
        WordPlacement.fit(&kept, into: result.startMs..<result.endMs)
        if kept.count < words.count {
            result.transcription = kept.joinedText
            if kept.isEmpty { result.meta.language = nil }
        }
        result.meta.words = kept.isEmpty ? nil : kept.map(\.word)
        return result
    }

    /// A word belongs to the side of a cut that holds its midpoint.
    private func holds(_ word: TimelineWord) -> Bool {
        let doubled =
            Milliseconds.clamped(word.startMs, to: sourceDurationMs)
            + Milliseconds.clamped(word.endMs, to: sourceDurationMs)
        return range.lowerBound * 2 <= doubled && doubled < range.upperBound * 2
    }

    /// A beat in the slice's clock; nil if it lies outside.
    func cut(_ beat: BeatEvent) -> BeatEvent? {
        guard range.contains(beat.timeMs), beat.timeMs < sourceDurationMs else { return nil }
        var result = beat
        result.timeMs = min(local(beat.timeMs), durationMs - 1)
        return result
    }

    /// The tempo curve in the slice's clock: what holds at its start, then the points inside.
    func cut(_ curve: [TempoPoint]) -> [TempoPoint] {
        let first = curve.lastIndex { $0.timeMs <= range.lowerBound } ?? 0
        return curve[first...].filter { $0.timeMs < range.upperBound }.compactMap { point in
            let isBefore = point.timeMs < range.lowerBound
            guard !isBefore || point.bpm != nil else { return nil }
            return TempoPoint(timeMs: local(point.timeMs), bpm: point.bpm.map { $0 * (speed ?? 1) })
        }
    }

    /// The hops that end inside `(in, out]`; past the last whole hop, the rest of the curve.
    ///
    /// - Parameters:
    ///   - offset: number of the first value in the whole curve.
    ///   - count: how many values the whole curve has.
    func cut(_ loudness: LoudnessSummary, offset: Int, count: Int) -> LoudnessSummary {
        var result = loudness
        guard loudness.hopMs > 0 else {
            result.values = []
            return result
        }
        let first = min(range.lowerBound / loudness.hopMs, count)
        let end = range.upperBound >= sourceDurationMs ? count : min(range.upperBound / loudness.hopMs, count)
        let kept = offset..<(offset + loudness.values.count)
        let wanted = (first..<max(first, end)).clamped(to: kept)
        result.values = Array(loudness.values[(wanted.lowerBound - offset)..<(wanted.upperBound - offset)])
        return result
    }
}
