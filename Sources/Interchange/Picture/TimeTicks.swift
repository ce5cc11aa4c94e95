/// Steps of a ruler.
enum TimeTicks {
    /// The smallest step of a clock face that is long enough.
    ///
    /// - Parameter least: in milliseconds.
    /// - Returns: milliseconds, at least 1.
    static func step(least: Double) -> Int {
        let seconds = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600]
        let steps = [1, 2, 5, 10, 20, 50, 100, 200, 500] + seconds.map { $0 * 1000 }
        if let step = steps.first(where: { Double($0) >= least }) { return step }
        var hours = 1
        while Double(hours) * 3_600_000 < least { hours *= 2 }
        return hours * 3_600_000
    }
}
