import Interchange
import VoicePhrases

/// Phrases for people.
enum PhraseListing {
    /// A line a phrase: when, who, what.
    static func text(_ phrases: [VoicePhrase], droppedShort: Int) -> String {
        var lines = phrases.map { phrase in
            let speaker = phrase.speakerID.map { PlainText.clean($0) + ": " } ?? ""
            return "\(clock(phrase.startMs))  \(clock(phrase.endMs))  \(speaker)\(PlainText.clean(phrase.transcript))"
        }
        let words = phrases.count == 1 ? "1 phrase" : "\(phrases.count) phrases"
        lines.append(droppedShort > 0 ? "\(words); \(droppedShort) shorter than asked for were left out" : words)
        return lines.joined(separator: "\n") + "\n"
    }

    private static func clock(_ milliseconds: Int) -> String {
        let tenths = max(milliseconds, 0) / 100
        let (minutes, rest) = (tenths / 600, tenths % 600)
        let seconds = "\(rest / 10)".count < 2 ? "0\(rest / 10)" : "\(rest / 10)"
        return (minutes < 10 ? " " : "") + "\(minutes):\(seconds).\(rest % 10)"
    }
}
