public import TimelineModel

/// Writes who speaks when as RTTM, "Rich Transcription Time Marked" (NIST, appendix A of the RT-09 evaluation plan).
///
/// One `SPEAKER` line of ten fields for each span of speech; times in seconds with three decimals, which is exact. The
/// file field is the asset's id. Fields end at white space, and readers give quotes a meaning, so letters, digits
/// and `-._:@/|+` stay and anything else becomes `_`; names that readers of tables take for "none" get one behind
/// them. Speech whose speaker nobody knows is of the speaker `speech`; in an invented timeline it is `not_heard`,
/// as common readers take no comments. Words, music and beats are left out.
public struct RTTM: Sendable, Hashable {
    public init() {}

    /// The file's text, empty without speech.
    public func text(of summary: AudioSemanticTimelineSummary) -> String {
        let file = Self.token(summary.assetID) ?? "unknown"
        let nobody = summary.standInNotice == nil ? "speech" : "not_heard"
        var text = ""
        for event in OrderedTimeline(summary).events where event.kind == .speech {
            let speaker = event.speakerName.flatMap(Self.token) ?? nobody
            text += "SPEAKER \(file) 1 " + DecimalSeconds.fixed(event.startMs)
            text += " " + DecimalSeconds.fixed(event.endMs - event.startMs) + " <NA> <NA> \(speaker) <NA> <NA>\n"
        }
        return text
    }

    private static func token(_ text: String) -> String? {
        var token = String.UnicodeScalarView()
        for scalar in PlainText.clean(text).unicodeScalars {
            let stays =
                scalar.properties.isAlphabetic || scalar.properties.numericType != nil
                || "-._:@/|+".unicodeScalars.contains(scalar)
            token.append(stays ? scalar : "_")
        }
        guard !token.isEmpty else { return nil }
        let name = String(token)
        return missing.contains(name.lowercased()) ? name + "_" : name
    }

    /// What pandas, with which most readers are made, reads as a missing value.
    private static let missing: Set = ["na", "n/a", "nan", "-nan", "null", "none"]
}
