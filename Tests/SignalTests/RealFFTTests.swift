import Foundation
import Signal
import Testing

struct RealFFTTests {
    static let sizes = (6...16).map { 1 << $0 }

    @Test("Every size agrees with the discrete Fourier transform", arguments: sizes)
    func definition(size: Int) {
        let plan = RealFFT(size: size)
        let input = TestSignal.noise(size, seed: UInt32(size))
        let (real, imaginary) = plan.transform(input)
        let power = plan.powerSpectrum(input)
        #expect(plan.binCount == size / 2 + 1 && real.count == plan.binCount && imaginary.count == plan.binCount)
        let table = (0..<size).map { -2 * Double.pi * Double($0) / Double(size) }.map { (cos($0), sin($0)) }
        var worst = 0.0
        var worstPower = 0.0
        // All bins of small transforms; of large ones some, among them those at the kernels' borders.
        let near = [0, 1, 7, 8, 9, size / 4 - 9, size / 4 - 1, size / 4, size / 4 + 1, size / 2 - 8, size / 2]
        let step = max(1, size / 128 - 1)
        for bin in Set(near + Array(stride(from: 0, through: size / 2, by: step))).sorted() {
            var sum = (0.0, 0.0)
            for (index, sample) in input.enumerated() {
                let factor = table[index * bin % size]
                sum.0 += Double(sample) * factor.0
                sum.1 += Double(sample) * factor.1
            }
            worst = max(worst, abs(sum.0 - Double(real[bin])), abs(sum.1 - Double(imaginary[bin])))
            worstPower = max(worstPower, abs(sum.0 * sum.0 + sum.1 * sum.1 - Double(power[bin])))
        }
        #expect(worst < 1e-6 * Double(size).squareRoot())
        #expect(worstPower < 1e-5 * Double(size))
    }

    @Test("Energy is the same in time and frequency (Parseval)", arguments: sizes)
    func parseval(size: Int) {
        let input = TestSignal.noise(size, seed: 7)
        let power = RealFFT(size: size).powerSpectrum(input)
        let energy = input.reduce(0.0) { $0 + Double($1) * Double($1) }
        let twice = 2 * power.reduce(0.0) { $0 + Double($1) } - Double(power[0]) - Double(power[size / 2])
        #expect(abs(twice / Double(size) / energy - 1) < 1e-6)
    }

    @Test("An impulse is flat, a constant is one bin, Nyquist is the last bin")
    func knownSpectra() {
        let plan = RealFFT(size: 256)
        var impulse = [Float](repeating: 0, count: 256)
        impulse[0] = 1
        #expect(plan.powerSpectrum(impulse).allSatisfy { abs($0 - 1) < 1e-6 })
        let constant = plan.powerSpectrum([Float](repeating: 1, count: 256))
        #expect(abs(constant[0] - 65536) < 0.01 && constant.dropFirst().allSatisfy { $0 < 1e-6 })
        let alternating = plan.powerSpectrum((0..<256).map { $0 % 2 == 0 ? 1 : -1 })
        #expect(abs(alternating[128] - 65536) < 0.01 && alternating.dropLast().allSatisfy { $0 < 1e-6 })
    }

    @Test("Arrays of another length are filled up or cut")
    func otherLengths() {
        let plan = RealFFT(size: 64)
        let long = TestSignal.noise(100)
        #expect(plan.powerSpectrum(long) == plan.powerSpectrum(Array(long.prefix(64))))
        #expect(plan.powerSpectrum([]) == [Float](repeating: 0, count: 33))
        #expect(plan.powerSpectrum([2]).allSatisfy { abs($0 - 4) < 1e-5 })
    }
}
