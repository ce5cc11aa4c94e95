#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Real and imaginary parts of a run of complex numbers, in two places.
struct SplitPointer {
    let real: UnsafeMutablePointer<Float>
    let imaginary: UnsafeMutablePointer<Float>
}

/// The complex transform inside `RealFFT`: `count` points, a power of two of at least 32, in split form.
///
/// A pass of stride `s` over blocks of `n = count/s` points maps `x[q + s·(p + k·n/4)]`, `k` in `0...3`, to
/// `y[q + s·(4p + k)]` by a butterfly of four and a twiddle `exp(−2πi·k·p/n)`. The first pass (s = 1) runs over eight
/// values of `p` at a time and interleaves its output, the second (s = 4) over two `p` times four `q`, all others over
/// eight `q`.
final class StockhamPasses {
    private let count: Int
    /// Twiddles of powers 1, 2, 3 of each pass: real and imaginary runs.
    private var tables: [FloatBuffer] = []

    init(count: Int) {
        precondition(count >= 32 && count & (count - 1) == 0)
        self.count = count
        var stride = 1
        while count / stride >= 8 {
            let block = count / stride
            let quarter = block / 4
            let copies = stride == 4 ? 4 : 1
            let run = quarter * copies
            let table = FloatBuffer(count: 6 * run)
            for power in 1...3 {
                for index in 0..<run {
                    let angle = -2 * Double.pi * Double(power * (index / copies)) / Double(block)
                    table.base[(2 * power - 2) * run + index] = Float(cos(angle))
                    table.base[(2 * power - 1) * run + index] = Float(sin(angle))
                }
            }
            tables.append(table)
            stride *= 4
        }
    }

    /// Transforms `input[2n] + i·input[2n+1]` and returns whichever of the two scratch pairs holds the result.
    func run(_ input: UnsafePointer<Float>, _ first: SplitPointer, _ second: SplitPointer) -> SplitPointer {
        firstPass(input, first)
        secondPass(first, second)
        var source = second
        var target = first
        var stride = 16
        var pass = 2
        while count / stride >= 8 {
            widePass(source, target, stride: stride, table: tables[pass])
            swap(&source, &target)
            stride *= 4
            pass += 1
        }
        switch count / stride {
        case 4:
            lastPassOfFour(source, target)
            return target
        case 2:
            lastPassOfTwo(source, target)
            return target
        default:
            return source
        }
    }

    private func firstPass(_ input: UnsafePointer<Float>, _ target: SplitPointer) {
        let quarter = count / 4
        let table = tables[0].base
        let raw = UnsafeRawPointer(input)
        var index = 0
        while index < quarter {
            var points = Four()
            (points.real0, points.imaginary0) = Self.deinterleaved(raw, at: 2 * index)
            (points.real1, points.imaginary1) = Self.deinterleaved(raw, at: 2 * (index + quarter))
            (points.real2, points.imaginary2) = Self.deinterleaved(raw, at: 2 * (index + 2 * quarter))
            (points.real3, points.imaginary3) = Self.deinterleaved(raw, at: 2 * (index + 3 * quarter))
            points.butterfly()
            points.turn(
                table.vector(at: index), table.vector(at: quarter + index), table.vector(at: 2 * quarter + index),
                table.vector(at: 3 * quarter + index), table.vector(at: 4 * quarter + index),
                table.vector(at: 5 * quarter + index))
            Self.interleave(points.real0, points.real1, points.real2, points.real3, target.real + 4 * index)
            Self.interleave(
                points.imaginary0, points.imaginary1, points.imaginary2, points.imaginary3,
                target.imaginary + 4 * index)
            index += 8
        }
    }

