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
/// The standard gives coefficients at 48 kHz only. The bilinear transform `z = (1 + s)/(1 − s)` takes them back to
/// the analogue plane, the frequency axis is stretched so that each section's natural frequency (1682 Hz, 38 Hz) stays
/// in place, and the transform is applied again at the other rate. At 48 kHz the result is the standard's own.
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

    /// - Parameter sampleRate: Hz, above 0.
    public init(sampleRate: Double) {
        shelf = Self.moved(Self.shelf48, to: sampleRate)
        highPass = Self.moved(Self.highPass48, to: sampleRate)
    }

    private static func moved(_ section: Biquad, to sampleRate: Double) -> Biquad {
        guard sampleRate > 0, sampleRate != 48_000 else { return sampleRate > 0 ? section : .identity }
        // Coefficients of s⁰, s¹, s² in numerator and denominator.
        let (n0, n1, n2) = analogue(section.b0, section.b1, section.b2)
        let (d0, d1, d2) = analogue(1, section.a1, section.a2)
        let natural = (d0 / d2).squareRoot()
        let frequency = atan(natural) * 48_000 / Double.pi
        guard frequency < 0.48 * sampleRate else { return .identity }
        let stretch = natural / tan(Double.pi * frequency / sampleRate)
        return digital(
            (n0, n1 * stretch, n2 * stretch * stretch), (d0, d1 * stretch, d2 * stretch * stretch))
    }

    /// `c0 + c1·z⁻¹ + c2·z⁻²` as a polynomial in `s`, times `(1 + s)²`.
    private static func analogue(_ c0: Double, _ c1: Double, _ c2: Double) -> (Double, Double, Double) {
        (c0 + c1 + c2, 2 * (c0 - c2), c0 - c1 + c2)
    }

    /// The inverse of `analogue` for a numerator and a denominator, which is scaled to begin with 1.
    private static func digital(_ n: (Double, Double, Double), _ d: (Double, Double, Double)) -> Biquad {
        let scale = 1 / (d.0 + d.1 + d.2)
        return Biquad(
            b0: (n.0 + n.1 + n.2) * scale, b1: 2 * (n.0 - n.2) * scale, b2: (n.0 - n.1 + n.2) * scale,
            a1: 2 * (d.0 - d.2) * scale, a2: (d.0 - d.1 + d.2) * scale)
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

    /// Ends the decay of a filter before it reaches denormal numbers, which are slow.
    private static func withoutTraces(_ state: SIMD2<Double>) -> SIMD2<Double> {
        SIMD2(abs(state[0]) < 1e-20 ? 0 : state[0], abs(state[1]) < 1e-20 ? 0 : state[1])
    }
}
