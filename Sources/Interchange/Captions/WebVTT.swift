public import TimelineModel

/// Writes the speech of a timeline as WebVTT captions (W3C, "WebVTT: The Web Video Text Tracks Format").
public struct WebVTT: Sendable, Hashable {
    public var layout: CaptionLayout

    public init(layout: CaptionLayout = CaptionLayout()) {
        self.layout = layout
    }

    /// The file's text, ending in a line break. Speakers become voice spans; a timeline of the stub says so in a note.
    public func text(of summary: AudioSemanticTimelineSummary) -> String {
        var blocks = ["WEBVTT"]
        if summary.meta.backendType == "stub" {
            blocks.append(
                "NOTE\nNot heard: the timeline is a stand-in pattern (\(Self.escaped(summary.meta.backendVersion)))")
        }
        for cue in layout.cues(of: summary) {
            let times =
                CaptionClock.format(cue.startMs, separator: ".") + " --> "
                + CaptionClock.format(cue.endMs, separator: ".")
            let voice = cue.speakerID.map(Self.escaped).flatMap { $0.isEmpty ? nil : "<v \($0)>" } ?? ""
            blocks.append(times + "\n" + voice + cue.lines.map(Self.escaped).joined(separator: "\n"))
        }
        return blocks.joined(separator: "\n\n") + "\n"
    }

    /// With `&`, `<` and `>` escaped no text can open a tag or hold an arrow.
    private static func escaped(_ text: String) -> String {
        var result = ""
        for character in PlainText.clean(text).unicodeScalars {
            switch character {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            default: result.unicodeScalars.append(character)
            }
        }
        return result
    }
}