    private func secondPass(_ source: SplitPointer, _ target: SplitPointer) {
        let run = count / 4
        let table = tables[1].base
        var index = 0
        while index < run {
            var points = Four(source, at: index, step: run)
            points.butterfly()
            points.turn(
                table.vector(at: index), table.vector(at: run + index), table.vector(at: 2 * run + index),
                table.vector(at: 3 * run + index), table.vector(at: 4 * run + index),
                table.vector(at: 5 * run + index))
            // Lanes 0...3 belong to p, lanes 4...7 to p + 1: four runs of four each.
            let real = target.real + 4 * index
            let imaginary = target.imaginary + 4 * index
            real.store(Vector(lowHalf: points.real0.lowHalf, highHalf: points.real1.lowHalf), at: 0)
            real.store(Vector(lowHalf: points.real2.lowHalf, highHalf: points.real3.lowHalf), at: 8)
            real.store(Vector(lowHalf: points.real0.highHalf, highHalf: points.real1.highHalf), at: 16)
            real.store(Vector(lowHalf: points.real2.highHalf, highHalf: points.real3.highHalf), at: 24)
            imaginary.store(Vector(lowHalf: points.imaginary0.lowHalf, highHalf: points.imaginary1.lowHalf), at: 0)
            imaginary.store(Vector(lowHalf: points.imaginary2.lowHalf, highHalf: points.imaginary3.lowHalf), at: 8)
            imaginary.store(Vector(lowHalf: points.imaginary0.highHalf, highHalf: points.imaginary1.highHalf), at: 16)
            imaginary.store(Vector(lowHalf: points.imaginary2.highHalf, highHalf: points.imaginary3.highHalf), at: 24)
            index += 8
        }
    }

    private func widePass(_ source: SplitPointer, _ target: SplitPointer, stride: Int, table: FloatBuffer) {
        let quarter = count / stride / 4
        let step = count / 4
        for block in 0..<quarter {
            let twiddles = table.base + block
            let real1 = Vector(repeating: twiddles[0])
            let imaginary1 = Vector(repeating: twiddles[quarter])
            let real2 = Vector(repeating: twiddles[2 * quarter])
            let imaginary2 = Vector(repeating: twiddles[3 * quarter])
            let real3 = Vector(repeating: twiddles[4 * quarter])
            let imaginary3 = Vector(repeating: twiddles[5 * quarter])
            var lane = 0
            while lane < stride {
                var points = Four(source, at: block * stride + lane, step: step)
                points.butterfly()
                points.turn(real1, imaginary1, real2, imaginary2, real3, imaginary3)
                points.store(target, at: 4 * block * stride + lane, step: stride)
                lane += 8
            }
        }
    }

    private func lastPassOfFour(_ source: SplitPointer, _ target: SplitPointer) {
        let step = count / 4
        var lane = 0
        while lane < step {
            var points = Four(source, at: lane, step: step)
            points.butterfly()
            points.store(target, at: lane, step: step)
            lane += 8
        }
    }

    private func lastPassOfTwo(_ source: SplitPointer, _ target: SplitPointer) {
        let step = count / 2
        var lane = 0
        while lane < step {
            let real0 = source.real.vector(at: lane)
            let real1 = source.real.vector(at: lane + step)
            target.real.store(real0 + real1, at: lane)
            target.real.store(real0 - real1, at: lane + step)
            let imaginary0 = source.imaginary.vector(at: lane)
            let imaginary1 = source.imaginary.vector(at: lane + step)
            target.imaginary.store(imaginary0 + imaginary1, at: lane)
            target.imaginary.store(imaginary0 - imaginary1, at: lane + step)
            lane += 8
        }
    }

    @inline(__always)
    private static func deinterleaved(_ raw: UnsafeRawPointer, at offset: Int) -> (Vector, Vector) {
        let pairs = raw.loadUnaligned(fromByteOffset: 4 * offset, as: SIMD16<Float>.self)
        return (pairs.evenHalf, pairs.oddHalf)
    }

