/// Seconds that each stage took, by name; times of parallel work add up.
struct StageClock {
    private(set) var seconds: [String: Double] = [:]

    mutating func measure<Result>(_ stage: String, _ work: () throws -> Result) rethrows -> Result {
        let start = ContinuousClock.now
        defer { add(ContinuousClock.now - start, to: stage) }
        return try work()
    }

    mutating func add(_ duration: Duration, to stage: String) {
        let parts = duration.components
        seconds[stage, default: 0] += Double(parts.seconds) + Double(parts.attoseconds) / 1e18
    }
}
