public import TimelineModel

/// Writes what was said as a transcript for podcasts (Podcasting 2.0, "Transcript File Format Details": JSON 1.0.0).
///
/// A segment is about a sentence: it ends where one does, at a pause, or where it gets too long. Speech without word
/// times is one segment. Times are seconds, exact to the millisecond. The speaker is named where he is known. Music,
/// levels and confidences are left out. The format has no room to say that a timeline was invented; such a timeline
/// has no words.
public struct PodcastTranscript: Sendable, Hashable {
    /// Characters in a segment.
    public var longestBody = 200
    public var longestSegmentMs = 20_000
    /// A pause between words that ends a segment.
    public var pauseMs = 1_000

    private struct Segment {
        var startMs: Int
        var endMs: Int
        var speaker: String?
        var body: String
    }

    public init() {}

    /// The file's text: JSON with one segment a line.
    public func text(of summary: AudioSemanticTimelineSummary) -> String {
        var text = "{\"version\":\"1.0.0\",\"segments\":["
        var isFirst = true
        for segment in segments(of: summary) {
            text += isFirst ? "\n{" : ",\n{"
            isFirst = false
            if let speaker = segment.speaker {
                text += "\"speaker\":"
                text.appendJSON(speaker)
                text += ","
            }
            text += "\"startTime\":" + DecimalSeconds.shortest(segment.startMs)
            text += ",\"endTime\":" + DecimalSeconds.shortest(segment.endMs) + ",\"body\":"
            text.appendJSON(segment.body)
            text += "}"
        }
        return text + (isFirst ? "]}\n" : "\n]}\n")
    }

    private func segments(of summary: AudioSemanticTimelineSummary) -> [Segment] {
        var layout = CaptionLayout()
        layout.lineLength = longestBody
        layout.linesPerCue = 1
        layout.longestCueMs = longestSegmentMs
        layout.shortestCueMs = 0
        layout.pauseMs = pauseMs
        var timed = summary
        timed.events = OrderedTimeline(summary).events
        var segments = layout.cues(of: timed).map { cue in
            Segment(
                startMs: cue.startMs, endMs: cue.endMs, speaker: cue.speakerID.map(PlainText.clean),
                body: cue.lines.joined(separator: " "))
        }
        for event in timed.events where event.meta.words?.isEmpty ?? true {
            guard let body = event.spokenText else { continue }
            segments.append(Segment(startMs: event.startMs, endMs: event.endMs, speaker: event.speakerID, body: body))
        }
        for index in segments.indices {
            let speaker = segments[index].speaker.map(PlainText.clean)
            segments[index].speaker = speaker?.isEmpty ?? true ? nil : speaker
        }
        return segments.enumerated()
            .sorted { ($0.element.startMs, $0.offset) < ($1.element.startMs, $1.offset) }.map(\.element)
    }
}
