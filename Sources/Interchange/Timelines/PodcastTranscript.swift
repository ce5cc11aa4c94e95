public import TimelineModel

/// Writes what was said as a transcript for podcasts (Podcasting 2.0, "Transcript File Format Details": JSON 1.0.0).
///
/// A segment is about a sentence: it ends where one does, at a pause, or where it gets too long. Times are seconds, exact
/// to the millisecond; those inside of speech without word times are guessed (``CaptionLayout``). The speaker is named
/// where he is known. Music, levels and confidences are left out. The format has no room to say that a timeline was
/// invented; such a timeline has no words.
public struct PodcastTranscript: Sendable, Hashable {
    /// Characters in a segment.
    public var longestBody = 200
    public var longestSegmentMs = 20_000
    /// A pause between words that ends a segment.
    public var pauseMs = 1_000

    public init() {}

    /// The file's text: JSON with one segment a line.
    public func text(of summary: AudioSemanticTimelineSummary) -> String {
        let bytes = JSONWriter.bytes(.compact) { json in
            json.member("version", "1.0.0")
            json.lines("segments") { json in
                for cue in cues(of: summary) {
                    let speaker = cue.speakerID.map(PlainText.clean) ?? ""
                    json.element { json in
                        if !speaker.isEmpty { json.member("speaker", speaker) }
                        json.member("startTime", literal: DecimalSeconds.shortest(cue.startMs))
                        json.member("endTime", literal: DecimalSeconds.shortest(cue.endMs))
                        json.member("body", cue.lines.joined(separator: " "))
                    }
                }
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private func cues(of summary: AudioSemanticTimelineSummary) -> [CaptionCue] {
        var layout = CaptionLayout()
        layout.lineLength = longestBody
        layout.linesPerCue = 1
        layout.longestCueMs = longestSegmentMs
        layout.shortestCueMs = 0
        layout.pauseMs = pauseMs
        var timed = summary
        timed.events = OrderedTimeline(summary).events
        return layout.cues(of: timed)
    }
}
