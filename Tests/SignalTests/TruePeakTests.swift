import Foundation
import Signal
import Testing

/// EBU Tech 3341 (2023), table 1, cases 15 to 23: +0.2/-0.4 dB.
struct TruePeakTests {
    private func truePeak(_ samples: [Float], rate: Int = 48_000) throws -> Double {
        let meter = try #require(LoudnessMeter(sampleRate: rate, channelCount: 1))
        meter.process(samples)
        return try #require(meter.finish().truePeakDBTP)
    }

    /// Samples of a sine that begins and ends smoothly, as steady state is what the cases are about.
    private func tone(divisor: Double, degrees: Double, amplitude: Double, rate: Int = 48_000) -> [Float] {
        let count = 4800
        return TestSignal.sine(
            Double(rate) / divisor, rate: rate, count: count, amplitude: amplitude, phase: degrees * Double.pi / 180
        ).enumerated().map { index, sample in
            sample * Float(min(1, Double(min(index, count - 1 - index)) / 1000))
        }
    }

    static let steady: [(divisor: Double, degrees: Double, amplitude: Double, expected: Double)] = [
        (4, 0, 0.5, -6), (4, 45, 0.5, -6), (6, 60, 0.5, -6), (8, 67.5, 0.5, -6), (4, 45, 1.41, 3),
    ]

    @Test("Tech 3341 cases 15 to 19: sines whose peaks lie between samples", arguments: 0..<5)
    func steadySines(index: Int) throws {
        let (divisor, degrees, amplitude, expected) = Self.steady[index]
        for rate in [48_000, 44_100, 96_000] {
            let samples = tone(divisor: divisor, degrees: degrees, amplitude: amplitude, rate: rate)
            let level = try truePeak(samples, rate: rate)
            #expect(level <= expected + 0.2 && level >= expected - 0.4)
        }
    }

    @Test("Tech 3341 cases 20 to 23: one loud period, at four offsets between samples", arguments: 0..<4)
    func loudPeriod(offset: Int) throws {
        // At four times the rate: a sine of 1/6 of the rate at 0.5 that holds one period of 1/4 of it at 1.0.
        let period = (0..<16).map { Float(sin(2 * Double.pi * Double($0) / 16)) }
        let quiet = (0..<2400).map { Float(0.5 * sin(2 * Double.pi * Double($0) / 24)) }
        let fine = [Float](repeating: 0, count: offset) + quiet + period + quiet
        let samples = try #require(Resampler.resample(fine, from: 192_000, to: 48_000))
        let level = try truePeak(samples)
        #expect(level <= 0.2 && level >= -0.4)
    }

    @Test("True peaks are near the truth up to 0.4 of the rate, and never below the samples' peak")
    func accuracy() throws {
        for part in [0.01, 0.1, 0.2, 0.3, 0.37, 0.4] {
            let samples = tone(divisor: 1 / part, degrees: 10, amplitude: 0.9)
            let highest = Double(samples.reduce(Float(0)) { max($0, abs($1)) })
            let level = try truePeak(samples)
            #expect(level >= 20 * log10(highest))
            #expect(abs(level - 20 * log10(0.9)) < 0.15, "\(part)")
        }
    }

    @Test("The vector kernel agrees with a plain one, for all lengths and block sizes", arguments: Array(1...67))
    func reference(count: Int) throws {
        let samples = TestSignal.noise(count, seed: UInt32(count))
        let padded = [Float](repeating: 0, count: 16) + samples + [Float](repeating: 0, count: 16)
        func bessel(_ x: Double) -> Double {
            (1..<40).reduce((1.0, 1.0)) { sums, k in
                let term = sums.1 * x * x / 4 / Double(k * k)
                return (sums.0 + term, term)
            }.0
        }
        var highest = Double(samples.reduce(Float(0)) { max($0, abs($1)) })
        for fraction in [0.25, 0.5, 0.75] {
            let taps = (0..<16).map { tap -> Double in
                let time = 8 - fraction - Double(tap)
                let window = bessel(5 * (1 - time * time / 64).squareRoot()) / bessel(5)
                return window * sin(Double.pi * time) / (Double.pi * time)
            }
            let sum = taps.reduce(0, +)
            for index in 15..<padded.count {
                let value = (0..<16).reduce(0.0) { $0 + taps[$1] / sum * Double(padded[index - $1]) }
                highest = max(highest, abs(value))
            }
        }
        for sizes in [[count], [1], [5, 9]] {
            let meter = try #require(LoudnessMeter(sampleRate: 1000, channelCount: 1))
            for block in TestSignal.blocks(samples, sizes: sizes) { meter.process(block) }
            #expect(abs(try #require(meter.finish().truePeakDBTP) - 20 * log10(highest)) < 1e-4)
        }
    }

    @Test("From 192 kHz on the samples count as they are")
    func highRates() throws {
        let samples = tone(divisor: 4, degrees: 45, amplitude: 0.5, rate: 192_000)
        let highest = Double(samples.reduce(Float(0)) { max($0, abs($1)) })
        #expect(abs(try truePeak(samples, rate: 192_000) - 20 * log10(highest)) < 1e-6)
    }
}
