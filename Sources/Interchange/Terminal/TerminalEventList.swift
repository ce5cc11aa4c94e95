import TimelineModel

/// The events one after the other with what was said, and the beats in a line.
///
/// Beyond ``longestFullList`` events only speech is listed singly; what lies between is summed up.
struct TerminalEventList {
    static let longestFullList = 200

    let summary: AudioSemanticTimelineSummary
    let width: Int
    let glyphs: TerminalGlyphs

    var lines: [StyledLine] {
        var lines: [StyledLine] = []
        let isLong = summary.events.count > Self.longestFullList
        var skipped: [AudioEvent] = []
        for event in summary.events {
            if isLong && event.kind != .speech {
                skipped.append(event)
                continue
            }
            lines += summed(skipped)
            skipped = []
            lines += entry(event)
        }
        return lines + summed(skipped) + beats
    }

    private func entry(_ event: AudioEvent) -> [StyledLine] {
        let times = TerminalClock.precise(event.startMs) + glyphs.dash + TerminalClock.precise(event.endMs)
        let longest = TerminalClock.precise(summary.durationMs).count * 2 + 1
        var first = StyledLine(String(repeating: " ", count: max(longest - times.count, 0)) + times + " ", .faint)
        first.append(padded(event.kind.rawValue, 7), event.kind.style)
        var details: [String] = []
        if let speaker = event.speakerID.map(PlainText.clean), !speaker.isEmpty { details.append(speaker) }
        if let lufs = event.loudnessLUFS { details.append(fixed(lufs, 1) + " LUFS") }
        if let confidence = event.confidence { details.append(fixed(confidence * 100, 0) + "%") }
        var lines = wrappedFields(first, details)
        if event.kind == .speech, let text = text(of: event) {
            let indent = width >= 60 ? 4 : 2
            for line in DisplayWidth.wrapped(text, to: width - indent) {
                lines.append(StyledLine(String(repeating: " ", count: indent) + line))
            }
        }
        return lines
    }

    /// Fields after the beginning of a line, going on below where they do not fit.
    private func wrappedFields(_ first: StyledLine, _ fields: [String]) -> [StyledLine] {
        var lines = [first]
        for field in fields {
            for part in DisplayWidth.wrapped(field, to: width - 4) {
                if lines[lines.count - 1].width + 1 + DisplayWidth.of(part) <= width {
                    lines[lines.count - 1].append(" " + part, .faint)
                } else {
                    lines.append(StyledLine("    " + part, .faint))
                }
            }
        }
        return lines
    }

    private func text(of event: AudioEvent) -> String? {
        let text = PlainText.clean(event.transcription ?? event.spacedWords.joinedText ?? "")
        return text.isEmpty ? nil : text
    }

    private func summed(_ events: [AudioEvent]) -> [StyledLine] {
        guard !events.isEmpty else { return [] }
        let counts = TimelineCounts(events: events, beats: [])
        let parts = [("music", counts.music), ("other", counts.other), ("silence", counts.silence)]
            .filter { $0.1.count > 0 }
            .map { "\($0.0) \(TerminalClock.precise($0.1.ms))" }
        let total = events.count == 1 ? "1 event" : "\(events.count) events"
        return flowed("(" + total + ": " + parts.joined(separator: ", ") + ")", indent: 4)
    }

    private var beats: [StyledLine] {
        guard let first = summary.beats.first, let last = summary.beats.last else { return [] }
        let counts = TimelineCounts(events: [], beats: summary.beats)
        var text = counts.beats == 1 ? "1 beat" : "\(counts.beats) beats"
        if counts.bars > 0 { text += " in \(counts.bars) \(counts.bars == 1 ? "bar" : "bars")" }
        text += ", \(TerminalClock.precise(first.timeMs))\(glyphs.dash)\(TerminalClock.precise(last.timeMs))"
        if let downbeat = summary.beats.first(where: { $0.beatInBar == 1 }) {
            text += ", first downbeat \(TerminalClock.precise(downbeat.timeMs))"
        }
        return flowed(text, indent: 0)
    }

    private func flowed(_ text: String, indent: Int) -> [StyledLine] {
        DisplayWidth.wrapped(text, to: width - indent).map {
            StyledLine(String(repeating: " ", count: indent) + $0, .faint)
        }
    }

    private func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(width - text.count, 0))
    }
}
