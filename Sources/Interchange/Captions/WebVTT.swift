public import TimelineModel

/// Writes the speech of a timeline as WebVTT captions (W3C, "WebVTT: The Web Video Text Tracks Format").
public struct WebVTT: Sendable, Hashable {
    public var layout: CaptionLayout
    /// Whether each word is preceded by the time at which it is said, `<00:00:01.000>`, for players that follow along.
    /// Times that are guessed, or do not lie inside their caption, each after the one before, are left out.
    public var marksWords = false

    public init(layout: CaptionLayout = CaptionLayout()) {
        self.layout = layout
    }

    /// The file's text, ending in a line break. Speakers become voice spans; a timeline of the stub says so in a note.
    public func text(of summary: AudioSemanticTimelineSummary) -> String {
        var blocks = ["WEBVTT"]
        if let notice = summary.standInNotice { blocks.append("NOTE\n" + Self.escaped(notice)) }
        for timed in layout.timedCues(of: summary) {
            let cue = timed.cue
            let times =
                CaptionClock.format(cue.startMs, separator: ".") + " --> "
                + CaptionClock.format(cue.endMs, separator: ".")
            let voice = cue.speakerID.map(Self.escaped).flatMap { $0.isEmpty ? nil : "<v \($0)>" } ?? ""
            let lines = marksWords ? Self.marked(timed) : cue.lines.map(Self.escaped)
            blocks.append(times + "\n" + voice + lines.joined(separator: "\n"))
        }
        return blocks.joined(separator: "\n\n") + "\n"
    }

    private static func marked(_ timed: TimedCue) -> [String] {
        var last = timed.cue.startMs
        return timed.tokens.map { tokens in
            var line = ""
            for token in tokens {
                if token.followsSpace && !line.isEmpty { line += " " }
                if !token.isGuessed, token.startMs > last, token.startMs < timed.cue.endMs {
                    line += "<" + CaptionClock.format(token.startMs, separator: ".") + ">"
                    last = token.startMs
                }
                line += escaped(token.text)
            }
            return line
        }
    }

    private static func escaped(_ text: String) -> String { MarkupText.escaped(PlainText.clean(text)) }
}
