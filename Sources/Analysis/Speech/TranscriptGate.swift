package import TimelineModel

/// Keeps text that nobody said out of the transcript.
///
/// Thresholds follow Radford et al., Robust Speech Recognition via Large-Scale Weak Supervision (2023), 4.5; a loop of
/// words takes the place of their compression ratio.
package enum TranscriptGate {
    static let version = "gate.6"

    /// The surer the model is that nobody speaks, the surer a text must be: from each probability that nobody speaks on, the least mean
    /// log-probability of a text. Of 540 segments of speech, a third of them in noise, none had more than .2 (or .04 in noise) and, but for
    /// one, less than -.9; where nobody spoke they had .44 and more, or, above .1, were no surer than -.8.
    static let leastLogProbabilities: [(noSpeech: Double, logProbability: Double)] = [
        (0, -1.6), (0.1, -0.8), (0.35, -0.6),
    ]

    /// Below this mean log-probability a text that was drawn, because the likeliest one repeats itself, is nothing either.
    static let leastDrawnLogProbability = -1.0
    /// Below this mean log-probability, fewer words than these for so many seconds of talking are nothing.
    static let leastSparseLogProbability = -0.5
    static let fewestWordsPerSecond = 0.5
    static let shortestSparseTalk = 5.0
    /// Groups of four words of which more than this share stood before, in a text of so many words at least, are a loop. Lists that are read
    /// out have .4, loops .8.
    private static let mostRepeated = 0.6
    private static let shortestRepetition = 16

    /// A decoder that is stuck stays so. What is said again a few times only, and followed by so many words, was said.
    private static let shortestGoingOn = 6
    /// A loop has more than this many times the rounds that make one, whatever follows.
    private static let mostRoundsSaid = 2

    /// Words that an echo has at least, and seconds that each of them would take if it were spoken.
    private static let shortestEcho = 3
    private static let shortestSpokenWord = 0.06
    /// How often in a row a group of letters may stand in a word.
    private static let longestStutter = 8

    /// A text less sure than this is heard again, and the decoder is told what is said around it. Clear speech is surer for the most part; over
    /// loud music or in noise most is not.
    static let sureLogProbability = -0.3
    /// So is one that leaves so many seconds of talking without a word.
    static let mostUnheard = 1.5
    /// What is heard so has about as many words as before: told what was said, the decoder now and then stops early, or says that again.
    static let wordsAgain = 0.9...1.25
    /// Where little was heard before, it may have more: as many as are said in so many seconds of talking.
    static let mostWordsPerSecond = 3.5

    /// The mean of log-probabilities; 0 without tokens.
    static func mean(of tokens: [WhisperToken]) -> Double {
        tokens.reduce(0) { $0 + $1.logProbability } / Double(max(1, tokens.count))
    }

    /// Whether a chunk's text is to be heard again.
    package static func isUnsure(_ transcript: ChunkTranscript, of chunk: SpeechPlan.Chunk) -> Bool {
        guard !transcript.words.isEmpty, !transcript.isPartlyUnintelligible else { return false }
        return transcript.meanLogProbability < sureLogProbability
            || chunk.talk { talk in
                !transcript.words.contains { $0.start < talk.upperBound && $0.end > talk.lowerBound }
            }
                >= mostUnheard
    }

    /// Whether what was heard of a chunk knowing what is said around it is better than what was heard without.
    package static func prefers(
        _ told: ChunkTranscript, to alone: ChunkTranscript, of chunk: SpeechPlan.Chunk
    ) -> Bool {
        let (words, before) = (Double(told.words.count), Double(alone.words.count))
        return !told.isPartlyUnintelligible && told.meanLogProbability >= alone.meanLogProbability
            && words >= wordsAgain.lowerBound * before
            && words <= max(wordsAgain.upperBound * before, mostWordsPerSecond * chunk.talk())
    }

    /// How sure what is heard in chunks is: the mean log-probability of their texts, by seconds of talk. No text, or a part of one, is as
    /// good as the least sure.
    package static func sureness(of transcripts: [ChunkTranscript], _ chunks: [SpeechPlan.Chunk]) -> Double {
        let parts = zip(transcripts, chunks).map { transcript, chunk in
            let isHeard = !transcript.words.isEmpty && !transcript.isPartlyUnintelligible
            return chunk.talk() * (isHeard ? transcript.meanLogProbability : leastLogProbabilities[0].logProbability)
        }
        return parts.reduce(0, +) / max(1e-9, chunks.reduce(0) { $0 + $1.talk() })
    }

    /// Whether a segment may hold something that was said.
    package static func accepts(_ segment: WhisperSegment) -> Bool {
        guard !segment.tokens.isEmpty else { return false }
        let mean = mean(of: segment.tokens)
        return leastLogProbabilities.allSatisfy { least in
            segment.noSpeechProbability < least.noSpeech || mean >= least.logProbability
        }
    }

    /// The position at which words begin to repeat themselves, nil when they do not.
    ///
    /// A loop is a group of 1…24 words said at least four times in a row (a single word six times, more than eight words three times), but
    /// for one that ends soon and has other words after it.
    package static func loopStart(in words: [TranscribedWord]) -> Int? {
        let texts = words.map(plainText)
        for length in 1...24 {
            let needed = length == 1 ? 6 : length <= 8 ? 4 : 3
            guard texts.count >= length * needed else { continue }
            var first = length
            while first < texts.count {
                let end = (first..<texts.count).first { texts[$0] != texts[$0 - length] } ?? texts.count
                let rounds = (end - first) / length + 1
                let isSaid = texts.count - end >= shortestGoingOn && rounds <= mostRoundsSaid * needed
                if rounds >= needed, !isSaid { return first }
                first = end + 1
            }
        }
        return nil
    }

    /// The words before a loop, nil where there is none. Of a text that is mostly repetition nothing stands: nobody may have said it at all.
    package static func wordsBeforeLoop(in words: [TranscribedWord]) -> [TranscribedWord]? {
        if repeats(words) { return [] }
        guard let loop = loopStart(in: words) else { return nil }
        return loop * 2 > words.count ? Array(words.prefix(loop)) : []
    }

    private static func repeats(_ words: [TranscribedWord]) -> Bool {
        guard words.count >= shortestRepetition else { return false }
        let texts = words.map(plainText)
        var known: Set<ArraySlice<String>> = []
        let groups = texts.count - 3
        let repeated = (0..<groups).count { !known.insert(texts[$0..<$0 + 4]).inserted }
        return Double(repeated) > mostRepeated * Double(groups)
    }

    /// Whether a chunk's text is as long as somebody who talks for so long says: a few unsure words for many seconds are what the decoder makes
    /// of music.
    ///
    /// - Parameters:
    ///   - words: how many were heard.
    ///   - talk: seconds of talking.
    package static func fits(_ words: Int, from segments: [WhisperSegment], talk: Double) -> Bool {
        let tokens = segments.flatMap(\.tokens)
        let isSure = mean(of: tokens) >= leastSparseLogProbability
        return isSure || talk < shortestSparseTalk || Double(words) >= fewestWordsPerSecond * talk
    }

    /// Whether a drawn text may hold something that was said.
    package static func acceptsDrawn(_ segments: [WhisperSegment]) -> Bool {
        mean(of: segments.flatMap(\.tokens)) >= leastDrawnLogProbability
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
