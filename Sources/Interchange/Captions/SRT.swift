public import TimelineModel

/// Writes the speech of a timeline as SubRip captions.
///
/// SubRip has no escapes, so text that a player would obey is changed by one character: an arrow becomes `->`, the `<`
/// of a tag `‹`, the backslash of an `{\…}` override a slash. A speaker is named where the speaker changes. There is no
/// room to say that a timeline was invented; such a timeline has no words.
public struct SRT: Sendable, Hashable {
    public var layout: CaptionLayout

    /// - Parameter layout: ``CaptionLayout/podcast`` for players of podcasts.
    public init(layout: CaptionLayout = CaptionLayout()) {
        self.layout = layout
        self.layout.namesSpeakers = true
    }

    /// The file's text, empty without captions.
    public func text(of summary: AudioSemanticTimelineSummary) -> String {
        let blocks = layout.cues(of: summary).enumerated().map { index, cue in
            let times =
                CaptionClock.format(cue.startMs, separator: ",") + " --> "
                + CaptionClock.format(cue.endMs, separator: ",")
            return "\(index + 1)\n" + times + "\n" + cue.lines.map(Self.harmless).joined(separator: "\n") + "\n"
        }
        return blocks.joined(separator: "\n")
    }

    /// By scalars: a mark that joins the `>` must not hide the arrow.
    private static func harmless(_ line: String) -> String {
        var result = String.UnicodeScalarView()
        var dashes = 0
        for scalar in line.unicodeScalars {
            if scalar == ">", dashes > 1 { result.removeLast(dashes - 1) }
            dashes = scalar == "-" ? dashes + 1 : 0
            let opensTag = scalar.properties.isAlphabetic || scalar == "/" || scalar == "!"
            if result.last == "<", opensTag {
                result.removeLast()
                result.append("‹")
            }
            result.append(result.last == "{" && scalar == "\\" ? "/" : scalar)
        }
        return String(result)
    }
}
