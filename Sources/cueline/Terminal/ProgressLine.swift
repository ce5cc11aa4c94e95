import Analysis
import Synchronization

/// One line on standard error that says how far the work is, how fast it goes and how long it will take.
final class ProgressLine: Sendable {
    private struct State {
        var shown = -1
        var lastDrawn: ContinuousClock.Instant?
    }

    private let name: String
    private let isShown: Bool
    private let width: Int
    private let start = ContinuousClock.now
    private let state = Mutex(State())

    init(name: String, isShown: Bool, width: Int) {
        self.name = name
        self.isShown = isShown
        self.width = width
    }

    func update(_ progress: AnalysisProgress) {
        guard isShown else { return }
        let now = ContinuousClock.now
        let isDue = state.withLock { state in
            if let last = state.lastDrawn, now - last < .milliseconds(100) { return false }
            state.lastDrawn = now
            return true
        }
        if isDue { Console.printError("\r\u{1B}[K" + Self.line(name, progress, elapsed: now - start, width: width)) }
    }

    /// Takes the line away.
    func clear() {
        if isShown { Console.printError("\r\u{1B}[K") }
    }

    /// The line's text, never wider than `width`.
    static func line(_ name: String, _ progress: AnalysisProgress, elapsed: Duration, width: Int) -> String {
        let seconds = Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) / 1e18
        let fraction = min(max(progress.fraction, 0), 1)
        let done = Int(fraction * 20)
        let bar = String(repeating: "=", count: done) + String(repeating: " ", count: 20 - done)
        var text = "[\(bar)] \(Int(fraction * 100)) % \(progress.stage.rawValue)"
        if let duration = progress.duration, seconds > 0.5, fraction > 0.02 {
            let rate = duration * fraction / seconds
            let left = seconds * (1 - fraction) / fraction
            text += "  \(Int(rate.rounded())) x real time  \(clock(left)) left"
        }
        let room = max(0, width - text.count - 2)
        let shown = name.filter { !$0.isNewline && $0.unicodeScalars.allSatisfy { $0.value >= 32 && $0.value != 127 } }
        return String((shown.prefix(room) + " " + text).prefix(max(0, width - 1)))
    }

    /// `m:ss`, or `h:mm:ss` from an hour on.
    private static func clock(_ seconds: Double) -> String {
        let total = Int(min(max(seconds, 0), 359_999).rounded())
        let two = { (value: Int) in value < 10 ? "0\(value)" : "\(value)" }
        let (hours, minutes) = (total / 3600, total / 60 % 60)
        return hours > 0 ? "\(hours):\(two(minutes)):\(two(total % 60))" : "\(minutes):\(two(total % 60))"
    }
}
