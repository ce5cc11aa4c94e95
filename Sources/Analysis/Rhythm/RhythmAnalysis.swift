import TimelineModel

/// Decides which spans of a recording have beats, and gathers them.
struct RhythmAnalysis {
    let features: RhythmFeatures
    let hints: RhythmHints

    /// Shortest span, in seconds, that is searched for beats.
    private static let shortestSpan = 3.0
    /// Spans of music closer together than this, in seconds, are one.
    private static let largestGap = 1.0
    /// Periodicity from which a pulse is clear without anybody saying that there is music. Speech stays below 0.13 over
    /// fifteen pulses, music with drums lies above 0.3.
    private static let clearPulse = 0.16
    /// Sum of the clarities of a span's pulses from which it is no accident: syllables keep time for a few seconds, too.
    private static let clearSpan = 4.5
    /// Seconds that a clear pulse may begin before or end after its clarity shows.
    private static let clarityMargin = 1.0

    /// Onset strength, in standard deviations, that the first and last beat of a clear pulse have.
    private static let leastStrength = 0.5

    private typealias Span = Range<Int>

    func result(music: [LayerSegment]?) -> RhythmResult {
        let count = features.frameCount
        guard count > 1 else { return RhythmResult() }
        let known = spans(music ?? [])
        var beats: [(span: Int, beat: PulseSpan.Beat)] = []
        var gaps: [Span] = []
        var end = 0
        for span in known {
            gaps.append(end..<max(end, span.lowerBound))
            end = span.upperBound
        }
        gaps.append(end..<max(end, count))
        var all = known.map { (span: $0, isKnown: true) }
        for gap in gaps where !gap.isEmpty {
            all.append(contentsOf: clearSpans(in: gap).map { (span: $0, isKnown: false) })
        }
        all.sort { $0.span.lowerBound < $1.span.lowerBound }
        for (index, (span, isKnown)) in all.enumerated() {
            let found = PulseSpan(features.slice(span), hints: hints).beats()
            for beat in isKnown ? found[...] : clearPart(of: found) {
                var moved = beat
                moved.frame += Double(span.lowerBound)
                beats.append((index, moved))
            }
        }
        return gathered(beats)
    }

    /// Frames of the music that is long enough.
    private func spans(_ music: [LayerSegment]) -> [Span] {
        let duration = Double(features.frameCount) / RhythmFeatures.frameRate
        var merged: [(start: Double, end: Double)] = []
        let usable = music.filter { $0.start.isFinite && $0.end.isFinite && $0.end > $0.start }
        for segment in usable.sorted(by: { ($0.start, $0.end) < ($1.start, $1.end) }) {
            let start = min(max(segment.start, 0), duration)
            let end = min(max(segment.end, 0), duration)
            if let last = merged.last, start - last.end < Self.largestGap {
                merged[merged.count - 1].end = max(last.end, end)
            } else {
                merged.append((start, end))
            }
        }
        return merged.filter { $0.end - $0.start >= Self.shortestSpan }.map { frames(from: $0.start, to: $0.end) }
    }

    private func frames(from start: Double, to end: Double) -> Span {
        let low = min(max(Int((start * RhythmFeatures.frameRate).rounded()), 0), features.frameCount)
        let high = min(max(Int((end * RhythmFeatures.frameRate).rounded()), low), features.frameCount)
        return low..<high
    }

    /// The parts of a span in which a pulse is clear.
    private func clearSpans(in span: Span) -> [Span] {
        let shortest = Int(Self.shortestSpan * RhythmFeatures.frameRate)
        guard span.count >= shortest else { return [] }
        let margin = Int(Self.clarityMargin * RhythmFeatures.frameRate)
        var runs: [(span: Span, clarity: Double)] = []
        for beat in PulseSpan(features.slice(span), hints: hints).pulse() where beat.clarity >= Self.clearPulse {
            let frame = span.lowerBound + Int(beat.frame)
            let reach = max(span.lowerBound, frame - margin)..<min(span.upperBound, frame + margin)
            if let last = runs.last, reach.lowerBound <= last.span.upperBound {
                let end = max(last.span.upperBound, reach.upperBound)
                runs[runs.count - 1] = (last.span.lowerBound..<end, last.clarity + beat.clarity)
            } else {
                runs.append((reach, beat.clarity))
            }
        }
        return runs.filter { $0.span.count >= shortest && $0.clarity >= Self.clearSpan }.map(\.span)
    }

    /// The beats without those at either end that nothing sounds at or whose pulse is not clear; none if the pulse is
    /// not clear on the whole.
    private func clearPart(of beats: [PulseSpan.Beat]) -> ArraySlice<PulseSpan.Beat> {
        let least = 0.5 * Self.clearPulse
        let isClear = { (beat: PulseSpan.Beat) in beat.clarity >= least && beat.strength >= Self.leastStrength }
        guard let first = beats.firstIndex(where: isClear), let last = beats.lastIndex(where: isClear) else {
            return []
        }
        let part = beats[first...last]
        let mean = part.reduce(0) { $0 + $1.clarity } / Double(part.count)
        return mean >= Self.clearPulse ? part : []
    }

    private func gathered(_ beats: [(span: Int, beat: PulseSpan.Beat)]) -> RhythmResult {
        var result = RhythmResult()
        var intervals: [Double] = []
        var meters: [Int: Int] = [:]
        var last = (span: -1, time: -Double.infinity)
        for (span, beat) in beats {
            let time = max(0, beat.frame / RhythmFeatures.frameRate)
            guard time - last.time > 0.1 else { continue }
            if span == last.span { intervals.append(time - last.time) }
            if let meter = beat.meter { meters[meter, default: 0] += 1 }
            result.beats.append(
                TrackedBeat(time: time, confidence: confidence(of: beat), beatInBar: beat.position.map { $0 + 1 }))
            last = (span, time)
        }
        let interval = MetricalCandidate.median(intervals)
        result.tempoBPM = interval > 0 ? 60 / interval : nil
        result.meter = (2...12).filter { meters[$0] != nil }.max { (meters[$0] ?? 0) < (meters[$1] ?? 0) }
        return result
    }

    /// Geometric mean of how periodic the music is there and of how much stands out at the beat.
    private func confidence(of beat: PulseSpan.Beat) -> Double {
        let strength = max(beat.strength, 0)
        return (min(beat.clarity / 0.6, 1) * (strength + 0.5) / (strength + 1.5)).squareRoot()
    }
}
