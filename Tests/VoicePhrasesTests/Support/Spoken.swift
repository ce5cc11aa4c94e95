import TestSupport
import VoicePhrases

/// Words for tests.
enum Spoken {
    /// Words of the given times, each named after its place.
    static func words(_ times: [(Int, Int)], speaker: String? = nil) -> [SpokenWord] {
        times.enumerated().map { number, time in
            SpokenWord(text: "w\(number)", startMs: time.0, endMs: time.1, speakerID: speaker)
        }
    }

    static func phrases(_ words: [SpokenWord], rule: PhraseRule = PhraseRule()) -> [VoicePhrase] {
        PhraseBuilder(rule: rule).phrases(of: words).phrases
    }

    /// Words as no recognizer would write them: any order, overlaps, impossible times and confidences, changing voices.
    static func random(seed: UInt64) -> [SpokenWord] {
        var random = SplitMix64(seed: seed)
        var position = 0
        let steps = [-300, 0, 0, 20, 200, 499, 500, 501, 3000]
        let lengths = [0, 1, 40, 250, 900, 20_000, 45_000]
        let odd: [(Int, Int)] = [(.min, .max), (.max, .min), (.min, .min), (.max, .max), (-5, -1), (0, 1 << 60)]
        return (0..<Int.random(in: 0...120, using: &random)).map { number in
            let speaker = [nil, "S1", "S1", "S2"].randomElement(using: &random) ?? nil
            let confidence = [nil, 0.25, 0.5, 1, .nan, -1, 87].randomElement(using: &random) ?? nil
            var times = (position, position)
            if Int.random(in: 0..<40, using: &random) == 0 {
                times = odd.randomElement(using: &random) ?? times
            } else {
                let length = lengths[Int.random(in: 0..<(number % 9 == 0 ? 7 : 5), using: &random)]
                times = (position, position + length)
                position += length + (steps.randomElement(using: &random) ?? 0)
            }
            let text = ["one", " two ", "", " ", "drei  vier", "五"].randomElement(using: &random) ?? ""
            return SpokenWord(
                text: text, startMs: times.0, endMs: times.1, confidence: confidence, speakerID: speaker,
                followsSpace: Bool.random(using: &random))
        }
    }
}

extension VoicePhrase {
    var times: [Int] { [startMs, endMs] }
}
