#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Filter coefficients of a `Resampler` by phase.
///
/// Phase `φ` in `0..<1` holds `h(k − φ)` for `k` in `−taps/2 + 1 ... taps/2`, scaled to sum 1.
final class ResamplerTable {
    /// Coefficients of one phase, a multiple of 16.
    let tapCount: Int

    private let coefficients: FloatBuffer
    /// Whether each of the `phaseUnits` phases has its own row.
    private let isExact: Bool
    /// Rows for one sample's distance.
    private let rowsPerSample: Float
    private let unit: Float
    private let lastRow: Int

    /// Attenuation of the stop band in dB that the window is designed for.
    private static let attenuation = 86.0
    private static let longest = 1 << 16

    /// - Parameters:
    ///   - stretch: Input rate over output rate.
    ///   - phaseUnits: Number of different phases.
    init(stretch: Double, phaseUnits: Int) {
        // Kaiser's estimate of the length for a transition from 0.9 to 1.0 of the lower Nyquist frequency.
        let zeroCrossings = (Self.attenuation - 7.95) / (14.36 * 0.05) / 2
        let wide = max(1, stretch)
        let side = Int(min(zeroCrossings * wide, Double(Self.longest / 2)).rounded(.up))
        let half = (side + 7) / 8 * 8
        tapCount = 2 * half
        isExact = phaseUnits * tapCount <= 1 << 17
        let rows = isExact ? phaseUnits : max(8, Int((256 / wide).rounded(.up)))
        // Interpolation needs a row for phase 1 too.
        let rowCount = isExact ? rows : rows + 1
        rowsPerSample = Float(rows)
        unit = 1 / Float(phaseUnits)
        lastRow = rows - 1
        coefficients = FloatBuffer(count: rowCount * tapCount)
        let cutoff = 0.95 / wide
        let shape = 0.1102 * (Self.attenuation - 8.7)
        let scale = besselI0(shape)
        var row = [Double](repeating: 0, count: tapCount)
        for index in 0..<rowCount {
            let phase = Double(index) / Double(rows)
            var sum = 0.0
            for tap in 0..<tapCount {
                let time = Double(tap - half + 1) - phase
                let ratio = time / Double(half)
                let window = ratio * ratio < 1 ? besselI0(shape * (1 - ratio * ratio).squareRoot()) / scale : 0
                let angle = Double.pi * cutoff * time
                row[tap] = window * (abs(angle) < 1e-9 ? 1 : sin(angle) / angle)
                sum += row[tap]
            }
            for tap in 0..<tapCount { coefficients.base[index * tapCount + tap] = Float(row[tap] / sum) }
        }
    }

    /// The output sample whose first tap is `samples[0]`.
    @inline(__always)
    func value(_ samples: UnsafePointer<Float>, phase: Int) -> Float {
        if isExact {
            return dotProduct(coefficients.base + phase * tapCount, samples, count: tapCount)
        }
        let position = Float(phase) * unit * rowsPerSample
        let row = min(Int(position), lastRow)
        let fraction = position - Float(row)
        let base = coefficients.base + row * tapCount
        let low = dotProduct(base, samples, count: tapCount)
        let high = dotProduct(base + tapCount, samples, count: tapCount)
        return low + fraction * (high - low)
    }
}
