/// Where a recording is cut for transcription: pieces of about ten minutes, and in each of them chunks of at most 25 s.
///
/// Every cut is a local and deterministic decision, so that later work (checkpoints, workers, another order) finds the
/// same chunks: a piece ends in the middle of the longest pause within ± 30 s of a multiple of ten minutes; a chunk
/// ends in the longest pause of the second half of its window (cut and merge by voice activity, as in Bain et al.,
/// WhisperX, 2023).
package enum SpeechPlan {
    package static let version = "plan.2"

    /// Distance of the anchors of pieces, in seconds.
    static let pieceLength = 600.0
    /// How far from its anchor a piece may be cut, in seconds.
    static let pieceReach = 30.0
    /// The longest chunk, in seconds. The decoder could take 30, but loses words at the end of the longest ones.
    package static let longestChunk = 25.0
    /// A chunk that goes on is cut no earlier than this, in seconds.
    static let shortestChunk = 14.0
    /// A pause this long always ends a chunk: hearing it costs more than a fresh start.
    static let longPause = 4.0
    /// What a chunk hears before its speech, in seconds. More would spoil the decoder's times of the first words.
    static let leadIn = 0.35
    /// What a chunk hears after its speech, in seconds.
    static let leadOut = 0.3

    /// A stretch for one call of the decoder, in seconds from the recording's zero.
    package struct Chunk: Sendable, Hashable {
        package var start: Double
        package var end: Double
        /// The stretches of talking in it, in seconds, in order, as voice activity has them.
        package var utterances: [Range<Double>]

        package init(start: Double, end: Double, utterances: [Range<Double>]) {
            self.start = start
            self.end = end
            self.utterances = utterances
        }

        /// Start, end and the bounds of utterances: all of it, to be written down.
        package var times: [Double] { [start, end] + utterances.flatMap { [$0.lowerBound, $0.upperBound] } }

        /// - Returns: nil for what are not the times of a chunk.
        package init?(times: [Double]) {
            guard times.count >= 2, times.count.isMultiple(of: 2), times.allSatisfy(\.isFinite), times[0] <= times[1]
            else { return nil }
            var utterances: [Range<Double>] = []
            for place in stride(from: 2, to: times.count, by: 2) {
                guard times[place] <= times[place + 1] else { return nil }
                utterances.append(times[place]..<times[place + 1])
            }
            self.init(start: times[0], end: times[1], utterances: utterances)
        }

        /// Seconds of those stretches of talking that meet a condition.
        func talk(where isMeant: (Range<Double>) -> Bool = { _ in true }) -> Double {
            utterances.filter(isMeant).reduce(0) { $0 + $1.upperBound - $1.lowerBound }
        }
    }

    /// Where the piece of this number (from 1) ends.
    ///
    /// - Parameter activity: probabilities at least up to the anchor plus ``pieceReach``, or to the recording's end.
    /// - Returns: seconds; the anchor itself where nobody pauses around it.
    package static func pieceEnd(_ number: Int, activity: VoiceActivity, duration: Double) -> Double {
        let anchor = Double(number) * pieceLength
        guard anchor + pieceReach < duration else { return duration }
        let window = (anchor - pieceReach)...(anchor + pieceReach)
        var best: (length: Double, distance: Double, middle: Double)?
        for pause in pauses(of: activity, duration: duration) {
            let start = max(pause.lowerBound, window.lowerBound)
            let end = min(pause.upperBound, window.upperBound)
            guard end > start else { continue }
            let middle = (start + end) / 2
            let candidate = (length: end - start, distance: abs(middle - anchor), middle: middle)
            if let known = best {
                // The longest pause; of equal ones the nearest to the anchor; of equally near ones the earlier.
                if (candidate.length, -candidate.distance) > (known.length, -known.distance) { best = candidate }
            } else {
                best = candidate
            }
        }
        return best?.middle ?? anchor
    }

    /// The chunks of the piece `[start, end)`.
    package static func chunks(from start: Double, to end: Double, activity: VoiceActivity) -> [Chunk] {
        var speech: [Range<Double>] = []
        for utterance in activity.utterances() {
            let lower = max(utterance.start, start)
            let upper = min(utterance.end, end)
            if upper > lower { speech.append(lower..<upper) }
        }
        var chunks: [Chunk] = []
        var first = 0
        var resume = start
        while first < speech.count {
            let origin = max(resume, speech[first].lowerBound - leadIn)
            let limit = origin + longestChunk
            let (last, isTooLong) = lastUtterance(from: first, of: speech, origin: origin, limit: limit)
            let latest = min(limit, speech[last].upperBound)
            let cut = isTooLong ? activity.quietestMoment(from: origin + shortestChunk, to: latest) : nil
            let stop = cut ?? min(end, speech[last].upperBound + leadOut, nextStart(after: last, in: speech, end: end))
            var inside = Array(speech[first...last])
            if let cut {
                // Talking without a pause: the rest of the utterance opens the next chunk.
                let whole = inside[inside.count - 1]
                inside[inside.count - 1] = whole.lowerBound..<cut
                speech[last] = cut..<whole.upperBound
                first = last
                resume = cut
            } else {
                first = last + 1
                resume = stop
            }
            chunks.append(Chunk(start: origin, end: min(stop, limit), utterances: inside))
        }
        return chunks
    }

    /// The last utterance that the chunk from `origin` takes in, and whether that one is too long for the window.
    private static func lastUtterance(
        from first: Int, of speech: [Range<Double>], origin: Double, limit: Double
    ) -> (last: Int, isTooLong: Bool) {
        var best: (index: Int, pause: Double)?
        var index = first
        while index < speech.count {
            let end = speech[index].upperBound
            if end + leadOut > limit { break }
            guard index + 1 < speech.count else { return (index, false) }
            let pause = speech[index + 1].lowerBound - end
            if pause >= longPause { return (index, false) }
            // The longest pause in the second half of the window; of equal ones the later.
            if end - origin >= shortestChunk, pause >= best?.pause ?? 0 { best = (index, pause) }
            index += 1
        }
        guard index < speech.count else { return (speech.count - 1, false) }
        if let best { return (best.index, false) }
        // No pause in the second half: the latest one before it, unless that is the very utterance that is too long.
        return index > first ? (index - 1, false) : (index, true)
    }

    private static func nextStart(after index: Int, in speech: [Range<Double>], end: Double) -> Double {
        index + 1 < speech.count ? speech[index + 1].lowerBound : end
    }

    /// Where nobody talks, in seconds.
    private static func pauses(of activity: VoiceActivity, duration: Double) -> [Range<Double>] {
        var result: [Range<Double>] = []
        var position = 0.0
        for utterance in activity.utterances() {
            if utterance.start > position { result.append(position..<utterance.start) }
            position = utterance.end
        }
        if duration > position { result.append(position..<duration) }
        return result
    }
}

extension VoiceActivity {
    /// The middle of the window with the lowest probability in `[start, end)`, of equal ones the latest: where a
    /// speaker who does not pause is cut. In seconds.
    fileprivate func quietestMoment(from start: Double, to end: Double) -> Double {
        let first = Int(start / Self.hopSeconds) + 1
        let last = min(Int(end / Self.hopSeconds) - 1, probabilities.count - 1)
        guard first <= last else { return end }
        var best = first
        for index in first...last where probabilities[index] <= probabilities[best] { best = index }
        return (Double(best) + 0.5) * Self.hopSeconds
    }
}
