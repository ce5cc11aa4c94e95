import CDense

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Which token may come next in a chunk, by Whisper's grammar of times and text (Radford et al., 2023, 4.5; the rules are those of OpenAI's
/// `decoding.py`), and how likely each is.
package struct TokenChoice {
    /// A token that may come next.
    package struct Candidate {
        package var token: Int
        package var logProbability: Double
    }

    private let vocabulary: WhisperVocabulary
    /// The last time that a token may mean.
    private let lastTime: Int
    private let temperature: Float
    private var random: SeededRandom

    /// Speech begins within a second of a chunk's start, in steps of 20 ms.
    private static let latestStart = 50

    /// - Parameters:
    ///   - frames: of 20 ms that the chunk has.
    ///   - temperature: 0 takes the likeliest.
    ///   - seed: of the random numbers.
    package init(_ vocabulary: WhisperVocabulary, frames: Int, temperature: Float, seed: Int) {
        self.vocabulary = vocabulary
        lastTime = min(vocabulary.firstTime + frames, vocabulary.count - 1)
        self.temperature = temperature
        random = SeededRandom(seed: UInt64(bitPattern: Int64(seed)) &+ UInt64(temperature * 1000))
    }

    /// The likeliest tokens, the likeliest first; at a temperature above 0 one that is drawn.
    ///
    /// - Parameters:
    ///   - logits: of all tokens; changed.
    ///   - tokens: chosen before.
    ///   - count: how many are wanted.
    package mutating func candidates(
        _ logits: UnsafeMutablePointer<Float>, after tokens: [Int], count: Int
    ) -> [Candidate] {
        let (all, firstTime) = (vocabulary.count, vocabulary.firstTime)
        for token in vocabulary.suppressed { logits[token] = -.infinity }
        forbid(lastTime + 1..<all, logits)
        if let last = tokens.last {
            pair(last, tokens, logits)
        } else {
            forbid(0..<firstTime, logits)
            forbid(min(firstTime + Self.latestStart + 1, all)..<all, logits)
        }
        let top = cdense_largest(logits, all)
        let times = cdense_sum_of_exponentials(logits + firstTime, all - firstTime, top)
        // When a time is likelier than any one text token, it is a time.
        if exp(cdense_largest(logits, firstTime) - top) < times { forbid(0..<firstTime, logits) }
        let sum = log(cdense_sum_of_exponentials(logits, all, top)) + top
        var found = [Int32](repeating: 0, count: count)
        if temperature > 0 {
            found = [Int32(sample(logits))]
        } else {
            found.removeLast(count - cdense_top(logits, all, count, &found))
        }
        return found.map { Candidate(token: Int($0), logProbability: Double(logits[Int($0)] - sum)) }
    }

    /// Times come in pairs, except directly before the end, and never go back.
    private func pair(_ last: Int, _ tokens: [Int], _ logits: UnsafeMutablePointer<Float>) {
        let firstTime = vocabulary.firstTime
        var isClosing = false
        if vocabulary.isTime(last) {
            if tokens.dropLast().last.map(vocabulary.isTime) ?? true {
                forbid(firstTime..<vocabulary.count, logits)
            } else {
                isClosing = true
                forbid(0..<vocabulary.end, logits)
            }
        }
        if let time = tokens.last(where: vocabulary.isTime) {
            forbid(firstTime..<min(isClosing ? time : time + 1, vocabulary.count), logits)
        }
    }

    private func forbid(_ range: Range<Int>, _ logits: UnsafeMutablePointer<Float>) {
        for token in range { logits[token] = -.infinity }
    }

    private mutating func sample(_ logits: UnsafeMutablePointer<Float>) -> Int {
        var chances = (0..<vocabulary.count).map { logits[$0] / temperature }
        softmax(&chances)
        var rest = Float(random.next())
        for (token, chance) in chances.enumerated() where logits[token] > -.infinity {
            rest -= chance
            if rest <= 0 { return token }
        }
        return chances.indices.max { chances[$0] < chances[$1] } ?? vocabulary.end
    }
}

/// Random numbers that are the same everywhere (Steele, Lea and Flood, Fast splittable pseudorandom number generators, 2014).
private struct SeededRandom {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    /// In 0..<1.
    mutating func next() -> Double {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return Double((mixed ^ mixed >> 31) >> 11) / 0x1p53
    }
}
