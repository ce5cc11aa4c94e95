import Interchange
import VoicePhrases

/// Phrases for people.
enum PhraseListing {
    /// A paragraph a phrase: when, who, what.
    ///
    /// - Parameter width: columns of the terminal.
    static func text(_ phrases: [VoicePhrase], droppedShort: Int, width: Int) -> String {
        var lines = phrases.flatMap { phrase in
            let speaker = phrase.speakerID.map { PlainText.clean($0) + ": " } ?? ""
            let times = "\(clock(phrase.startMs))  \(clock(phrase.endMs))  "
            let text = wrapped(speaker + PlainText.clean(phrase.transcript), width: max(width - times.count, 20))
            return text.enumerated().map { number, line in
                (number == 0 ? times : String(repeating: " ", count: times.count)) + line
            }
        }
        let words = phrases.count == 1 ? "1 phrase" : "\(phrases.count) phrases"
        lines.append(droppedShort > 0 ? "\(words); \(droppedShort) shorter than asked for were left out" : words)
        return lines.joined(separator: "\n") + "\n"
    }

    private static func wrapped(_ text: String, width: Int) -> [String] {
        var lines = [""]
        for word in text.split(separator: " ") {
            let last = lines[lines.count - 1]
            if last.isEmpty {
                lines[lines.count - 1] = String(word)
            } else if last.count + 1 + word.count <= width {
                lines[lines.count - 1] += " " + word
            } else {
                lines.append(String(word))
            }
        }
        return lines
    }

    private static func clock(_ milliseconds: Int) -> String {
        let tenths = max(milliseconds, 0) / 100
        let (minutes, rest) = (tenths / 600, tenths % 600)
        let seconds = "\(rest / 10)".count < 2 ? "0\(rest / 10)" : "\(rest / 10)"
        return (minutes < 10 ? " " : "") + "\(minutes):\(seconds).\(rest % 10)"
    }
}
