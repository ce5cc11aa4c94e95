public import TimelineModel

/// Writes the speech of a timeline as SubRip captions.
///
/// SubRip has no escapes: an arrow in the text is written `->`, and a speaker is named where the speaker changes.
public struct SRT: Sendable, Hashable {
    public var layout: CaptionLayout

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

    private static func harmless(_ line: String) -> String {
        var result = ""
        var dashes = 0
        for character in line {
            if character == ">", dashes > 1 { result.removeLast(dashes - 1) }
            dashes = character == "-" ? dashes + 1 : 0
            result.append(character)
        }
        return result
    }
}
