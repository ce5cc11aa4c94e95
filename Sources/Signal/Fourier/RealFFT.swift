#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A plan for the discrete Fourier transform of real signals of one power-of-two length.
///
/// `X[k] = Σ x[n]·exp(−2πi·k·n/size)` for `k` in `0...size/2`, without scaling. The real signal is packed into
/// `size/2` complex numbers, which pass through Stockham's self-sorting radix-4 passes (and one radix-2 pass where
/// `size/2` is not a power of four), then the two interleaved spectra are separated: Cochran et al., "What is the fast
/// Fourier transform?", Proc. IEEE 55 (1967); Sorensen et al., "Real-valued fast Fourier transform algorithms", IEEE
/// Trans. ASSP 35 (1987).
///
/// A plan owns scratch memory: use one plan a thread. Transforms do not allocate. The error stays below
/// 1e-6·√size for unit noise.
public final class RealFFT {
    /// Length of the real signal.
    public let size: Int
    /// Number of bins, `size/2 + 1`: from 0 Hz to the Nyquist frequency.
    public let binCount: Int

    private let half: Int
    private let passes: StockhamPasses
    private let firstReal: FloatBuffer
    private let firstImaginary: FloatBuffer
    private let secondReal: FloatBuffer
    private let secondImaginary: FloatBuffer
    private let splitReal: FloatBuffer
    private let splitImaginary: FloatBuffer

    /// Makes a plan.
    ///
    /// - Parameter size: A power of two from 64 to 65536; anything else is a programmer's error.
    public init(size: Int) {
        precondition((64...65536).contains(size) && size & (size - 1) == 0, "size must be a power of two, 64...65536")
        self.size = size
        half = size / 2
        binCount = half + 1
        passes = StockhamPasses(count: half)
        firstReal = FloatBuffer(count: half)
        firstImaginary = FloatBuffer(count: half)
        secondReal = FloatBuffer(count: half)
        secondImaginary = FloatBuffer(count: half)
        splitReal = FloatBuffer(count: half / 2 + 8)
        splitImaginary = FloatBuffer(count: half / 2 + 8)
        for bin in 0..<(half / 2 + 8) {
            let angle = -2 * Double.pi * Double(bin) / Double(size)
            splitReal.base[bin] = Float(cos(angle))
            splitImaginary.base[bin] = Float(sin(angle))
        }
    }

    /// Transforms `size` samples into `binCount` complex bins.
    ///
    /// - Parameters:
    ///   - input: `size` samples; not changed, may not overlap the output.
    ///   - real: Room for `binCount` real parts.
    ///   - imaginary: Room for `binCount` imaginary parts; the first and last are 0.
    public func transform(
        _ input: UnsafePointer<Float>, real: UnsafeMutablePointer<Float>, imaginary: UnsafeMutablePointer<Float>
    ) {
        separate(packedSpectrum(of: input)) { bin, bins, realParts, imaginaryParts in
            if bins == 8 {
                real.store(realParts, at: bin)
                imaginary.store(imaginaryParts, at: bin)
            } else {
                real[bin] = realParts[0]
                imaginary[bin] = imaginaryParts[0]
            }
        }
    }

    /// Squared magnitudes `|X[k]|²` of `size` samples.
    ///
    /// - Parameters:
    ///   - input: `size` samples.
    ///   - power: Room for `binCount` values.
    public func powerSpectrum(_ input: UnsafePointer<Float>, into power: UnsafeMutablePointer<Float>) {
        separate(packedSpectrum(of: input)) { bin, bins, realParts, imaginaryParts in
            let squares = realParts * realParts + imaginaryParts * imaginaryParts
            if bins == 8 {
                power.store(squares, at: bin)
            } else {
                power[bin] = squares[0]
            }
        }
    }

