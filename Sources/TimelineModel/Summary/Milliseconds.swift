/// The one place where seconds and fractions become whole milliseconds.
enum Milliseconds {
    /// Longest time that is kept: 2^53 ms, so that every value is exact as a `Double` and sums cannot overflow an `Int`.
    static let maximum = 1 << 53

    /// Rounds to the nearest millisecond, halves away from zero, clamped to ±``maximum``.
    ///
    /// - Returns: nil for NaN and infinities.
    static func rounded(_ milliseconds: Double) -> Int? {
        guard milliseconds.isFinite else { return nil }
        let limit = Double(maximum)
        return Int(exactly: min(max(milliseconds, -limit), limit).rounded())
    }

    /// Seconds to the nearest millisecond; nil for NaN and infinities.
    static func rounded(seconds: Double) -> Int? {
        guard seconds.isFinite else { return nil }
        let limit = Double(maximum)
        return rounded(min(max(seconds * 1000, -limit), limit))
    }

    /// The value inside `[0, upper]`, whatever a foreign document says.
    static func clamped(_ value: Int, to upper: Int) -> Int { min(max(value, 0), max(upper, 0)) }
}
