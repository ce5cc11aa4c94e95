public import TimelineModel

/// Divides the words of a timeline into captions.
///
/// A caption ends with a sentence, at a pause, where another word would not fit the lines, or after the longest time.
/// Captions come in order and never overlap. None is over before its words are, but for a word that alone lasts longer
/// than a caption may. The times of words that nobody knows are guessed: the text of the span is laid out over it by the
/// number of characters. Speech without words and text gives none. Time taken grows with the number of words.
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

    /// What Podcasting 2.0 asks of SubRip: two lines of 32 characters, a caption and a name where the speaker changes.
    public static let podcast: CaptionLayout = {
        var layout = CaptionLayout()
        layout.lineLength = 32
        layout.namesSpeakers = true
        return layout
    }()

    public init() {}

    /// The captions of a timeline.
    public func cues(of summary: AudioSemanticTimelineSummary) -> [CaptionCue] { timedCues(of: summary).map(\.cue) }

    /// The captions with the times of their words.
    func timedCues(of summary: AudioSemanticTimelineSummary) -> [TimedCue] {
        var cues: [TimedCue] = []
        var speaker: String?
        for event in summary.events where event.kind == .speech {
            let id = namesSpeakers ? event.speakerID.map(PlainText.clean) ?? "" : ""
            let isNew = !id.isEmpty && id != speaker
            let shown = self.cues(of: event, prefix: isNew ? id.prefix(max(lineLength - 2, 1)) + ":" : nil)
            // Who says nothing that is shown is not named.
            if isNew, !shown.isEmpty { speaker = id }
            cues += shown
        }
        if marksMusic { cues += musicCues(of: summary) }
        return apart(cues, durationMs: summary.durationMs)
    }

    private func cues(of event: AudioEvent, prefix: String?) -> [TimedCue] {
        var cues: [TimedCue] = []
        var current: [CaptionToken] = []
        var startMs = 0
        var endMs = 0
        func close() {
            guard !current.isEmpty else { return }
            let lines = (lines(of: current) ?? [current[...]]).map(Array.init)
            let cue = CaptionCue(
                startMs: startMs, endMs: endMs, lines: lines.map { $0[...].text }, speakerID: event.speakerID)
            cues.append(TimedCue(cue: cue, tokens: lines))
            current = []
        }
        for (index, token) in CaptionToken.tokens(of: event, width: lineLength).enumerated() {
            var token = token
            if let last = current.last {
                let tooLong = max(endMs, token.endMs) - startMs > longestCueMs
                let pause = token.startMs - last.endMs >= pauseMs
                let sentence = last.endsSentence && last.endMs - startMs >= shortestSentenceMs
                if tooLong || pause || sentence || lines(of: current + [token]) == nil { close() }
            }
            if index == 0, let prefix {
                let name = CaptionToken(prefix, startMs: token.startMs)
                token.followsSpace = true
                if lines(of: [name, token]) != nil { current.append(name) }
            }
            if current.allSatisfy(\.isName) { (startMs, endMs) = (token.startMs, token.endMs) }
            current.append(token)
            startMs = min(startMs, token.startMs)
            endMs = max(endMs, token.endMs)
        }
        close()
        return cues
    }

    /// The tokens in lines; nil if they do not fit. Two lines are divided where they are most alike in length.
    private func lines(of tokens: [CaptionToken]) -> [ArraySlice<CaptionToken>]? {
        let width = max(lineLength, 1)
        let whole = tokens[...].width
        if whole <= width { return [tokens[...]] }
        guard linesPerCue == 2 else { return linesPerCue < 2 ? nil : filled(tokens, width: width) }
        var best: (split: Int, cost: Int)?
        var first = 0
        for split in tokens.indices.dropFirst() {
            first += tokens[split - 1].width + (split > 1 ? tokens[split - 1].space : 0)
            let second = whole - first - tokens[split].space
            guard first <= width else { break }
            let cost = abs(first - second)
            if second <= width, best.map({ cost < $0.cost }) ?? true { best = (split, cost) }
        }
        return best.map { [tokens[..<$0.split], tokens[$0.split...]] }
    }

    /// Lines filled one after the other.
    private func filled(_ tokens: [CaptionToken], width: Int) -> [ArraySlice<CaptionToken>]? {
        var lines: [ArraySlice<CaptionToken>] = []
        var start = 0
        var used = 0
        for index in tokens.indices {
            let more = tokens[index].width + (index > start ? tokens[index].space : 0)
            if index > start, used + more > width {
                lines.append(tokens[start..<index])
                (start, used) = (index, tokens[index].width)
            } else {
                used += more
            }
        }
        lines.append(tokens[start...])
        return lines.count <= linesPerCue ? lines : nil
    }

    private func musicCues(of summary: AudioSemanticTimelineSummary) -> [TimedCue] {
        summary.flattened().events.filter { $0.kind == .music }
            .map { event in
                let cue = CaptionCue(startMs: event.startMs, endMs: event.endMs, lines: ["[music]"])
                return TimedCue(cue: cue, tokens: [[CaptionToken("[music]", startMs: event.startMs)]])
            }
    }

    /// Puts captions in order and apart, none longer than the longest; short ones last into the pause after them.
    private func apart(_ cues: [TimedCue], durationMs: Int) -> [TimedCue] {
        var cues = cues.enumerated()
            .sorted { ($0.element.cue.startMs, $0.offset) < ($1.element.cue.startMs, $1.offset) }.map(\.element)
        let longest = min(max(longestCueMs, 1), CaptionToken.latestMs)
        var position = 0
        for index in cues.indices {
            let start = max(cues[index].cue.startMs, position)
            let end = min(max(cues[index].cue.endMs, start + 1), start + longest)
            cues[index].cue.startMs = start
            cues[index].cue.endMs = end
            position = end
        }
        for index in cues.indices {
            let end = cues[index].cue.endMs
            let room = index + 1 < cues.count ? cues[index + 1].cue.startMs : max(durationMs, end)
            let wanted = cues[index].cue.startMs + min(shortestCueMs, longest)
            cues[index].cue.endMs = max(end, min(wanted, room))
        }
        return cues
    }
}
