/// Takes steady noise out of a chunk's spectrum: what is there in the quietest moments of each frequency is taken for noise, and each
/// frame's power is multiplied by the share of it that is more than that.
///
/// The share is Wiener's, from the signal-to-noise ratio that the frame before leads to expect (the decision-directed estimate of Ephraim and
/// Malah, 1984; Scalart and Vieira Filho, 1996). What is clear anyway is left as it is.
package enum SteadyNoise {
    /// Frames of 10 ms that power is averaged over before the quietest ones are looked for.
    private static let averaged = 16
    /// The share of averages that are quieter than the one that noise is told by, and what the mean of steady noise is to that one. In talk and in
    /// music it is next to nothing.
    private static let quietest = 0.02
    private static let meanOverQuietest: Float = 1.7
    /// How much the frame before counts.
    private static let memory: Float = 0.92
    /// The least factor of a power: -12 dB. Deeper, voices suffer.
    private static let deepest: Float = 0.0625
    /// The loudest third of a chunk lies less than this above the noise, as a ratio of powers (20 dB), where noise is taken out.
    private static let clear: Float = 100

    /// - Parameter power: `[frames][bins]`, finite; changed.
    package static func remove(from power: inout [Float], bins: Int) {
        let frames = power.count / bins
        guard frames > averaged else { return }
        let noise = level(of: power, frames: frames, bins: bins)
        guard loudest(power, bins: bins) < clear * noise.reduce(0, +) else { return }
        var expected = [Float](repeating: 0, count: bins)
        for frame in 0..<frames {
            for bin in 0..<bins where noise[bin] > 0 {
                let ratio = min(power[frame * bins + bin] / noise[bin], 1e6)
                let prior = memory * expected[bin] + (1 - memory) * max(ratio - 1, 0)
                let gain = prior / (1 + prior)
                expected[bin] = gain * gain * ratio
                power[frame * bins + bin] *= max(gain * gain, deepest)
            }
        }
    }

    /// The noise of each bin.
    private static func level(of power: [Float], frames: Int, bins: Int) -> [Float] {
        let count = frames - averaged + 1
        let rank = min(Int(quietest * Double(count)), count - 1)
        var averages = [Float](repeating: 0, count: count)
        return (0..<bins).map { bin in
            for frame in 0..<count {
                var sum: Float = 0
                for offset in 0..<averaged { sum += power[(frame + offset) * bins + bin] }
                averages[frame] = sum / Float(averaged)
            }
            averages.sort()
            return meanOverQuietest * averages[rank]
        }
    }

    /// The mean power of the loudest third of all frames.
    private static func loudest(_ power: [Float], bins: Int) -> Float {
        let totals = stride(from: 0, to: power.count - bins + 1, by: bins).map { first in
            power[first..<first + bins].reduce(0, +)
        }
        let third = totals.sorted().suffix(max(1, totals.count / 3))
        return third.reduce(0) { $0 + $1 / Float(third.count) }
    }
}
