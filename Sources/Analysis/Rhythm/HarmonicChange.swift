/// How much the harmony changes at a moment: cosine distance between the mean pitch-class strengths before and after.
struct HarmonicChange: Sendable {
    /// Running sums over chroma frames, `[frames + 1][chromaCount]`, flattened.
    private let sums: [Float64]
    private let frameCount: Int
    /// Frames left out on either side: the long chroma window smears a change over them.
    private static let guardFrames = 2.0

    init(_ features: RhythmFeatures) {
        let width = RhythmFeatures.chromaCount
        frameCount = features.chromaFrameCount
        var running = [Float64](repeating: 0, count: width)
        var all = running
        all.reserveCapacity((frameCount + 1) * width)
        for frame in 0..<frameCount {
            for pitch in 0..<width { running[pitch] += Float64(features.chroma[frame * width + pitch]) }
            all.append(contentsOf: running)
        }
        sums = all
    }

    /// Change at a frame over `reach` frames on either side, 0…1, of the bass and of the rest.
    func change(at frame: Double, reach: Double) -> (bass: Double, rest: Double) {
        var before = total(from: frame - reach, to: frame - Self.guardFrames)
        var after = total(from: frame + Self.guardFrames, to: frame + reach)
        return (Self.distance(&before, &after, 0..<12), Self.distance(&before, &after, 12..<24))
    }

    private static func distance(_ first: inout [Double], _ second: inout [Double], _ range: Range<Int>) -> Double {
        let firstLeast = range.reduce(Double.infinity) { min($0, first[$1]) }
        let secondLeast = range.reduce(Double.infinity) { min($0, second[$1]) }
        var (product, firstPower, secondPower) = (0.0, 0.0, 0.0)
        for pitch in range {
            let (one, two) = (first[pitch] - firstLeast, second[pitch] - secondLeast)
            product += one * two
            firstPower += one * one
            secondPower += two * two
        }
        return 1 - product / ((firstPower * secondPower).squareRoot() + 1e-6)
    }

    /// Sum of pitch-class strengths between two onset frames, which may lie between chroma frames.
    private func total(from low: Double, to high: Double) -> [Double] {
        let (first, second) = (position(low), position(high))
        return (0..<RhythmFeatures.chromaCount).map { sum(second, $0) - sum(first, $0) }
    }

    private func position(_ frame: Double) -> Double {
        min(max(frame * RhythmFeatures.chromaRate / RhythmFeatures.frameRate, 0), Double(frameCount))
    }

    private func sum(_ position: Double, _ pitch: Int) -> Double {
        let width = RhythmFeatures.chromaCount
        let whole = min(Int(position), max(frameCount - 1, 0))
        let share = position - Double(whole)
        let next = min(whole + 1, frameCount)
        return sums[whole * width + pitch] * (1 - share) + sums[next * width + pitch] * share
    }
}
