public import TimelineModel

extension AudioSemanticTimelineSummary {
    /// The words of all speech, in the timeline's order, with who said them.
    ///
    /// A timeline does not tell whether white space separates the last word of one event from the first of the next;
    /// their scripts do.
    public var spokenWords: [SpokenWord] {
        var words: [SpokenWord] = []
        for event in events where event.kind == .speech {
            for (number, spaced) in event.spacedWords.enumerated() {
                let word = spaced.word
                let followsSpace =
                    number > 0
                    ? spaced.followsSpace : words.last.map { WordSpacing.separates($0.text, word.word) } ?? false
                words.append(
                    SpokenWord(
                        text: word.word, startMs: word.startMs, endMs: word.endMs, confidence: word.confidence,
                        speakerID: event.speakerID, followsSpace: followsSpace))
            }
        }
        return words
    }
}
