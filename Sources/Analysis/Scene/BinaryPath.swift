/// The likeliest sequence of two states with a cost for each change (Viterbi 1967).
enum BinaryPath {
    /// - Parameters:
    ///   - evidence: For each frame, the log-likelihood ratio of "on" to "off".
    ///   - penalty: Cost of a change, in the same unit; at least 0.
    /// - Returns: For each frame, whether it is on.
    static func decode(_ evidence: [Float], penalty: Float) -> [Bool] {
        let count = evidence.count
        guard count > 0 else { return [] }
        // Bit 0: "off" came from "on"; bit 1: "on" came from "off".
        var cameFrom = [UInt8](repeating: 0, count: count)
        // Best score of being on minus that of being off: only the difference matters.
        var lead = evidence[0]
        for index in 1..<max(count, 1) {
            var mark: UInt8 = 0
            if lead > penalty { mark |= 1 }
            if lead < -penalty { mark |= 2 }
            cameFrom[index] = mark
            lead = min(max(lead, -penalty), penalty) + evidence[index]
        }
        var states = [Bool](repeating: false, count: count)
        var isOn = lead > 0
        for index in stride(from: count - 1, through: 0, by: -1) {
            states[index] = isOn
            if isOn { if cameFrom[index] & 2 != 0 { isOn = false } } else if cameFrom[index] & 1 != 0 { isOn = true }
        }
        return states
    }
}
