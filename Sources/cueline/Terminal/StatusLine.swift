import Synchronization

/// One line on the terminal that says how far something is.
final class StatusLine: Sendable {
    private let isShown: Bool
    private let drawn = Mutex<ContinuousClock.Instant?>(nil)

    init(isShown: Bool) {
        self.isShown = isShown
    }

    /// - Parameter share: 0…1.
    func show(_ text: String, share: Double) {
        guard isShown else { return }
        drawn.withLock { drawn in
            let now = ContinuousClock.now
            if let drawn, now - drawn < .milliseconds(100) { return }
            drawn = now
            Console.printError("\r\u{1B}[K\(text) \(Int(min(max(share, 0), 1) * 100)) %")
        }
    }

    /// Takes the line away.
    func clear() {
        drawn.withLock { drawn in
            if drawn != nil { Console.printError("\r\u{1B}[K") }
            drawn = nil
        }
    }
}
