package import TimelineModel

/// Keeps text that nobody said out of the transcript.
///
/// Thresholds follow Radford et al., Robust Speech Recognition via Large-Scale Weak Supervision (2023), 4.5; a loop of
/// words takes the place of their compression ratio.
package enum TranscriptGate {
    static let version = "gate.2"

    /// Above this, together with an unsure text, a segment is taken for silence.
    static let noSpeechThreshold = 0.6
    /// Below this mean log-probability a segment is unsure.
    static let logProbabilityThreshold = -1.0
    /// Below this it is noise, whatever the decoder thinks of speech.
    static let hopelessLogProbability = -1.6

    /// Words that an echo has at least, and seconds that each of them would take if it were spoken.
    private static let shortestEcho = 3
    private static let shortestSpokenWord = 0.06
    /// How often in a row a group of letters may stand in a word.
    private static let longestStutter = 8

    /// Whether a segment may hold something that was said.
    static func accepts(_ segment: WhisperSegment) -> Bool {
        guard !segment.tokens.isEmpty else { return false }
        let mean = segment.tokens.reduce(0) { $0 + $1.logProbability } / Double(segment.tokens.count)
        if mean < hopelessLogProbability { return false }
        return !(segment.noSpeechProbability > noSpeechThreshold && mean < logProbabilityThreshold)
    }

    /// The position at which words begin to repeat themselves, nil when they do not.
    ///
    /// A loop is a group of 1…8 words said at least four times in a row (a single word six times).
    package static func loopStart(in words: [TranscribedWord]) -> Int? {
        let texts = words.map(plainText)
        for length in 1...8 {
            let needed = length == 1 ? 6 : 4
            guard texts.count >= length * needed else { continue }
            var run = 0
            for index in length..<texts.count {
                run = texts[index] == texts[index - length] ? run + 1 : 0
                if run >= length * (needed - 1) { return index + 1 - run }
            }
        }
        return nil
    }

    /// The words without those that repeat the words right before them in less time than anybody can speak: the decoder says a
    /// sentence again when there is nothing left to hear.
    package static func withoutEchoes(_ words: [TranscribedWord]) -> [TranscribedWord] {
        var kept: [TranscribedWord] = []
        var index = 0
        while index < words.count {
            if let length = echo(at: index, in: words, after: kept) {
                index += length
            } else {
                kept.append(words[index])
                index += 1
            }
        }
        return kept
    }

    /// How many words from here on are an echo of the last ones that were kept.
    private static func echo(at index: Int, in words: [TranscribedWord], after kept: [TranscribedWord]) -> Int? {
        let longest = min(kept.count, words.count - index)
        guard longest >= shortestEcho else { return nil }
        return (shortestEcho...longest).last { length in
            let again = words[index..<index + length]
            guard let first = again.first, let last = again.last,
                last.end - first.start < shortestSpokenWord * Double(length)
            else { return false }
            return again.map(plainText) == kept.suffix(length).map(plainText)
        }
    }

    /// Whether one letter, or a group of two or three, is repeated as nobody writes a word: a cry, or a decoder that is stuck.
    package static func isStutter(_ word: String) -> Bool {
        let letters = Array(word.lowercased())
        for length in 1...3 where letters.count >= length * longestStutter {
            var run = 0
            for index in length..<letters.count {
                run = letters[index] == letters[index - length] ? run + 1 : 0
                if run >= length * (longestStutter - 1), letters[index].isLetter { return true }
            }
        }
        return false
    }

    private static func plainText(_ word: TranscribedWord) -> String {
        word.text.lowercased().filter { $0.isLetter || $0.isNumber }
    }
}
