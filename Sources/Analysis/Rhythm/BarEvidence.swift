/// What is heard at each beat that tells the first of a bar from the others.
///
/// Downbeats carry changes of harmony (Goto and Muraoka 1999), bass notes and bass drums, and new sounds that stay;
/// back beats carry the snare. Each quantity is centred over the beats around and scaled to unit spread.
struct BarEvidence: Sendable {
    /// Onset strength in five bands at the beat and half a beat later, harmonic change of bass and rest over one and over
    /// two beats, rise of the level in five bands.
    static let width = 19

    /// `[beats][width]`, flattened.
    let values: [Double]
    let beatCount: Int
    /// Whether anything tells the beats apart: nothing does in a metronome without accents.
    let isContrasted: Bool

    /// Spread from beat to beat (middle three quarters) of onset strength and of level that can be heard.
    private static let audible = (onset: 0.7, level: 0.15)
    private static let reach = 8
    private static let limit = 3.0

    init(beats: [Double], activation: OnsetActivation, levels: LevelSums, harmony: HarmonicChange) {
        beatCount = beats.count
        var raw: [Double] = []
        raw.reserveCapacity(beats.count * Self.width)
        for (index, beat) in beats.enumerated() {
            let period = Self.period(after: index, beats)
            for moment in [beat, beat + 0.5 * period] {
                let frame = Int(moment.rounded(.toNearestOrEven))
                for band in 0..<RhythmFeatures.bandCount {
                    raw.append(Double((-2...2).map { activation.value(frame: frame + $0, band: band) }.max() ?? 0))
                }
            }
            let near = harmony.change(at: beat, reach: period)
            let far = harmony.change(at: beat, reach: 2 * period)
            raw.append(contentsOf: [near.bass, near.rest, far.bass, far.rest])
            for band in 0..<RhythmFeatures.bandCount {
                raw.append(
                    levels.mean(from: beat + 1, to: beat + 0.9 * period, band: band)
                        - levels.mean(from: beat - 0.9 * period, to: beat - 1, band: band))
            }
        }
        let (values, spreads) = Self.standardised(raw, beatCount: beats.count)
        self.values = values
        let onsets = 0..<2 * RhythmFeatures.bandCount
        let risingLevels = (Self.width - RhythmFeatures.bandCount)..<Self.width
        isContrasted =
            onsets.contains { spreads[$0] >= Self.audible.onset }
            || risingLevels.contains { spreads[$0] >= Self.audible.level }
    }

    /// Interval to the next beat, or the last one's from the beat before.
    static func period(after index: Int, _ beats: [Double]) -> Double {
        guard beats.count > 1 else { return 50 }
        return index + 1 < beats.count ? beats[index + 1] - beats[index] : beats[index] - beats[index - 1]
    }

    /// Mean cosine similarity of the beats in a range to those `lag` beats later.
    func similarity(lag: Int, in range: Range<Int>) -> Double {
        guard range.count > lag + 2 else { return 0 }
        var total = 0.0
        for beat in range.lowerBound..<range.upperBound - lag {
            var (product, first, second) = (0.0, 0.0, 0.0)
            for index in 0..<Self.width {
                let one = values[beat * Self.width + index]
                let two = values[(beat + lag) * Self.width + index]
                product += one * two
                first += one * one
                second += two * two
            }
            total += product / ((first.squareRoot() + 1e-6) * (second.squareRoot() + 1e-6))
        }
        return total / Double(range.count - lag)
    }

    private static func standardised(_ raw: [Double], beatCount: Int) -> (values: [Double], spreads: [Double]) {
        var result = raw
        var spreads: [Double] = []
        for index in 0..<width {
            let column = (0..<beatCount).map { raw[$0 * width + index] }
            var centred = column
            for beat in 0..<beatCount {
                let low = max(0, beat - reach)
                let high = min(beatCount, beat + reach + 1)
                centred[beat] -= column[low..<high].reduce(0, +) / Double(high - low)
            }
            let mean = centred.reduce(0, +) / Double(max(beatCount, 1))
            let variance = centred.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(max(beatCount, 1))
            let ranked = centred.sorted()
            spreads.append(ranked.isEmpty ? 0 : ranked[beatCount - 1 - beatCount / 8] - ranked[beatCount / 8])
            let deviation = variance.squareRoot() + 1e-3
            for beat in 0..<beatCount {
                result[beat * width + index] = min(max(centred[beat] / deviation, -limit), limit)
            }
        }
        return (result, spreads)
    }
}

/// Running sums of the band levels, for means over any span of frames.
struct LevelSums: Sendable {
    private let sums: [Double]
    private let frameCount: Int

    init(_ features: RhythmFeatures) {
        let width = RhythmFeatures.bandCount
        frameCount = features.frameCount
        var running = [Double](repeating: 0, count: width)
        var all = running
        all.reserveCapacity((frameCount + 1) * width)
        for frame in 0..<frameCount {
            for band in 0..<width { running[band] += Double(features.level[frame * width + band]) }
            all.append(contentsOf: running)
        }
        sums = all
    }

    /// Mean level of a band between two frames, 0 where there are none.
    func mean(from low: Double, to high: Double, band: Int) -> Double {
        let first = min(max(Int(low.rounded(.toNearestOrEven)), 0), frameCount)
        let last = min(max(Int(high.rounded(.toNearestOrEven)), 0), frameCount)
        let width = RhythmFeatures.bandCount
        return (sums[last * width + band] - sums[first * width + band]) / Double(max(last - first, 1))
    }
}
