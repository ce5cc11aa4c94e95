import TimelineModel

/// A timeline as files for other programs need it, whatever document it came from: spans and beats in order, times in
/// 0…2^53 ms, spans without a length and beats outside of that range left out, one beat at a time.
struct OrderedTimeline {
    var events: [AudioEvent]
    var beats: [BeatEvent]
    var durationMs: Int

    init(_ summary: AudioSemanticTimelineSummary) {
        events = summary.events.compactMap { event in
            var event = event
            event.startMs = DecimalSeconds.clamped(event.startMs)
            event.endMs = DecimalSeconds.clamped(event.endMs)
            return event.startMs < event.endMs ? event : nil
        }
        events.sort(by: AudioEvent.precedes)
        let times = 0...DecimalSeconds.latestMs
        beats = []
        for beat in summary.beats.sorted(by: { $0.timeMs < $1.timeMs })
        where times.contains(beat.timeMs) && beat.timeMs != beats.last?.timeMs {
            beats.append(beat)
        }
        durationMs = DecimalSeconds.clamped(summary.durationMs)
    }
}

extension AudioSemanticTimelineSummary {
    /// What a file says first when the timeline was not heard but invented; nil for a real one.
    var standInNotice: String? {
        guard meta.backendType == "stub" else { return nil }
        return "Not heard: the timeline is a stand-in pattern (\(PlainText.clean(meta.backendVersion)))"
    }
}

extension AudioEvent {
    /// What was said, on one line; nil where nobody wrote it down.
    var spokenText: String? {
        guard kind == .speech, let text = (transcription ?? spacedWords.joinedText).map(PlainText.clean) else {
            return nil
        }
        return text.isEmpty ? nil : text
    }

    /// The speaker's name on one line; nil where nobody told voices apart.
    var speakerName: String? { speakerID.map(PlainText.clean).flatMap { $0.isEmpty ? nil : $0 } }
}

extension BeatEvent {
    /// Bar and beat as musicians count them, both from 1; nil outside of known bars.
    var place: (bar: Int, beat: Int)? {
        guard let barIndex, let beatInBar, (0..<Int.max).contains(barIndex), beatInBar > 0 else { return nil }
        return (barIndex + 1, beatInBar)
    }
}
