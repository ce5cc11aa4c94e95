import TimelineModel

/// Puts words together to phrases.
///
/// A pause longer than ``PhraseRule/maxGapMs``, or another voice, begins a new phrase. Phrases come in order, never
/// overlap, and reach exactly from their first word to their last.
public struct PhraseBuilder: Sendable, Hashable {
    /// What came out, and what did not.
    public struct Output: Sendable, Hashable {
        public var phrases: [VoicePhrase] = []
        /// Phrases shorter than ``PhraseRule/minPhraseLenMs``, which were left out.
        public var droppedShort = 0
        /// Words without text or without a usable time.
        public var skippedWords = 0
    }

    public let rule: PhraseRule

    public init(rule: PhraseRule = PhraseRule()) {
        self.rule = rule
    }

    /// The phrases of some words.
    ///
    /// Safe on words of any origin: they are sorted by their start, a word ends where the next one starts at the latest,
    /// and those that cannot be used are counted. Takes O(n log n).
    ///
    /// - Parameter offsetMs: where in the asset's time the words' zero lies.
    public func phrases(of words: some Sequence<SpokenWord>, offsetMs: Int = 0) -> Output {
        var output = Output()
        let words = Self.inOrder(words, skipped: &output.skippedWords)
        // Most transcripts need none.
        lazy var pauses = LongestPauses(words)
        var start = words.startIndex
        while start < words.endIndex {
            let end = self.end(ofPhraseAt: start, in: words)
            let length = words[end - 1].endMs - words[start].startMs
            if length < max(rule.minPhraseLenMs, 1) {
                output.droppedShort += 1
            } else {
                for part in pauses.parts(of: start..<end, longestMs: rule.longestMs, shortestMs: rule.minPhraseLenMs) {
                    output.phrases.append(VoicePhrase(words[part], offsetMs: offsetMs))
                }
            }
            start = end
        }
        return output
    }

    private func end(ofPhraseAt start: Int, in words: [SpokenWord]) -> Int {
        var end = start + 1
        while end < words.endIndex, words[end].startMs - words[end - 1].endMs <= max(rule.maxGapMs, 0),
            words[end].speakerID == words[start].speakerID
        {
            end += 1
        }
        return end
    }

    /// Usable words by their start, none reaching into the next.
    private static func inOrder(_ words: some Sequence<SpokenWord>, skipped: inout Int) -> [SpokenWord] {
        var tidy: [SpokenWord] = []
        var isSorted = true
        for word in words {
            guard let word = word.tidied else {
                skipped += 1
                continue
            }
            if let last = tidy.last, last.startMs > word.startMs { isSorted = false }
            tidy.append(word)
        }
        if !isSorted {
            tidy = tidy.enumerated().sorted { ($0.element.startMs, $0.offset) < ($1.element.startMs, $1.offset) }
                .map(\.element)
        }
        // Starts are what recognizers know best; ends are often guessed.
        for index in tidy.indices.dropLast() {
            tidy[index].endMs = min(tidy[index].endMs, tidy[index + 1].startMs)
        }
        return tidy
    }
}

extension VoicePhrase {
    /// - Parameter words: at least one.
    fileprivate init(_ words: ArraySlice<SpokenWord>, offsetMs: Int) {
        let startMs = words.first?.startMs ?? 0
        let endMs = words.last?.endMs ?? 0
        var transcript = ""
        for word in words {
            if word.followsSpace, !transcript.isEmpty { transcript += " " }
            transcript += word.text
        }
        self.init(
            startMs: startMs, endMs: endMs, transcript: transcript, confidence: words.meanConfidence,
            sourceStartMs: Self.moved(startMs, by: offsetMs), sourceEndMs: Self.moved(endMs, by: offsetMs),
            speakerID: words.first?.speakerID,
            words: words.map {
                PhraseWord(
                    word: $0.text, startMs: $0.startMs, endMs: $0.endMs, confidence: $0.confidence?.roundedConfidence)
            })
    }

    /// A time moved by an offset of any origin, inside what JSON can hold.
    private static func moved(_ time: Int, by offset: Int) -> Int {
        min(time + min(max(offset, 0), SpokenWord.latestMs), SpokenWord.latestMs)
    }
}

extension ArraySlice<SpokenWord> {
    /// The mean of the confidences that are known, by how long the words last; of words without length, the plain mean.
    fileprivate var meanConfidence: Double? {
        let known = self.filter { $0.confidence != nil }
        let total = known.reduce(0.0) { $0 + Double($1.endMs - $1.startMs) }
        let sum = known.reduce(0.0) { sum, word in
            sum + (word.confidence ?? 0) * (total > 0 ? Double(word.endMs - word.startMs) : 1)
        }
        guard !known.isEmpty else { return nil }
        return (sum / (total > 0 ? total : Double(known.count))).roundedConfidence
    }
}
