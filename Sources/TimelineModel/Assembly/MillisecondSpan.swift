/// A span of a layer after rounding, never empty, with the means of averaging confidence over what was merged into it.
struct MillisecondSpan: Hashable {
    var start: Int
    var end: Int
    private var confidenceSum = 0.0
    private var confidenceWeight = 0.0

    init(start: Int, end: Int) {
        self.start = start
        self.end = end
    }

    /// Clamps to `[0, durationMs]` and rounds once; nil if a time is not finite or nothing is left.
    init?(_ segment: LayerSegment, durationMs: Int) {
        guard let start = Milliseconds.rounded(seconds: segment.start),
            let end = Milliseconds.rounded(seconds: segment.end)
        else { return nil }
        self.init(start: Milliseconds.clamped(start, to: durationMs), end: Milliseconds.clamped(end, to: durationMs))
        guard self.start < self.end else { return nil }
        if segment.confidence.isFinite { weigh(min(max(segment.confidence, 0), 1), by: length) }
    }

    var length: Int { end - start }

    /// Mean confidence weighted by duration; nil where nobody gave a finite one.
    var confidence: Double? { confidenceWeight > 0 ? confidenceSum / confidenceWeight : nil }

    /// Adds to the mean confidence; nil adds nothing.
    mutating func weigh(_ confidence: Double?, by milliseconds: Int) {
        guard let confidence else { return }
        confidenceSum += confidence * Double(milliseconds)
        confidenceWeight += Double(milliseconds)
    }

    mutating func merge(_ other: MillisecondSpan) {
        start = min(start, other.start)
        end = max(end, other.end)
        confidenceSum += other.confidenceSum
        confidenceWeight += other.confidenceWeight
    }

    func event(_ kind: EventKind) -> AudioEvent {
        AudioEvent(kind: kind, startMs: start, endMs: end, confidence: confidence?.roundedConfidence)
    }

    /// A layer as sorted spans that neither overlap nor touch. The result does not depend on the order of the input.
    static func layer(_ segments: [LayerSegment], durationMs: Int) -> [MillisecondSpan] {
        segments.compactMap { MillisecondSpan($0, durationMs: durationMs) }
            .sorted { ($0.start, $0.end, $0.confidence ?? -1) < ($1.start, $1.end, $1.confidence ?? -1) }
            .merged(bridging: 1)
    }
}

extension [MillisecondSpan] {
    /// Merges sorted spans whose gap is shorter than `gapMs`; 1 merges what overlaps or touches.
    func merged(bridging gapMs: Int) -> [MillisecondSpan] {
        var result: [MillisecondSpan] = []
        for span in self {
            if let last = result.last, span.start - last.end < gapMs {
                result[result.count - 1].merge(span)
            } else {
                result.append(span)
            }
        }
        return result
    }

    /// First of sorted, disjoint spans that ends after a time; `count` if none does.
    func firstIndex(endingAfter time: Int) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if self[middle].end > time { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
