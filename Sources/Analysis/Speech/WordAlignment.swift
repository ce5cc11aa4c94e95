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
            // Never back to an utterance before the last word's; on to the next where it begins nearer to that one.
            // Starts count: the decoder lets a word before a pause end late.
            while current + 1 < utterances.count,
                !continues(groups[current].last, with: word, before: utterances[current + 1]),
                distance(from: word.start, to: utterances[current + 1])
                    < distance(from: word.start, to: utterances[current])
            { current += 1 }
            groups[current].append(word)
        }
        return zip(groups, utterances).flatMap { fit($0, into: $1) }
    }

    /// Whether a word goes on with the sentence of the one before it, without a pause, before the next utterance begins.
    private static func continues(
        _ previous: TranscribedWord?, with word: TranscribedWord, before next: Range<Double>
    ) -> Bool {
        guard let previous, let last = previous.text.last, !".?!…。？！".contains(last) else { return false }
        return word.start - previous.end < 0.15 && word.start < next.lowerBound
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
