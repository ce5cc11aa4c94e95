public import TimelineModel

/// Writes a timeline as a table of comma-separated values (RFC 4180: a header, CRLF, quotes doubled).
///
/// A row for each event, each word after its event, then each beat, in the order of the timeline. Times are whole
/// milliseconds as the timeline has them; beats have no end. LUFS have two decimals, confidences three; numbers that
/// nobody knows are empty. Text is on one line, without control characters. It is not changed beyond that: a
/// spreadsheet may take a cell that begins with `=`, `+`, `-` or `@` for a formula, so import text columns as text.
public struct EventTable: Sendable, Hashable {
    /// Whether words get rows of their own.
    public var includesWords = true

    private static let header =
        "type,start_ms,end_ms,kind,speaker_id,loudness_lufs,confidence,text,beat_index,bar_index,beat_in_bar"

    public init() {}

    /// The file's text. A table has no room to say that a timeline was invented: see `TimelineMeta/backendType`.
    public func text(of summary: AudioSemanticTimelineSummary) -> String {
        var text = Self.header + "\r\n"
        func append(_ type: String, _ startMs: Int, _ fields: [String]) {
            text += type + "," + String(startMs) + "," + fields.joined(separator: ",") + "\r\n"
        }
        for event in summary.events {
            let speaker = Self.field(event.speakerName)
            append(
                "event", event.startMs,
                [
                    String(event.endMs), event.kind.rawValue, speaker,
                    Self.number(event.loudnessLUFS?.rounded(places: 2)), Self.confidence(event.confidence),
                    Self.field(event.spokenText), "", "", "",
                ])
            guard includesWords else { continue }
            for word in event.meta.words ?? [] {
                append(
                    "word", word.startMs,
                    [
                        String(word.endMs), event.kind.rawValue, speaker, "", Self.confidence(word.confidence),
                        Self.field(PlainText.clean(word.word)), "", "", "",
                    ])
            }
        }
        for beat in summary.beats {
            append(
                "beat", beat.timeMs,
                [
                    "", "", "", "", Self.confidence(beat.confidence), "", Self.number(beat.beatIndex),
                    Self.number(beat.barIndex), Self.number(beat.beatInBar),
                ])
        }
        return text
    }

    private static func number(_ value: (some CustomStringConvertible)?) -> String { value?.description ?? "" }

    private static func confidence(_ value: Double?) -> String {
        number(value.flatMap { $0.isFinite ? $0.roundedConfidence : nil })
    }

    /// Text in quotes where a comma or a quote needs them.
    private static func field(_ text: String?) -> String {
        guard let text else { return "" }
        guard text.utf8.contains(where: { $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: "\"") }) else { return text }
        var quoted = "\""
        for scalar in text.unicodeScalars {
            if scalar == "\"" { quoted += "\"" }
            quoted.unicodeScalars.append(scalar)
        }
        return quoted + "\""
    }
}
