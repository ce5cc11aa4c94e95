#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A second-order filter section, `H(z) = (b0 + b1·z⁻¹ + b2·z⁻²) / (1 + a1·z⁻¹ + a2·z⁻²)`.
public struct Biquad: Sendable, Hashable {
    public var b0: Double
    public var b1: Double
    public var b2: Double
    public var a1: Double
    public var a2: Double

    public init(b0: Double, b1: Double, b2: Double, a1: Double, a2: Double) {
        self.b0 = b0
        self.b1 = b1
        self.b2 = b2
        self.a1 = a1
        self.a2 = a2
    }

    /// Passes everything unchanged.
    public static let identity = Biquad(b0: 1, b1: 0, b2: 0, a1: 0, a2: 0)
}

/// The K frequency weighting of ITU-R BS.1770 for any sample rate.
///
/// The standard gives coefficients at 48 kHz and asks for "the same frequency response" at other rates. The high pass
/// lies so low that a bilinear transform to the analogue plane and back keeps it. The shelf would be bent by that
/// (0.2 dB at 1 kHz for a rate of 8 kHz), so its poles are carried over by `z = exp(s/rate)` and its zeros are chosen
/// for the same magnitude at three frequencies: Vicanek, "Matched second order digital filters" (2016).
public struct KWeighting: Sendable, Hashable {
    /// The head's high shelf. Identity where its frequency lies above the Nyquist frequency (rates below 3.5 kHz).
    public let shelf: Biquad
    /// The high pass ("RLB"). Identity at rates below 80 Hz: levels there are unweighted.
    public let highPass: Biquad

    /// BS.1770-5, Annex 1, table 1.
    private static let shelf48 = Biquad(
        b0: 1.53512485958697, b1: -2.69169618940638, b2: 1.19839281085285,
        a1: -1.69065929318241, a2: 0.73248077421585)
    /// BS.1770-5, Annex 1, table 2.
    private static let highPass48 = Biquad(b0: 1, b1: -2, b2: 1, a1: -1.99004745483398, a2: 0.99007225036621)
    /// Natural frequencies of the two sections, Hz.
    private static let shelfFrequency = 1682.0
    private static let highPassFrequency = 38.0

    /// - Parameter sampleRate: Hz.
    public init(sampleRate: Double) {
        shelf = sampleRate * 0.48 > Self.shelfFrequency ? Self.matchedShelf(sampleRate) : .identity
        highPass = sampleRate * 0.48 > Self.highPassFrequency ? Self.bilinearHighPass(sampleRate) : .identity
    }

    private static func bilinearHighPass(_ sampleRate: Double) -> Biquad {
        // With z = (1 + s)/(1 − s), the denominator's coefficients of s⁰, s¹ and s², and the numerator, which is 4s².
        let (d0, d1, d2) = (
            1 + highPass48.a1 + highPass48.a2, 2 * (1 - highPass48.a2), 1 - highPass48.a1 + highPass48.a2
        )
        let natural = (d0 / d2).squareRoot()
        // The section's natural frequency stays in place: s = stretch·s'.
        let stretch = natural / tan(atan(natural) * 48_000 / sampleRate)
        let (e1, e2) = (d1 * stretch, d2 * stretch * stretch)
        let scale = 1 / (d0 + e1 + e2)
        let gain = 4 * stretch * stretch * scale
        return Biquad(
            b0: gain, b1: -2 * gain, b2: gain, a1: 2 * (d0 - e2) * scale, a2: (d0 - e1 + e2) * scale)
    }

