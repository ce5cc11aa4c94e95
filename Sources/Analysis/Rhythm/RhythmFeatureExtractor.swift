import Signal

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Turns a stream of samples into `RhythmFeatures`.
///
/// Onsets: positive difference of the log-compressed, log-frequency spectrum to the one two frames earlier, maximum-
/// filtered over three bands so that vibrato gives none ("SuperFlux": Böck and Widmer, "Maximum filter vibrato
/// suppression for onset detection", DAFx 2013), averaged in five ranges of frequency. Harmony: spectral peaks of long
/// frames folded into pitch classes (Gómez, "Tonal description of polyphonic audio", 2006), bass apart from the rest.
final class RhythmFeatureExtractor {
    static let frameSize = 1024
    static let hop = 220
    static let chromaFrameSize = 4096
    static let chromaHop = 1100

    /// Magnitudes are scaled to 1 for a full-scale sine and compressed by `log(1 + compression·magnitude)`.
    private static let compression: Float = 1000
    /// Upper edges of the five ranges, in Hz.
    private static let rangeEdges: [Double] = [130, 400, 1600, 5000, .infinity]
    private static let chromaLimits: (bass: Double, middle: Double, top: Double) = (50, 250, 2200)

    private(set) var features = RhythmFeatures()
    private let onsetFrames = FrameStream(frameSize: frameSize, hop: hop, window: .hann)
    private let chromaFrames = FrameStream(frameSize: chromaFrameSize, hop: chromaHop, window: .hann)
    private let onsetTransform = RealFFT(size: frameSize)
    private let chromaTransform = RealFFT(size: chromaFrameSize)
    private var power: [Float]
    private var chromaPower: [Float]
    private let bands: [Band]
    private let pitches: [Pitch]
    /// Log spectra of this frame and the two before, in turn.
    private var history: [[Float]]
    private var frameIndex = 0

    /// A triangular filter over the bins `first..<first + weights.count`.
    private struct Band {
        var first: Int
        var weights: [Float]
        var range: Int
    }

    /// Where a bin of the long frames belongs: two neighbouring pitch classes and their shares.
    private struct Pitch {
        var bin: Int
        var lower: Int
        var upper: Int
        var upperShare: Float
    }

    init() {
        bands = Self.makeBands()
        pitches = Self.makePitches()
        power = [Float](repeating: 0, count: onsetTransform.binCount)
        chromaPower = [Float](repeating: 0, count: chromaTransform.binCount)
        history = Array(repeating: [Float](repeating: 0, count: bands.count), count: 3)
    }

    func append(_ samples: UnsafeBufferPointer<Float>) {
        onsetFrames.push(samples) { addOnsetFrame($0) }
        chromaFrames.push(samples) { addChromaFrame($0) }
    }

    /// Ends the stream; gives the features of all of it.
    func finish() -> RhythmFeatures {
        onsetFrames.finish { addOnsetFrame($0) }
        chromaFrames.finish { addChromaFrame($0) }
        return features
    }

    private func addOnsetFrame(_ frame: UnsafeBufferPointer<Float>) {
        guard let samples = frame.baseAddress else { return }
        power.withUnsafeMutableBufferPointer { values in
            if let target = values.baseAddress { onsetTransform.powerSpectrum(samples, into: target) }
        }
        let scale = 4 / Float(Self.frameSize)
        for bin in power.indices { power[bin] = power[bin].squareRoot() * scale }
        let now = frameIndex % 3
        for (index, band) in bands.enumerated() {
            var sum: Float = 0
            for (offset, weight) in band.weights.enumerated() { sum += weight * power[band.first + offset] }
            history[now][index] = log(1 + Self.compression * min(sum, 1e6))
        }
        appendRise(of: history[now], over: history[(frameIndex + 1) % 3], isFirst: frameIndex < 2)
        frameIndex += 1
    }

    private func appendRise(of current: [Float], over earlier: [Float], isFirst: Bool) {
        var rise = [Float](repeating: 0, count: RhythmFeatures.bandCount)
        var level = rise
        var counts = rise
        for (index, band) in bands.enumerated() {
            var reference = earlier[index]
            if index > 0 { reference = max(reference, earlier[index - 1]) }
            if index + 1 < bands.count { reference = max(reference, earlier[index + 1]) }
            rise[band.range] += max(0, current[index] - reference)
            level[band.range] += current[index]
            counts[band.range] += 1
        }
        for range in 0..<RhythmFeatures.bandCount {
            features.flux.append(isFirst ? 0 : rise[range] / max(counts[range], 1))
            features.level.append(level[range] / max(counts[range], 1))
        }
    }

    private func addChromaFrame(_ frame: UnsafeBufferPointer<Float>) {
        guard let samples = frame.baseAddress else { return }
        chromaPower.withUnsafeMutableBufferPointer { values in
            if let target = values.baseAddress { chromaTransform.powerSpectrum(samples, into: target) }
        }
        let scale = 4 / Float(Self.chromaFrameSize)
        var chroma = [Float](repeating: 0, count: RhythmFeatures.chromaCount)
        for pitch in pitches {
            let value = chromaPower[pitch.bin]
            guard value > 0, value >= chromaPower[pitch.bin - 1], value >= chromaPower[pitch.bin + 1] else { continue }
            let strength = log(1 + Self.compression * min(value.squareRoot() * scale, 1e6))
            chroma[pitch.lower] += (1 - pitch.upperShare) * strength
            chroma[pitch.upper] += pitch.upperShare * strength
        }
        features.chroma.append(contentsOf: chroma)
    }

    /// Twelve triangles an octave from 30 Hz to 10.5 kHz; where bins are wider than that, one a bin. Unit sum each.
    private static func makeBands() -> [Band] {
        let binWidth = Double(RhythmTracker.sampleRateHz) / Double(frameSize)
        var centres: [Int] = []
        var frequency = 30.0
        while frequency < 10_500 {
            let bin = Int((frequency / binWidth).rounded(.toNearestOrEven))
            if bin >= 1, bin != centres.last { centres.append(bin) }
            frequency *= pow(2, 1 / 12.0)
        }
        return (1..<max(1, centres.count - 1)).map { index in
            let (low, centre, high) = (centres[index - 1], centres[index], centres[index + 1])
            var weights = (low + 1..<high).map { bin in
                bin <= centre ? Float(bin - low) / Float(centre - low) : Float(high - bin) / Float(high - centre)
            }
            let sum = weights.reduce(0, +)
            for offset in weights.indices { weights[offset] /= sum }
            let hertz = Double(centre) * binWidth
            return Band(first: low + 1, weights: weights, range: rangeEdges.firstIndex { hertz < $0 } ?? 4)
        }
    }

    private static func makePitches() -> [Pitch] {
        let binWidth = Double(RhythmTracker.sampleRateHz) / Double(chromaFrameSize)
        return (1..<chromaFrameSize / 2).compactMap { bin in
            let hertz = Double(bin) * binWidth
            guard hertz >= chromaLimits.bass, hertz < chromaLimits.top else { return nil }
            let register = hertz < chromaLimits.middle ? 0 : 12
            let note = 12 * log2(hertz / 440) + 69
            let lower = Int(note.rounded(.down))
            return Pitch(
                bin: bin, lower: register + lower % 12, upper: register + (lower + 1) % 12,
                upperShare: Float(note - note.rounded(.down)))
        }
    }
}
