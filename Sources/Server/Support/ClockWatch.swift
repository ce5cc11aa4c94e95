#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Notices that the wall clock was set, by the clock that nobody sets.
package struct ClockWatch {
    private let wall: @Sendable () -> Double
    private let steady: @Sendable () -> Double
    /// Wall time minus steady time, as of the last look.
    private var offset: Double
    /// Steady time until which ages by the wall clock are not to be trusted.
    private var doubtfulUntil = -Double.infinity

    /// How far the two may drift apart between looks: clocks are slewed by that much in minutes.
    private static let tolerance = 30.0

    /// - Parameters:
    ///   - wall: seconds since any moment, by the clock of the system.
    ///   - steady: seconds since any moment, by a clock that only goes forward.
    package init(
        wall: @escaping @Sendable () -> Double = { Date().timeIntervalSince1970 },
        steady: @escaping @Sendable () -> Double = {
            let (seconds, attoseconds) = (ContinuousClock.now - start).components
            return Double(seconds) + Double(attoseconds) / 1e18
        }
    ) {
        self.wall = wall
        self.steady = steady
        offset = wall() - steady()
    }

    /// Whether the clock was not set since the last look, nor in the time before that is asked for.
    ///
    /// - Parameter duration: how long ages are wrong after it was set.
    package mutating func agree(for duration: Duration) -> Bool {
        let now = steady()
        let offset = wall() - now
        if abs(offset - self.offset) > Self.tolerance { doubtfulUntil = now + duration / .seconds(1) }
        self.offset = offset
        return now >= doubtfulUntil
    }
}

private let start = ContinuousClock.now
