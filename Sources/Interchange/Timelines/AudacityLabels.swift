public import TimelineModel

/// Writes a timeline as labels for Audacity ("Importing and Exporting Labels" in its manual).
///
/// A line is `start TAB end TAB text`, in seconds with three decimals, which is exact. Events are region labels: their
/// kind, for speech with the speaker and what was said. Beats are point labels: `3.1` is the first beat of the third
/// bar, `beat` one before the first known bar. All are in order of time; events before beats. Levels, confidences and
/// the times of words are left out.
public struct AudacityLabels: Sendable, Hashable {
    public var includesBeats = true

    public init() {}

    /// The file's text; of an invented timeline the first label says so.
    public func text(of summary: AudioSemanticTimelineSummary) -> String {
        let timeline = OrderedTimeline(summary)
        var text = ""
        func append(_ startMs: Int, _ endMs: Int, _ label: String) {
            text += DecimalSeconds.fixed(startMs) + "\t" + DecimalSeconds.fixed(endMs) + "\t" + label + "\n"
        }
        if let notice = summary.standInNotice { append(0, 0, notice) }
        var beats = includesBeats ? timeline.beats[...] : []
        func appendBeats(before time: Int?) {
            while let beat = beats.first, time.map({ beat.timeMs < $0 }) ?? true {
                append(beat.timeMs, beat.timeMs, beat.place.map { "\($0.bar).\($0.beat)" } ?? "beat")
                beats = beats.dropFirst()
            }
        }
        for event in timeline.events {
            appendBeats(before: event.startMs)
            var label = event.kind.rawValue
            if event.kind == .speech {
                label += (event.speakerName.map { " " + $0 } ?? "") + (event.spokenText.map { ": " + $0 } ?? "")
            }
            append(event.startMs, event.endMs, label)
        }
        appendBeats(before: nil)
        return text
    }
}
