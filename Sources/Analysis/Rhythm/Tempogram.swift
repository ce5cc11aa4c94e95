import Signal

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// How periodic the onsets around each moment are, for each tempo of a grid.
///
/// Autocorrelation over six seconds, read at one, two, three and four beat periods: 1 for perfect repetition, about 0
/// for none (Percival and Tzanetakis 2014; Grosche, Müller and Kurth, "Cyclic tempogram", ICASSP 2010).
struct Tempogram: Sendable {
    /// Frames between rows.
    static let hop = 50
    private static let window = 600
    private static let size = 2048
    /// Variance of the signal from which its periodicity counts half: what lies below is the tail of some sound.
    private static let faintness: Float = 0.1
    private static let combWeights = [1, 0.7, 0.3, 0.5]

    /// `[rows][tempi]`, flattened.
    private let values: [Float]
    private let tempoCount: Int
    private let rowCount: Int

    init(of signal: [Float], grid: TempoGrid) {
        tempoCount = grid.periods.count
        let transform = RealFFT(size: Self.size)
        let total = Self.combWeights.reduce(0, +)
        var rows: [Float] = []
        for centre in stride(from: 0, to: signal.count, by: Self.hop) {
            let low = max(0, centre - Self.window / 2)
            let high = min(signal.count, centre + Self.window / 2)
            let correlation = Self.autocorrelation(Array(signal[low..<high]), transform)
            for period in grid.periods {
                var sum = 0.0
                for (index, weight) in Self.combWeights.enumerated() {
                    let lag = period * Double(index + 1)
                    let whole = Int(lag)
                    guard whole + 1 < correlation.count else { continue }
                    let share = lag - Double(whole)
                    sum += weight * (correlation[whole] * (1 - share) + correlation[whole + 1] * share)
                }
                rows.append(Float(sum / total))
            }
        }
        values = rows
        rowCount = rows.count / max(tempoCount, 1)
    }

    func value(row: Int, tempo: Int) -> Float {
        rowCount > 0 ? values[row * tempoCount + tempo] : 0
    }

    /// The row whose centre is nearest to a frame.
    func row(of frame: Int) -> Int { min(max(frame + Self.hop / 2, 0) / Self.hop, max(rowCount - 1, 0)) }

    /// Normalised autocorrelation at lags 0..<count, windowed (Hann), corrected for the window's own correlation.
    private static func autocorrelation(_ signal: [Float], _ transform: RealFFT) -> [Double] {
        let count = signal.count
        guard count > 1 else { return [] }
        let mean = signal.reduce(0, +) / Float(count)
        let window = (0..<count).map { 0.5 - 0.5 * cos(2 * Double.pi * Double($0 + 1) / Double(count + 1)) }
        let own = correlation(window.map { Float($0) }, transform)
        let result = correlation((0..<count).map { (signal[$0] - mean) * Float(window[$0]) }, transform)
        guard let energy = result.first, let whole = own.first, whole > 0 else {
            return [Double](repeating: 0, count: count)
        }
        let reference = energy + faintness * whole
        return (0..<count).map { lag in
            Double(result[lag] / reference) / max(Double(own[lag] / whole), 0.1)
        }
    }

    private static func correlation(_ signal: [Float], _ transform: RealFFT) -> [Float] {
        let power = transform.powerSpectrum(signal)
        var symmetric = [Float](repeating: 0, count: size)
        for bin in 0...size / 2 {
            symmetric[bin] = power[bin]
            symmetric[(size - bin) % size] = power[bin]
        }
        return Array(transform.transform(symmetric).real.prefix(signal.count)).map { $0 / Float(size) }
    }
}
