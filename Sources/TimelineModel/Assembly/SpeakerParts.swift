/// Cuts speech where the speaker changes.
///
/// Voices are told apart by a second or two of them, so where one gives way to the next is known to about half a second
/// only. Words are known better: a change moves to the pause between words that is near, and never into a word.
struct SpeakerParts {
    /// A part of a span of speech.
    struct Part: Hashable {
        var span: MillisecondSpan
        /// nil where nobody told voices apart.
        var speaker: Int?
        /// How sure the speaker is.
        var confidence: Double?
    }

    /// How far a change moves to a pause, in milliseconds.
    private static let reachMs = 600
    /// How far from a long pause's edge a change lies.
    private static let marginMs = 100

    private struct Turn {
        var start: Int
        var end: Int
        var speaker: Int
        var confidence: Double
    }

    private let turns: [Turn]
    /// Between two words, perhaps of no length.
    private let pauses: [MillisecondSpan]

    init(turns: [SpeakerTurn], words: [TranscribedWord]) {
        self.turns =
            turns.compactMap { turn in
                guard let start = Milliseconds.rounded(seconds: turn.start),
                    let end = Milliseconds.rounded(seconds: turn.end), start < end
                else { return nil }
                let confidence = turn.confidence.isFinite ? min(max(turn.confidence, 0), 1) : 0
                return Turn(start: start, end: end, speaker: turn.speaker, confidence: confidence)
            }
            .sorted { ($0.start, $0.end, $0.speaker) < ($1.start, $1.end, $1.speaker) }
        let spoken =
            words.compactMap { word -> MillisecondSpan? in
                guard let start = Milliseconds.rounded(seconds: word.start),
                    let end = Milliseconds.rounded(seconds: word.end)
                else { return nil }
                return MillisecondSpan(start: start, end: max(start, end))
            }
            .sorted { ($0.start, $0.end) < ($1.start, $1.end) }
        pauses = zip(spoken, spoken.dropFirst()).map { first, second in
            MillisecondSpan(start: min(first.end, second.start), end: second.start)
        }
    }

    /// The parts of spans of speech, in order; each span is covered by its parts.
    ///
    /// - Parameter spans: sorted and disjoint.
    func parts(of spans: [MillisecondSpan]) -> [Part] {
        var first = 0
        return spans.flatMap { span -> [Part] in
            while first < turns.count, turns[first].end <= span.start { first += 1 }
            return parts(of: span, from: first)
        }
    }

    /// The parts of one span, of whose turns the first has this index or a later one.
    private func parts(of span: MillisecondSpan, from first: Int) -> [Part] {
        var result: [Part] = []
        var known = span.start
        for turn in turns[first...] {
            guard turn.start < span.end else { break }
            guard turn.end > known else { continue }
            let middle = (known + max(known, turn.start)) / 2
            known = turn.end
            guard let last = result.last else {
                result.append(Part(span: span, speaker: turn.speaker, confidence: turn.confidence))
                continue
            }
            if last.speaker == turn.speaker {
                // The surer of two turns of one speaker tells.
                result[result.count - 1].confidence = max(last.confidence ?? 0, turn.confidence)
                continue
            }
            let border = pause(near: middle)
            guard border > last.span.start, border < span.end else { continue }
            result[result.count - 1].span.end = border
            var rest = span
            rest.start = border
            result.append(Part(span: rest, speaker: turn.speaker, confidence: turn.confidence))
        }
        return result.isEmpty ? [Part(span: span)] : result
    }

    /// Where a change near a time is to lie.
    private func pause(near time: Int) -> Int {
        var best: (time: Int, cost: Int)?
        for pause in pauses[pauses.firstIndex(endingAfter: time - Self.reachMs - 1)...] {
            guard pause.start <= time + Self.reachMs else { break }
            let margin = min(Self.marginMs, pause.length / 2)
            let place = min(max(time, pause.start + margin), pause.end - margin)
            // A pause of a second is worth half a second of moving.
            let cost = abs(place - time) - min(Self.reachMs, pause.length) / 2
            if cost < best?.cost ?? .max { best = (place, cost) }
        }
        return best?.time ?? time
    }
}
