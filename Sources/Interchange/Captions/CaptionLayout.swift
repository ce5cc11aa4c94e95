public import TimelineModel

/// Divides the words of a timeline into captions.
///
/// A caption ends with a sentence, at a pause, where another word would not fit the lines, or after the longest time.
/// Captions come in order and never overlap. Speech without word times gives none.
public struct CaptionLayout: Sendable, Hashable {
    /// Characters in a line; the usual 42 of broadcast subtitling.
    public var lineLength = 42
    public var linesPerCue = 2
    public var longestCueMs = 7_000
    /// Shorter captions stay on the screen this long where the next one leaves room.
    public var shortestCueMs = 800
    /// A pause between words that ends a caption.
    public var pauseMs = 700
    /// A caption shorter than this does not end with its sentence but goes on, if the next words fit.
    public var shortestSentenceMs = 1_000
    /// Whether music without speech gives `[music]` captions.
    public var marksMusic = false
    /// Whether `S1: ` precedes the text where the speaker changes.
    public var namesSpeakers = false

    /// Times beyond this are taken for it, so that no sum can overflow.
    private static let latestMs = 1 << 53

    public init() {}

    /// The captions of a timeline.
    public func cues(of summary: AudioSemanticTimelineSummary) -> [CaptionCue] {
        var cues: [CaptionCue] = []
        var speaker: String?
        for event in summary.events where event.kind == .speech {
            var prefix: String?
            if namesSpeakers, let id = event.speakerID.map(PlainText.clean), !id.isEmpty, id != speaker {
                prefix = String(id.prefix(max(lineLength - 2, 1))) + ":"
                speaker = id
            }
            cues += self.cues(of: event, prefix: prefix)
        }
        if marksMusic { cues += musicCues(of: summary) }
        return apart(cues, durationMs: summary.durationMs)
    }

    /// A piece of text that is never divided further.
    private struct Token {
        var text: String
        var followsSpace: Bool
        var startMs: Int
        var endMs: Int

        var endsSentence: Bool { text.last { !"\"'”’»)]".contains($0) }.map { ".!?…。！？".contains($0) } ?? false }
    }

    private func cues(of event: AudioEvent, prefix: String?) -> [CaptionCue] {
        var cues: [CaptionCue] = []
        var current: [Token] = []
        func close() {
            guard let first = current.first, let last = current.last, let lines = lines(of: current) else { return }
            cues.append(
                CaptionCue(startMs: first.startMs, endMs: last.endMs, lines: lines, speakerID: event.speakerID))
            current = []
        }
        for (index, token) in tokens(of: event).enumerated() {
            if let last = current.last {
                let tooLong = token.endMs - current[0].startMs > longestCueMs
                let pause = token.startMs - last.endMs >= pauseMs
                let sentence =
                    last.endsSentence && last.endMs - current[0].startMs >= shortestSentenceMs
                if tooLong || pause || sentence || lines(of: current + [token]) == nil { close() }
            }
            if index == 0, let prefix {
                current.append(
                    Token(text: prefix, followsSpace: false, startMs: token.startMs, endMs: token.startMs))
                var token = token
                token.followsSpace = true
                if lines(of: current + [token]) == nil { current = [] }
                current.append(token)
            } else {
                current.append(token)
            }
        }
        close()
        return cues
    }

    /// Words as tokens that fit a line each; what is longer is divided, and its time with it.
    private func tokens(of event: AudioEvent) -> [Token] {
        let width = max(lineLength, 1)
        return event.spacedWords.flatMap { spaced -> [Token] in
            let text = PlainText.clean(spaced.word.word)
            let start = min(max(spaced.word.startMs, 0), Self.latestMs)
            let length = min(max(spaced.word.endMs, start), Self.latestMs) - start
            let parts = (text.count + width - 1) / width
            return (0..<parts).map { part in
                Token(
                    text: String(text.dropFirst(part * width).prefix(width)),
                    followsSpace: part == 0 && spaced.followsSpace,
                    startMs: start + length / parts * part,
                    endMs: part == parts - 1 ? start + length : start + length / parts * (part + 1))
            }
        }
    }

    /// The tokens in lines; nil if they do not fit. Two lines are divided where they are most alike in length.
    private func lines(of tokens: [Token]) -> [String]? {
        let whole = text(tokens[...])
        if whole.count <= lineLength { return [whole] }
        guard linesPerCue > 1 else { return nil }
        var best: (lines: [String], cost: Int)?
        for split in tokens.indices.dropFirst() where linesPerCue == 2 {
            let lines = [text(tokens[..<split]), text(tokens[split...])]
            guard lines.allSatisfy({ $0.count <= lineLength }) else { continue }
            let cost = abs(lines[0].count - lines[1].count)
            if best.map({ cost < $0.cost }) ?? true { best = (lines, cost) }
        }
        return linesPerCue == 2 ? best?.lines : filled(tokens)
    }

    /// Lines filled one after the other.
    private func filled(_ tokens: [Token]) -> [String]? {
        var lines: [String] = []
        var start = 0
        for index in tokens.indices where text(tokens[start...index]).count > lineLength {
            lines.append(text(tokens[start..<index]))
            start = index
        }
        lines.append(text(tokens[start...]))
        return lines.count <= linesPerCue ? lines : nil
    }

    private func text(_ tokens: ArraySlice<Token>) -> String {
        var result = ""
        for token in tokens {
            if token.followsSpace && !result.isEmpty { result += " " }
            result += token.text
        }
        return result
    }

    private func musicCues(of summary: AudioSemanticTimelineSummary) -> [CaptionCue] {
        summary.flattened().events.filter { $0.kind == .music }
            .map { CaptionCue(startMs: $0.startMs, endMs: $0.endMs, lines: ["[music]"]) }
    }

    /// Puts captions in order and apart, none longer than the longest; short ones last into the pause after them.
    private func apart(_ cues: [CaptionCue], durationMs: Int) -> [CaptionCue] {
        var cues = cues.enumerated()
            .sorted { ($0.element.startMs, $0.offset) < ($1.element.startMs, $1.offset) }.map(\.element)
        var position = 0
        for index in cues.indices {
            let start = max(cues[index].startMs, position)
            let end = min(max(cues[index].endMs, start + 1), start + max(longestCueMs, 1))
            cues[index].startMs = start
            cues[index].endMs = end
            position = end
        }
        for index in cues.indices {
            let room = index + 1 < cues.count ? cues[index + 1].startMs : max(durationMs, cues[index].endMs)
            let wanted = cues[index].startMs + min(shortestCueMs, longestCueMs)
            cues[index].endMs = max(cues[index].endMs, min(wanted, room))
        }
        return cues
    }
}
