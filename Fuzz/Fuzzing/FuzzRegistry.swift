/// All parsers of what comes from outside.
package enum FuzzRegistry {
    package static let targets: [FuzzTarget] =
        modelTargets + timelineTargets + mediaTargets + analysisTargets + modelFileTargets + requestTargets
        + libraryTargets + serverTargets + editTargets

    /// What checks the fuzzer itself: a trap, a hang, memory without bound, a broken promise.
    package static let selfTests: [FuzzTarget] = [
        FuzzTarget("self-trap") { bytes in
            if bytes.contains(0) { fatalError("a trap") }
            return true
        },
        FuzzTarget("self-hang") { bytes in
            var sum = 0
            while bytes.first == 1 { sum &+= bytes.count }
            return sum == 0
        },
        FuzzTarget("self-memory") { bytes in
            guard bytes.first == 2 else { return false }
            var blocks: [[UInt8]] = []
            while true {
                var block: [UInt8] = []
                block.reserveCapacity(64 << 20)
                blocks.append(block)
            }
        },
        FuzzTarget("self-promise") { bytes in
            try promise(!bytes.contains(3), "no input holds a 3")
            return true
        },
    ]

    package static func target(_ name: String) -> FuzzTarget? {
        (targets + selfTests).first { $0.name == name }
    }
}
