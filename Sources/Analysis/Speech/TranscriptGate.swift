package import TimelineModel

/// Keeps text that nobody said out of the transcript.
///
/// Thresholds follow Radford et al., Robust Speech Recognition via Large-Scale Weak Supervision (2023), 4.5; a loop of
/// words takes the place of their compression ratio.
package enum TranscriptGate {
    static let version = "gate.1"

    /// Above this, together with an unsure text, a segment is taken for silence.
    static let noSpeechThreshold = 0.6
    /// Below this mean log-probability a segment is unsure.
    static let logProbabilityThreshold = -1.0
    /// Below this it is noise, whatever the decoder thinks of speech.
    static let hopelessLogProbability = -1.6

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
        let texts = words.map { $0.text.lowercased().filter { $0.isLetter || $0.isNumber } }
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
}
