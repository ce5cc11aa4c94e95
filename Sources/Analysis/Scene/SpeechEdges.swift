/// Moves the ends of speech to where the level rises and falls: models see onsets late and with their own step.
struct SpeechEdges {
    /// Frames that an end may move, and that a closure inside of a word may last.
    private static let reach = 25
    private static let closure = 4
    /// Levels smoothed over three frames.
    private let levels: [Float]

    /// - Parameter levels: dBFS for each 10 ms.
    init(levels: [Float]) {
        self.levels = levels.indices.map { index in
            let low = levels[max(0, index - 1)]
            let high = levels[min(levels.count - 1, index + 1)]
            return (low + levels[index] + high) / 3
        }
    }

    /// The run with both ends moved by at most 250 ms, and a closure; where the level shows no edge the end stays.
    func refined(_ run: Range<Int>) -> Range<Int> {
        guard !run.isEmpty, run.upperBound <= levels.count else { return run }
        let sorted = run.map { levels[$0] }.sorted()
        let loud = sorted[sorted.count - 1 - sorted.count / 20]
        let base = max(loud - 38, -58)
        let start = edge(from: run.lowerBound, outward: -1, threshold: base)
        let end = edge(from: run.upperBound - 1, outward: 1, threshold: base) + 1
        return start < end ? start..<end : run
    }

    /// The outermost loud frame near `index`.
    private func edge(from index: Int, outward: Int, threshold base: Float) -> Int {
        let nearby = max(0, index - 30)...min(levels.count - 1, index + 30)
        let threshold = max(base, (levels[nearby].min() ?? base) + 6)
        var place = index
        if levels[index] >= threshold {
            // A word may begin or end with a sound that stands apart: the closure of a plosive is quiet.
            for step in 1...Self.reach + Self.closure {
                let next = index + outward * step
                guard levels.indices.contains(next), abs(next - place) <= Self.closure else { return place }
                if levels[next] >= threshold { place = next }
            }
        } else {
            for _ in 0..<Self.reach {
                place -= outward
                guard levels.indices.contains(place) else { return index }
                if levels[place] >= threshold { return place }
            }
        }
        return index
    }
}
