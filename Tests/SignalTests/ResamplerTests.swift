import Foundation
import Signal
import Testing

struct ResamplerTests {
    static let ratios = [
        (48_000, 16_000), (44_100, 16_000), (44_100, 22_050), (22_050, 16_000), (11_025, 16_000), (44_099, 16_000),
        (8000, 16_000), (16_001, 16_000), (96_000, 22_050), (16_000, 48_000),
    ]

    @Test("Output has ceil(n·out/in) samples", arguments: ratios, [0, 1, 2, 99, 1000])
    func count(ratio: (from: Int, to: Int), samples: Int) throws {
        let output = try #require(
            Resampler.resample([Float](repeating: 1, count: samples), from: ratio.from, to: ratio.to))
        #expect(output.count == (samples * ratio.to + ratio.from - 1) / ratio.from)
    }

    @Test("Output does not depend on block sizes, bit for bit", arguments: ratios)
    func blockSizes(ratio: (from: Int, to: Int)) throws {
        let samples = TestSignal.noise(20_000)
        let whole = try #require(Resampler.resample(samples, from: ratio.from, to: ratio.to))
        for sizes in [[1, 2, 3, 5, 700], [4096], [333]] {
            let resampler = try #require(Resampler(inputRate: ratio.from, outputRate: ratio.to))
            var output: [Float] = []
            for block in TestSignal.blocks(samples, sizes: sizes) { resampler.process(block, into: &output) }
            resampler.finish(into: &output)
            #expect(output == whole)
        }
    }

    /// Level in dB and time shift in seconds of a sine after resampling, by correlation away from the borders.
    private func response(_ frequency: Double, _ from: Int, _ to: Int) throws -> (level: Double, shift: Double) {
        let samples = TestSignal.sine(frequency, rate: from, count: from / 8)
        let output = try #require(Resampler.resample(samples, from: from, to: to))
        let inner = (output.count / 4)..<(output.count * 3 / 4)
        // Least squares on sine and cosine, since the span need not hold whole periods.
        var (ss, sc, cc, xs, xc) = (0.0, 0.0, 0.0, 0.0, 0.0)
        for index in inner {
            let angle = 2 * Double.pi * frequency * Double(index) / Double(to)
            let (s, c, x) = (sin(angle), cos(angle), Double(output[index]))
            ss += s * s
            sc += s * c
            cc += c * c
            xs += x * s
            xc += x * c
        }
        let determinant = ss * cc - sc * sc
        let (a, b) = ((xs * cc - xc * sc) / determinant, (xc * ss - xs * sc) / determinant)
        return (10 * log10(a * a + b * b), atan2(b, a) / (2 * Double.pi * frequency))
    }

    @Test("The pass band is flat within 0.1 dB and in time within 1 µs, up to 0.9 of Nyquist", arguments: ratios)
    func passBand(ratio: (from: Int, to: Int)) throws {
        let nyquist = Double(min(ratio.from, ratio.to)) / 2
        for part in [0.05, 0.3, 0.5, 0.7, 0.8, 0.85, 0.9] {
            let (level, shift) = try response(part * nyquist, ratio.from, ratio.to)
            #expect(abs(level) < 0.1, "\(part)")
            #expect(abs(shift) < 1e-6, "\(part)")
        }
    }

    @Test("What cannot be represented is at least 80 dB down", arguments: ratios)
    func stopBand(ratio: (from: Int, to: Int)) throws {
        guard ratio.from > ratio.to else {
            // Upsampling: images. A sine below Nyquist must come out as nothing but that sine.
            let frequency = 0.45 * Double(ratio.from)
            let input = TestSignal.sine(frequency, rate: ratio.from, count: ratio.from / 8)
            let output = try #require(Resampler.resample(input, from: ratio.from, to: ratio.to))
            let ideal = TestSignal.sine(frequency, rate: ratio.to, count: output.count)
            let inner = (output.count / 4)..<(output.count * 3 / 4)
            let (level, _) = try response(frequency, ratio.from, ratio.to)
            let gain = Float(pow(10, level / 20))
            let rest = inner.reduce(Float(0)) { max($0, abs(output[$1] - gain * ideal[$1])) }
            #expect(20 * log10(rest) < -80)
            return
        }
        let nyquist = Double(ratio.to) / 2
        for frequency in [nyquist * 1.0001, nyquist * 1.03, nyquist * 1.3, (nyquist + Double(ratio.from) / 2) / 2]
        where frequency < Double(ratio.from) / 2 {
            let input = TestSignal.sine(frequency, rate: ratio.from, count: ratio.from / 8)
            let output = try #require(Resampler.resample(input, from: ratio.from, to: ratio.to))
            let highest = output[(output.count / 4)..<(output.count * 3 / 4)].reduce(Float(0)) { max($0, abs($1)) }
            #expect(20 * log10(highest) < -80, "\(frequency)")
        }
    }

    @Test("A constant stays the constant", arguments: ratios)
    func constant(ratio: (from: Int, to: Int)) throws {
        let output = try #require(
            Resampler.resample([Float](repeating: 0.5, count: 6000), from: ratio.from, to: ratio.to))
        let inner = output[(output.count / 3)..<(output.count * 2 / 3)]
        #expect(!inner.isEmpty && inner.allSatisfy { abs($0 - 0.5) < 1e-5 })
    }

    @Test("Equal rates copy; hostile samples become silence; extreme rates work; impossible ones are refused")
    func degenerate() throws {
        let samples = TestSignal.noise(100)
        #expect(Resampler.resample(samples, from: 16_000, to: 16_000) == samples)
        for (from, to) in [(44_100, 16_000), (16_000, 16_000), (8000, 44_100)] {
            let output = try #require(Resampler.resample(TestSignal.hostile, from: from, to: to))
            #expect(output.allSatisfy { $0.isFinite } && output.contains { $0 != 0 })
        }
        let extremes = [(1, 16_000, 3), (768_000, 1, 10), (768_000, 16_000, 9600), (7, 768_000, 1), (1, 1, 4)]
        for (from, to, count) in extremes {
            let output = try #require(Resampler.resample([Float](repeating: 1, count: count), from: from, to: to))
            #expect(output.count == (count * to + from - 1) / from)
            #expect(output.allSatisfy { $0.isFinite })
        }
        for (from, to) in [(0, 16_000), (16_000, 0), (-1, 1), (768_001, 16_000), (.max, 1), (1, .min)] {
            #expect(Resampler(inputRate: from, outputRate: to) == nil)
        }
    }
}
