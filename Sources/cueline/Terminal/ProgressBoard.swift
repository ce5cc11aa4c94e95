import Analysis
import Interchange
import Synchronization

/// Lines on standard error, one for each recording that is being heard, that say how far the work is, how fast it goes and how long
/// it will take. Nothing is drawn where nobody could see it.
final class ProgressBoard: Sendable {
    private struct Row {
        var name: String
        var progress: AnalysisProgress?
    }

    private struct State {
        var rows: [Int: Row] = [:]
        /// Lines on the screen.
        var drawn = 0
        var lastDrawn: ContinuousClock.Instant?
    }

    private let isShown: Bool
    private let width: Int
    private let state = Mutex(State())

    init(isShown: Bool, width: Int) {
        self.isShown = isShown
        self.width = width
    }

    /// A line for one more recording.
    ///
    /// - Parameter number: lines are in this order.
    func begin(_ number: Int, name: String) {
        state.withLock { $0.rows[number] = Row(name: name) }
    }

    func update(_ number: Int, _ progress: AnalysisProgress) {
        guard isShown else { return }
        let now = ContinuousClock.now
        let width = width
        state.withLock { state in
            guard state.rows[number] != nil else { return }
            state.rows[number]?.progress = progress
            if let last = state.lastDrawn, now - last < .milliseconds(100) { return }
            state.lastDrawn = now
            let lines = state.rows.sorted { $0.key < $1.key }.compactMap { row in
                row.value.progress.map { Self.line(row.value.name, $0, width: width) }
            }
            Console.printError(Self.wipe(state.drawn) + lines.joined(separator: "\n"))
            state.drawn = lines.count
        }
    }

    /// Takes a recording's line away, and all lines until the next report, while something else is printed.
    func end(_ number: Int, printing print: () throws -> Void) rethrows {
        try state.withLock { state in
            state.rows[number] = nil
            clear(&state)
            try print()
        }
    }

    /// Takes all lines away for good.
    func clear() {
        state.withLock { state in
            state.rows = [:]
            clear(&state)
        }
    }

    private func clear(_ state: inout State) {
        guard isShown else { return }
        Console.printError(Self.wipe(state.drawn))
        state.drawn = 0
        state.lastDrawn = nil
    }

    /// Clears lines; the cursor is in the last one.
    private static func wipe(_ lines: Int) -> String {
        (lines > 1 ? "\u{1B}[\(lines - 1)A" : "") + "\r\u{1B}[J"
    }

    /// The line's text, never wider than `width`: what there is no room for beside a part of the name is left out, the shares of stages first.
    static func line(_ name: String, _ progress: AnalysisProgress, width: Int) -> String {
        let fraction = min(max(progress.fraction, 0), 1)
        var stages = ""
        var time = ""
        if progress.stage == .assemble {
            time = "  putting together"
        } else {
            var parts: [String] = []
            if let heard = progress.stages.filter({ $0.key != .transcript }).values.max() {
                parts.append("heard \(Int(heard * 100)) %")
            }
            if let words = progress.stages[.transcript] { parts.append("words \(Int(words * 100)) %") }
            if !parts.isEmpty { stages = "  " + parts.joined(separator: ", ") }
            if let rate = progress.rate { time += "  \(Int(rate.rounded())) x real time" }
            if let left = progress.secondsLeft { time += "  \(Clock.text(left)) left" }
        }
        let percent = " \(Int(fraction * 100)) %"
        let forms = [
            bar(fraction, 20) + percent + stages + time, bar(fraction, 10) + percent + stages + time,
            bar(fraction, 10) + percent + time,
        ]
        let clean = PlainText.clean(name)
        let wanted = min(clean.count, 20)
        let text = forms.first { width - $0.count - 2 >= wanted } ?? bar(fraction, 10) + percent
        let room = max(0, width - text.count - 2)
        let shown = DisplayWidth.truncated(clean, to: room, unicode: false)
        return String((shown + " " + text).prefix(max(0, width - 1)))
    }

    private static func bar(_ fraction: Double, _ columns: Int) -> String {
        let done = Int(fraction * Double(columns))
        return "[" + String(repeating: "=", count: done) + String(repeating: " ", count: columns - done) + "]"
    }
}

/// Times for people.
enum Clock {
    /// `m:ss`, or `h:mm:ss` from an hour on.
    static func text(_ seconds: Double) -> String {
        let total = Int(min(max(seconds, 0), 35_999_999).rounded())
        let two = { (value: Int) in value < 10 ? "0\(value)" : "\(value)" }
        let (hours, minutes) = (total / 3600, total / 60 % 60)
        return hours > 0 ? "\(hours):\(two(minutes)):\(two(total % 60))" : "\(minutes):\(two(total % 60))"
    }
}