    private static func matchedShelf(_ sampleRate: Double) -> Biquad {
        let ratio = 48_000 / sampleRate
        let radius = shelf48.a2.squareRoot()
        let angle = acos(-shelf48.a1 / (2 * radius)) * ratio
        let newRadius = pow(radius, ratio)
        let (a1, a2) = (-2 * newRadius * cos(angle), newRadius * newRadius)
        let poles = SquaredPolynomial(1, a1, a2)
        // Squared magnitudes that the numerator must have at 0 Hz, near the shelf's frequency and near Nyquist.
        let frequencies = [min(shelfFrequency, 0.2 * sampleRate), 0.45 * min(sampleRate, 48_000)]
        let top = SquaredPolynomial(shelf48.b0, shelf48.b1, shelf48.b2)
        let bottom = SquaredPolynomial(1, shelf48.a1, shelf48.a2)
        let constant = top.atZero / bottom.atZero * poles.atZero
        let rows = frequencies.map { frequency in
            let here = sin(Double.pi * frequency / sampleRate)
            let there = sin(Double.pi * frequency / 48_000)
            let target = top.value(there * there) / bottom.value(there * there) * poles.value(here * here)
            // target = constant·(1 − x) + atNyquist·x + middle·4x(1 − x), with x = sin².
            let x = here * here
            return (x, 4 * x * (1 - x), target - constant * (1 - x))
        }
        let determinant = rows[0].0 * rows[1].1 - rows[1].0 * rows[0].1
        let atNyquist = max(0, (rows[0].2 * rows[1].1 - rows[1].2 * rows[0].1) / determinant)
        let middle = (rows[0].0 * rows[1].2 - rows[1].0 * rows[0].2) / determinant
        // Back to the polynomial whose zeros lie inside the unit circle.
        let mean = (constant.squareRoot() + atNyquist.squareRoot()) / 2
        let b0 = (mean + max(0, mean * mean + middle).squareRoot()) / 2
        return Biquad(
            b0: b0, b1: (constant.squareRoot() - atNyquist.squareRoot()) / 2, b2: -middle / (4 * b0), a1: a1, a2: a2)
    }

    /// `|c0 + c1·z⁻¹ + c2·z⁻²|²` on the unit circle as a function of `x = sin²(ω/2)`.
    private struct SquaredPolynomial {
        let atZero: Double
        let atNyquist: Double
        let middle: Double

        init(_ c0: Double, _ c1: Double, _ c2: Double) {
            atZero = (c0 + c1 + c2) * (c0 + c1 + c2)
            atNyquist = (c0 - c1 + c2) * (c0 - c1 + c2)
            middle = -4 * c0 * c2
        }

        func value(_ x: Double) -> Double { atZero * (1 - x) + atNyquist * x + middle * 4 * x * (1 - x) }
    }
}

/// The state of K weighting for two channels at once.
struct KWeightingPair {
    private let weighting: KWeighting
    private var shelf1 = SIMD2<Double>.zero
    private var shelf2 = SIMD2<Double>.zero
    private var pass1 = SIMD2<Double>.zero
    private var pass2 = SIMD2<Double>.zero

    init(_ weighting: KWeighting) {
        self.weighting = weighting
    }

    /// Filters `count` samples of two channels; returns the sum of squares of each channel's output.
    mutating func energy(
        _ first: UnsafePointer<Float>, _ second: UnsafePointer<Float>, count: Int
    ) -> SIMD2<Double> {
        let shelf = weighting.shelf
        let pass = weighting.highPass
        var (s1, s2, p1, p2) = (shelf1, shelf2, pass1, pass2)
        var sum = SIMD2<Double>.zero
        for index in 0..<count {
            let input = SIMD2(Double(first[index]), Double(second[index]))
            // Transposed direct form II, twice.
            let middle = shelf.b0 * input + s1
            s1 = (shelf.b1 * input + s2) - shelf.a1 * middle
            s2 = shelf.b2 * input - shelf.a2 * middle
            let output = pass.b0 * middle + p1
            p1 = (pass.b1 * middle + p2) - pass.a1 * output
            p2 = pass.b2 * middle - pass.a2 * output
            sum += output * output
        }
        shelf1 = Self.withoutTraces(s1)
        shelf2 = Self.withoutTraces(s2)
        pass1 = Self.withoutTraces(p1)
        pass2 = Self.withoutTraces(p2)
        return sum
    }

    func save(to writer: inout StateWriter) { writer.write([shelf1, shelf2, pass1, pass2]) }

    mutating func restore(from reader: inout StateReader) throws {
        let state: [SIMD2<Double>] = try reader.values()
        guard state.count == 4 else { throw StateReader.Mismatch() }
        (shelf1, shelf2, pass1, pass2) = (state[0], state[1], state[2], state[3])
    }

    /// Ends the decay of a filter before it reaches denormal numbers, which are slow.
    private static func withoutTraces(_ state: SIMD2<Double>) -> SIMD2<Double> {
        SIMD2(abs(state[0]) < 1e-20 ? 0 : state[0], abs(state[1]) < 1e-20 ? 0 : state[1])
    }
}
