package import TimelineModel

/// Puts words where somebody talks: edges come from the voice activity, the inside from the decoder's token times.
package enum WordAlignment {
    /// A first or last word reaches to the edge of its utterance when it is nearer than this, in seconds.
    private static let edgeReach = 0.5
    /// No word is shorter than this, in seconds.
    private static let shortestWord = 0.02

    /// Words in order, each inside one of the utterances, not overlapping.
    ///
    /// - Parameters:
    ///   - utterances: stretches of talking in seconds, in order.
    ///   - heard: what the decoder heard, in seconds. Voice activity may notice the first talking late, and let go of
    ///     the last early: there words may lie between the utterances and the edges of what was heard.
    package static func align(
        _ words: [TranscribedWord], to utterances: [Range<Double>], heard: Range<Double>? = nil
    ) -> [TranscribedWord] {
        guard !utterances.isEmpty else { return [] }
        var groups = [[TranscribedWord]](repeating: [], count: utterances.count)
        var current = 0
        for word in words {
            let middle = (word.start + word.end) / 2
            // Never back to an utterance before the last word's.
            while current + 1 < utterances.count,
                distance(from: middle, to: utterances[current + 1]) < distance(from: middle, to: utterances[current])
            { current += 1 }
            groups[current].append(word)
        }
        return groups.indices.flatMap { index in
            var range = utterances[index]
            if let heard, let first = groups[index].first, let last = groups[index].last {
                let isFirst = index == 0
                let isLast = index == utterances.count - 1
                let start = isFirst ? max(heard.lowerBound, min(first.start, range.lowerBound)) : range.lowerBound
                let end = isLast ? min(heard.upperBound, max(last.end, range.upperBound)) : range.upperBound
                if start < end { range = start..<end }
            }
            return fit(groups[index], into: range)
        }
    }

    private static func distance(from time: Double, to range: Range<Double>) -> Double {
        max(range.lowerBound - time, time - range.upperBound, 0)
    }

    /// Words of one utterance: inside it, in order, apart.
    private static func fit(_ words: [TranscribedWord], into range: Range<Double>) -> [TranscribedWord] {
        guard !words.isEmpty else { return [] }
        var result = words
        if result[0].start - range.lowerBound < edgeReach { result[0].start = range.lowerBound }
        let last = result.count - 1
        if range.upperBound - result[last].end < edgeReach { result[last].end = range.upperBound }
        // Starts rise and leave room for the words that follow.
        let room = min(shortestWord, (range.upperBound - range.lowerBound) / Double(result.count))
        var earliest = range.lowerBound
        for index in result.indices {
            let latest = range.upperBound - room * Double(result.count - index)
            result[index].start = min(max(result[index].start, earliest), max(latest, earliest))
            earliest = result[index].start + room
        }
        for index in result.indices {
            let limit = index == last ? range.upperBound : result[index + 1].start
            result[index].end = min(max(result[index].end, result[index].start + room), limit)
        }
        return result
    }
}
