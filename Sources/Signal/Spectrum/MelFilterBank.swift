/// Triangular filters, evenly spaced on a mel scale, that turn a power spectrum into mel bands.
///
/// With the default scale and normalisation the weights are those of librosa's `filters.mel`. Only the bins under each
/// triangle are kept.
public struct MelFilterBank: Sendable {
    /// How triangles are scaled.
    public enum Normalization: Sendable, Hashable {
        /// Each triangle has area 1 over Hz (height `2 / width`): Slaney's; librosa's default.
        case area
        /// Each triangle has height 1.
        case peak
    }

    /// Number of bands.
    public let bandCount: Int
    /// Number of bins that `apply` reads.
    public let binCount: Int

    private struct Band {
        var firstBin: Int
        var weightOffset: Int
        var weightCount: Int
    }

    private let bands: [Band]
    private let weights: [Float]

    /// Makes a bank.
    ///
    /// - Parameters:
    ///   - bandCount: Number of bands, at least 1.
    ///   - transformSize: Length of the Fourier transform; `transformSize/2 + 1` bins.
    ///   - sampleRate: Hz.
    ///   - lowest: Lower edge of the first triangle in Hz.
    ///   - highest: Upper edge of the last triangle in Hz; nil for half the sample rate.
    ///   - scale: Where edges lie.
    ///   - normalization: How high triangles are.
    public init(
        bandCount: Int, transformSize: Int, sampleRate: Double, lowest: Double = 0, highest: Double? = nil,
        scale: MelScale = .slaney, normalization: Normalization = .area
    ) {
        precondition(bandCount > 0 && transformSize > 1 && sampleRate > 0, "counts and rate must be positive")
        self.bandCount = bandCount
        binCount = transformSize / 2 + 1
        let low = scale.mels(hertz: lowest)
        let high = scale.mels(hertz: highest ?? sampleRate / 2)
        let edges = (0..<(bandCount + 2)).map { index in
            scale.hertz(mels: low + (high - low) * Double(index) / Double(bandCount + 1))
        }
        var bands: [Band] = []
        var weights: [Float] = []
        for band in 0..<bandCount {
            let (left, peak, right) = (edges[band], edges[band + 1], edges[band + 2])
            let height = normalization == .area ? 2 / (right - left) : 1
            var entry = Band(firstBin: 0, weightOffset: weights.count, weightCount: 0)
            for bin in 0..<binCount {
                let frequency = Double(bin) * sampleRate / Double(transformSize)
                let weight = min((frequency - left) / (peak - left), (right - frequency) / (right - peak)) * height
                guard weight > 0 else { continue }
                if entry.weightCount == 0 { entry.firstBin = bin }
                entry.weightCount = bin - entry.firstBin + 1
                weights.append(Float(weight))
            }
            bands.append(entry)
        }
        self.bands = bands
        self.weights = weights
    }

    /// Sums a power spectrum into bands.
    ///
    /// - Parameters:
    ///   - power: `binCount` values.
    ///   - output: Room for `bandCount` values.
    public func apply(power: UnsafePointer<Float>, into output: UnsafeMutablePointer<Float>) {
        weights.withUnsafeBufferPointer { weights in
            bands.withUnsafeBufferPointer { bands in
                for index in 0..<bandCount {
                    let band = bands[index]
                    guard band.weightCount > 0, let base = weights.baseAddress else {
                        output[index] = 0
                        continue
                    }
                    output[index] = dotProduct(
                        base + band.weightOffset, power + band.firstBin, count: band.weightCount)
                }
            }
        }
    }

    /// Sums a power spectrum into bands; missing bins count as 0.
    public func apply(power: [Float]) -> [Float] {
        var output = [Float](repeating: 0, count: bandCount)
        let full = power + [Float](repeating: 0, count: max(0, binCount - power.count))
        full.withUnsafeBufferPointer { source in
            output.withUnsafeMutableBufferPointer { target in
                guard let first = source.baseAddress, let second = target.baseAddress else { return }
                apply(power: first, into: second)
            }
        }
        return output
    }

    /// The full matrix, `[bandCount][binCount]`: for inspection and tests.
    public func matrix() -> [[Float]] {
        bands.map { band in
            var row = [Float](repeating: 0, count: binCount)
            for index in 0..<band.weightCount { row[band.firstBin + index] = weights[band.weightOffset + index] }
            return row
        }
    }
}
