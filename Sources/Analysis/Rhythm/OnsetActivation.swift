/// Onset strength of a span of music, each band brought to the same footing.
///
/// The local mean (± 0.6 s) is taken off and the local root mean square (± 4 s) divided out, so that quiet passages
/// count as much as loud ones and a steady floor counts for nothing.
struct OnsetActivation: Sendable {
    /// `[frames][bandCount]`, flattened.
    let bands: [Float]
    /// Sum over the bands with the weights of a beat: what tempo and phase are read from.
    let beat: [Float]
    /// Sum over the bands with the weights of the middle between beats: a bass drum there speaks against the phase.
    let offBeat: [Float]
    let frameCount: Int

    private static let beatWeights: [Float] = [1, 0.6, 0.6, 0.5, 0.3]
    private static let offBeatWeights: [Float] = [-0.4, -0.1, 0, 0, 0.1]
    private static let meanReach = 0.6
    private static let levelReach = 4.0
    /// Below this rise (in nepers a two-frame step, root mean square) nothing is an onset: hum and digital noise.
    private static let floor = 0.008

    init(_ features: RhythmFeatures) {
        let count = features.frameCount
        let width = RhythmFeatures.bandCount
        var values = [Float](repeating: 0, count: count * width)
        for band in 0..<width {
            var signal = (0..<count).map { frame -> Double in
                let previous = frame > 0 ? features.flux[(frame - 1) * width + band] : 0
                let next = frame + 1 < count ? features.flux[(frame + 1) * width + band] : 0
                return 0.5 * Double(features.flux[frame * width + band]) + 0.25 * Double(previous + next)
            }
            let mean = Self.movingMean(signal, reach: Self.meanReach)
            for frame in 0..<count { signal[frame] -= mean[frame] }
            let squares = signal.map { $0 * $0 }
            let power = Self.movingMean(squares, reach: Self.levelReach)
            let overall = count > 0 ? (squares.reduce(0, +) / Double(count)).squareRoot() : 0
            let least = max(0.1 * overall, Self.floor)
            for frame in 0..<count {
                values[frame * width + band] = Float(signal[frame] / max(power[frame].squareRoot(), least))
            }
        }
        bands = values
        frameCount = count
        beat = Self.weighted(values, Self.beatWeights)
        offBeat = Self.weighted(values, Self.offBeatWeights)
    }

    /// The value of a band at a frame; frames outside count as the outermost.
    @inline(__always)
    func value(frame: Int, band: Int) -> Float {
        bands[min(max(frame, 0), frameCount - 1) * RhythmFeatures.bandCount + band]
    }

    private static func weighted(_ values: [Float], _ weights: [Float]) -> [Float] {
        let width = RhythmFeatures.bandCount
        return (0..<values.count / width).map { frame in
            var sum: Float = 0
            for band in 0..<width { sum += weights[band] * values[frame * width + band] }
            return sum
        }
    }

    /// Mean over all frames within `reach` seconds, fewer at the ends.
    private static func movingMean(_ values: [Double], reach: Double) -> [Double] {
        let half = max(1, Int(reach * RhythmFeatures.frameRate))
        var sums = [0.0]
        sums.reserveCapacity(values.count + 1)
        for value in values { sums.append(sums[sums.count - 1] + value) }
        return values.indices.map { index in
            let low = max(0, index - half)
            let high = min(values.count, index + half + 1)
            return (sums[high] - sums[low]) / Double(high - low)
        }
    }
}
