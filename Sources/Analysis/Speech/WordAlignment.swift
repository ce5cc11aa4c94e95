package import TimelineModel

/// Puts words where somebody talks: edges come from the voice activity, the inside from the decoder's token times.
package enum WordAlignment {
    /// A first or last word reaches to the edge of its utterance when it is nearer than this, in seconds.
    private static let edgeReach = 0.5
    /// No word is shorter than this, in seconds.
    private static let shortestWord = 0.02

    /// Words in order, each inside one of the utterances (stretches of talking in seconds, in order), not overlapping.
    package static func align(_ words: [TranscribedWord], to utterances: [Range<Double>]) -> [TranscribedWord] {
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
        return zip(groups, utterances).flatMap { fit($0, into: $1) }
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
