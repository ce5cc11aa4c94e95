/// A word of a transcript together with the white space before it.
public struct SpacedWord: Sendable, Hashable {
    public var word: TimelineWord
    /// Whether white space separates the word from the one before; false for the first.
    public var followsSpace: Bool

    public init(word: TimelineWord, followsSpace: Bool) {
        self.word = word
        self.followsSpace = followsSpace
    }
}

extension AudioEvent {
    /// The words with their spacing, read from `transcription` by walking both together.
    ///
    /// Languages written without spaces keep none. Where the text does not hold the words in order, words are taken to
    /// be separated by spaces.
    public var spacedWords: [SpacedWord] {
        guard let words = meta.words, !words.isEmpty else { return [] }
        var text = (transcription ?? "")[...]
        var spaced: [SpacedWord] = []
        spaced.reserveCapacity(words.count)
        for word in words {
            let rest = text.drop(while: \.isWhitespace)
            guard rest.hasPrefix(word.word) else {
                return words.indices.map { SpacedWord(word: words[$0], followsSpace: $0 > 0) }
            }
            spaced.append(
                SpacedWord(word: word, followsSpace: !spaced.isEmpty && rest.startIndex > text.startIndex))
            text = rest.dropFirst(word.word.count)
        }
        return spaced
    }
}

extension Sequence<SpacedWord> {
    /// The words as text; nil when there are none.
    public var joinedText: String? {
        var text = ""
        for spaced in self {
            if spaced.followsSpace && !text.isEmpty { text += " " }
            text += spaced.word.word
        }
        return text.isEmpty ? nil : text
    }
}