    @inline(__always)
    private static func interleave(
        _ first: Vector, _ second: Vector, _ third: Vector, _ fourth: Vector, _ target: UnsafeMutablePointer<Float>
    ) {
        var even = SIMD16<Float>()
        even.evenHalf = first
        even.oddHalf = third
        var odd = SIMD16<Float>()
        odd.evenHalf = second
        odd.oddHalf = fourth
        var low = SIMD16<Float>()
        low.evenHalf = even.lowHalf
        low.oddHalf = odd.lowHalf
        var high = SIMD16<Float>()
        high.evenHalf = even.highHalf
        high.oddHalf = odd.highHalf
        UnsafeMutableRawPointer(target).storeBytes(of: low, as: SIMD16<Float>.self)
        UnsafeMutableRawPointer(target + 16).storeBytes(of: high, as: SIMD16<Float>.self)
    }
}

/// Four vectors of complex numbers: the operands of eight butterflies.
private struct Four {
    var real0 = Vector.zero
    var real1 = Vector.zero
    var real2 = Vector.zero
    var real3 = Vector.zero
    var imaginary0 = Vector.zero
    var imaginary1 = Vector.zero
    var imaginary2 = Vector.zero
    var imaginary3 = Vector.zero

    @inline(__always)
    init() {}

    @inline(__always)
    init(_ source: SplitPointer, at offset: Int, step: Int) {
        real0 = source.real.vector(at: offset)
        real1 = source.real.vector(at: offset + step)
        real2 = source.real.vector(at: offset + 2 * step)
        real3 = source.real.vector(at: offset + 3 * step)
        imaginary0 = source.imaginary.vector(at: offset)
        imaginary1 = source.imaginary.vector(at: offset + step)
        imaginary2 = source.imaginary.vector(at: offset + 2 * step)
        imaginary3 = source.imaginary.vector(at: offset + 3 * step)
    }

    @inline(__always)
    func store(_ target: SplitPointer, at offset: Int, step: Int) {
        target.real.store(real0, at: offset)
        target.real.store(real1, at: offset + step)
        target.real.store(real2, at: offset + 2 * step)
        target.real.store(real3, at: offset + 3 * step)
        target.imaginary.store(imaginary0, at: offset)
        target.imaginary.store(imaginary1, at: offset + step)
        target.imaginary.store(imaginary2, at: offset + 2 * step)
        target.imaginary.store(imaginary3, at: offset + 3 * step)
    }

    /// Discrete Fourier transform over the four.
    @inline(__always)
    mutating func butterfly() {
        let sumReal = real0 + real2
        let sumImaginary = imaginary0 + imaginary2
        let differenceReal = real0 - real2
        let differenceImaginary = imaginary0 - imaginary2
        let otherSumReal = real1 + real3
        let otherSumImaginary = imaginary1 + imaginary3
        let otherDifferenceReal = real1 - real3
        let otherDifferenceImaginary = imaginary1 - imaginary3
        real0 = sumReal + otherSumReal
        imaginary0 = sumImaginary + otherSumImaginary
        real1 = differenceReal + otherDifferenceImaginary
        imaginary1 = differenceImaginary - otherDifferenceReal
        real2 = sumReal - otherSumReal
        imaginary2 = sumImaginary - otherSumImaginary
        real3 = differenceReal - otherDifferenceImaginary
        imaginary3 = differenceImaginary + otherDifferenceReal
    }

    /// Multiplies the second to fourth by their twiddles.
    @inline(__always)
    mutating func turn(
        _ cosine1: Vector, _ sine1: Vector, _ cosine2: Vector, _ sine2: Vector, _ cosine3: Vector, _ sine3: Vector
    ) {
        (real1, imaginary1) = (real1 * cosine1 - imaginary1 * sine1, real1 * sine1 + imaginary1 * cosine1)
        (real2, imaginary2) = (real2 * cosine2 - imaginary2 * sine2, real2 * sine2 + imaginary2 * cosine2)
        (real3, imaginary3) = (real3 * cosine3 - imaginary3 * sine3, real3 * sine3 + imaginary3 * cosine3)
    }
}
