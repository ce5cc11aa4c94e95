/// Moves the ends of speech to where the level rises and falls: models see onsets late and with their own step.
struct SpeechEdges {
    /// Frames that an end may move, and that a closure inside of a word may last.
    private static let reach = 25
    private static let closure = 4
    /// Frames that an end may move outward where the voice does not stand out from music; inward it does not move there.
    private static let shortReach = 12
    /// An end moves inward by at most the run's length divided by this: of a short word the level may show the vowel only.
    private static let inwardDivisor = 4
    /// Frames around an end whose quietest one tells where the level is low.
    private static let nearby = 30
    /// Frames outside of an end that tell how loud the music under it is, nearest and farthest, and inside how loud speech is.
    private static let outside = 5...50
    private static let inside = 60
    /// Decibels that speech is above the music at its edge, and by which it must rise above that for the edge to be seen.
    private static let margin: Float = 2
    private static let prominence: Float = 14
    /// Levels smoothed over three frames.
    private let levels: [Float]
    private let music: [Float]

    /// - Parameters:
    ///   - levels: dBFS for each 10 ms.
    ///   - music: log-odds of music for each.
    init(levels: [Float], music: [Float]) {
        self.levels = levels.indices.map { index in
            let low = levels[max(0, index - 1)]
            let high = levels[min(levels.count - 1, index + 1)]
            return (low + levels[index] + high) / 3
        }
        self.music = music
    }

    /// The runs with their ends moved by at most 250 ms, and a closure, or inward by a quarter of the run; where the level shows no
    /// edge the end stays.
    ///
    /// - Parameter runs: In order, apart from each other.
    func refined(_ runs: [Range<Int>]) -> [Range<Int>] {
        runs.indices.map { index in
            let before = index > 0 ? runs[index - 1].upperBound : 0
            let after = index + 1 < runs.count ? runs[index + 1].lowerBound : levels.count
            return refined(runs[index], between: before, and: after)
        }
    }

    private func refined(_ run: Range<Int>, between before: Int, and after: Int) -> Range<Int> {
        guard !run.isEmpty, run.upperBound <= levels.count else { return run }
        let base = max(Self.quantile(0.95, of: levels[run]) - 38, -58)
        let inward = min(Self.reach, max(1, run.count / Self.inwardDivisor))
        /// Where an end is moved to; beyond `limit` is the run beside this one.
        func moved(_ index: Int, outward: Int, limit: Int) -> Int {
            guard let bed = bed(beside: run, from: index, outward: outward, limit: limit) else {
                return edge(from: index, outward: outward, by: Self.shortReach, inwardBy: 0, threshold: base)
            }
            return edge(
                from: index, outward: outward, by: Self.reach + Self.closure, inwardBy: inward,
                threshold: max(base, bed))
        }
        let start = moved(run.lowerBound, outward: -1, limit: before + Self.closure)
        let end = moved(run.upperBound - 1, outward: 1, limit: after - Self.closure)
        return start <= end ? start..<end + 1 : run
    }

    /// The level that is speech and no longer the music beside it, whose beats are no edges; -120 where no music is heard, nothing
    /// where speech does not stand out from it: there the level tells little.
    private func bed(beside run: Range<Int>, from index: Int, outward: Int, limit: Int) -> Float? {
        let low = outward < 0 ? max(limit, index - Self.outside.upperBound) : index + Self.outside.lowerBound
        let high = outward < 0 ? index - Self.outside.lowerBound : min(limit - 1, index + Self.outside.upperBound)
        guard high - low >= 14, low >= 0, high < levels.count else { return SceneLevels.floor }
        let beside = low...high
        guard music[beside].reduce(0, +) >= 0 else { return SceneLevels.floor }
        let inner =
            outward < 0
            ? index..<min(run.upperBound, index + Self.inside)
            : max(run.lowerBound, index + 1 - Self.inside)..<index + 1
        let bed = Self.quantile(0.9, of: levels[beside]) + Self.margin
        return bed + Self.prominence <= Self.quantile(0.9, of: levels[inner]) ? bed : nil
    }

    /// The outermost loud frame near `index`, at most `reach` frames outside of it or `inward` inside; `index` where there is none, and where
    /// the loud ones go on beyond that.
    private func edge(from index: Int, outward: Int, by reach: Int, inwardBy inward: Int, threshold base: Float) -> Int
    {
        let nearby = max(0, index - Self.nearby)...min(levels.count - 1, index + Self.nearby)
        var threshold = base
        // Beside the recording's beginning or end the quietest frame may be one of speech.
        if (outward < 0 ? index : levels.count - 1 - index) >= Self.nearby {
            threshold = max(base, (levels[nearby].min() ?? base) + 6)
        }
        var place = index
        if levels[index] >= threshold {
            // A word may begin or end with a sound that stands apart: the closure of a plosive is quiet.
            for step in 1...reach {
                let next = index + outward * step
                guard levels.indices.contains(next), abs(next - place) <= Self.closure else { return place }
                if levels[next] >= threshold { place = next }
            }
        } else {
            for _ in 0..<inward {
                place -= outward
                guard levels.indices.contains(place) else { return index }
                if levels[place] >= threshold { return place }
            }
        }
        return index
    }

    /// The level that a share of the frames does not exceed; `frames` must not be empty.
    static func quantile(_ share: Float, of frames: ArraySlice<Float>) -> Float {
        let sorted = frames.sorted()
        return sorted[min(sorted.count - 1, Int(Float(sorted.count) * share))]
    }
}