    /// Transforms an array; shorter input is taken as followed by zeros, longer input is cut to `size`.
    public func transform(_ input: [Float]) -> (real: [Float], imaginary: [Float]) {
        var real = [Float](repeating: 0, count: binCount)
        var imaginary = real
        padded(input).withUnsafeBufferPointer { samples in
            real.withUnsafeMutableBufferPointer { realParts in
                imaginary.withUnsafeMutableBufferPointer { imaginaryParts in
                    guard let source = samples.baseAddress, let first = realParts.baseAddress,
                        let second = imaginaryParts.baseAddress
                    else { return }
                    transform(source, real: first, imaginary: second)
                }
            }
        }
        return (real, imaginary)
    }

    /// Squared magnitudes of an array; shorter input is taken as followed by zeros, longer input is cut to `size`.
    public func powerSpectrum(_ input: [Float]) -> [Float] {
        var power = [Float](repeating: 0, count: binCount)
        padded(input).withUnsafeBufferPointer { samples in
            power.withUnsafeMutableBufferPointer { values in
                guard let source = samples.baseAddress, let target = values.baseAddress else { return }
                powerSpectrum(source, into: target)
            }
        }
        return power
    }

    private func padded(_ input: [Float]) -> [Float] {
        input.count == size
            ? input : Array(input.prefix(size)) + [Float](repeating: 0, count: max(0, size - input.count))
    }

    /// Spectrum of `input[2n] + i·input[2n+1]`, in one of the two scratch pairs.
    @inline(__always)
    private func packedSpectrum(of input: UnsafePointer<Float>) -> SplitPointer {
        passes.run(
            input, SplitPointer(real: firstReal.base, imaginary: firstImaginary.base),
            SplitPointer(real: secondReal.base, imaginary: secondImaginary.base))
    }

    /// Separates the spectra of even and odd samples and joins them: with `E = (Z[k] + Z*[M−k])/2` and
    /// `O = (Z[k] − Z*[M−k])/2i`, `X[k] = E + W^k·O` and `X[M−k] = (E − W^k·O)*`.
    ///
    /// `emit(bin, count, real, imaginary)` receives runs of 8 bins, or 1 (in lane 0).
    @inline(__always)
    private func separate(_ spectrum: SplitPointer, _ emit: (Int, Int, Vector, Vector) -> Void) {
        let real = UnsafePointer(spectrum.real)
        let imaginary = UnsafePointer(spectrum.imaginary)
        emit(0, 1, Vector(repeating: real[0] + imaginary[0]), .zero)
        emit(half, 1, Vector(repeating: real[0] - imaginary[0]), .zero)
        let middle = half / 2
        emit(middle, 1, Vector(repeating: real[middle]), Vector(repeating: -imaginary[middle]))
        // Bins 1..<middle pair with middle+1..<half. The last run of eight may begin early and repeat some bins.
        var bin = 1
        while bin < middle {
            let start = min(bin, middle - 8)
            let mirror = half - start - 7
            let lowReal = real.vector(at: start)
            let lowImaginary = imaginary.vector(at: start)
            let highReal = reversed(real.vector(at: mirror))
            let highImaginary = reversed(imaginary.vector(at: mirror))
            let evenReal = 0.5 * (lowReal + highReal)
            let evenImaginary = 0.5 * (lowImaginary - highImaginary)
            let oddReal = 0.5 * (lowImaginary + highImaginary)
            let oddImaginary = 0.5 * (highReal - lowReal)
            let twiddleReal = splitReal.base.vector(at: start)
            let twiddleImaginary = splitImaginary.base.vector(at: start)
            let turnedReal = twiddleReal * oddReal - twiddleImaginary * oddImaginary
            let turnedImaginary = twiddleReal * oddImaginary + twiddleImaginary * oddReal
            emit(start, 8, evenReal + turnedReal, evenImaginary + turnedImaginary)
            emit(mirror, 8, reversed(evenReal - turnedReal), reversed(turnedImaginary - evenImaginary))
            bin = start + 8
        }
    }
}

@inline(__always)
private func reversed(_ vector: Vector) -> Vector {
    Vector(vector[7], vector[6], vector[5], vector[4], vector[3], vector[2], vector[1], vector[0])
}
