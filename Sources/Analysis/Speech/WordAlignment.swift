package import TimelineModel

/// Puts words where somebody talks: edges come from the voice activity, the inside from the decoder's token times.
package enum WordAlignment {
    /// A first or last word reaches to the edge of its utterance when it is nearer than this, in seconds.
    private static let edgeReach = 0.5
    /// The last word of a sentence stays with the words before it unless it lies in a later utterance for this much longer, in seconds:
    /// attention often leaves a word only when the next one begins.
    private static let sentenceReach = 0.45
    /// No word is shorter than this, in seconds.
    private static let shortestWord = 0.02

    /// Words in order, each inside one of the utterances (stretches of talking in seconds, in order), not overlapping.
    package static func align(_ words: [TranscribedWord], to utterances: [Range<Double>]) -> [TranscribedWord] {
        guard !utterances.isEmpty else { return [] }
        var groups = [[TranscribedWord]](repeating: [], count: utterances.count)
        var current = 0
        for word in words {
            // Never back to an utterance before the last word's.
            let later = current..<utterances.count
            let staying = endsSentence(word) && groups[current].last.map(endsSentence) == false ? sentenceReach : 0
            current =
                later.max {
                    overlap(of: word, with: utterances[$0]) - ($0 > current ? staying : 0)
                        < overlap(of: word, with: utterances[$1]) - ($1 > current ? staying : 0)
                } ?? current
            groups[current].append(word)
        }
        return zip(groups, utterances).flatMap { fit($0, into: $1) }
    }

    /// In seconds; negative for how far a word is from it.
    private static func overlap(of word: TranscribedWord, with range: Range<Double>) -> Double {
        min(word.end, range.upperBound) - max(word.start, range.lowerBound)
    }

    private static func endsSentence(_ word: TranscribedWord) -> Bool {
        word.text.last.map { ".?!…。？！".contains($0) } ?? false
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
