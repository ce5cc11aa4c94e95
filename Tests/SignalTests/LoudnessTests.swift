import Foundation
import Signal
import Testing
import TimelineModel

struct LoudnessTests {
    private struct Reference: Decodable {
        struct Figures: Decodable {
            let integrated: Double, range: Double, true_peak: Double
            let last_momentary: Double?, last_short_term: Double?, sample_peak: Double?
        }
        struct Case: Decodable {
            let rate: Int, channels: Int, layout: String, seconds: Double
            let ebur128: Figures, ffmpeg: Figures
        }
        let cases: [Case]
    }

    private func measure(
        _ samples: [Float], rate: Int, channels: Int = 1, layout: String? = nil, sizes: [Int] = [10_007]
    ) throws -> LoudnessMeasurement {
        let meter = try #require(LoudnessMeter(sampleRate: rate, channelCount: channels, layout: layout))
        for block in TestSignal.blocks(samples, sizes: sizes) { meter.process(block) }
        return meter.finish()
    }

    @Test("Figures are those of libebur128 and of ffmpeg", arguments: 0..<7)
    func peers(index: Int) throws {
        let expected = try Golden.load("loudness", as: Reference.self).cases[index]
        let samples = TestSignal.programme(rate: expected.rate, seconds: expected.seconds, channels: expected.channels)
        let result = try measure(samples, rate: expected.rate, channels: expected.channels, layout: expected.layout)
        let integrated = try #require(result.integratedLUFS)
        let range = try #require(result.loudnessRange)
        let truePeak = try #require(result.truePeakDBTP)
        // At 96 kHz libebur128's high pass gains 0.02 dB less than the standard's.
        let tolerance = expected.rate > 48_000 ? 0.03 : 0.02
        #expect(abs(integrated - expected.ebur128.integrated) < tolerance)
        #expect(abs(integrated - expected.ffmpeg.integrated) <= 0.1)
        // libebur128 takes a short-term window every second, ffmpeg and this module every 100 ms.
        #expect(abs(range - expected.ebur128.range) < 0.2)
        #expect(abs(range - expected.ffmpeg.range) <= 0.1)
        // Oversampling filters differ among the three.
        #expect(abs(truePeak - expected.ebur128.true_peak) < 0.2)
        #expect(abs(truePeak - expected.ffmpeg.true_peak) < 0.25)
        #expect(abs((result.samplePeakDBFS ?? 0) - (expected.ebur128.sample_peak ?? 1)) < 1e-4)
        let momentary = try #require(result.curve(windowMs: 400, hopMs: 100).last ?? nil)
        let shortTerm = try #require(result.curve(windowMs: 3000, hopMs: 100).last ?? nil)
        // The reference's resampling rings at the end of the recording, where it is quiet.
        #expect(abs(momentary - (expected.ebur128.last_momentary ?? 0)) < 0.05)
        #expect(abs(shortTerm - (expected.ebur128.last_short_term ?? 0)) < tolerance)
    }

    @Test("Stereo sines: 0 dBFS at 997 Hz is -3.01 + 3.01 LUFS, higher tones are louder, anti-phase is no quieter")
    func sines() throws {
        func level(_ frequency: Double, antiPhase: Bool = false) throws -> SpanLevel {
            let tone = TestSignal.sine(frequency, rate: 48_000, count: 48_000, amplitude: 0.1)
            let other = antiPhase ? tone.map { -$0 } : tone
            return try measure(TestSignal.interleaved([tone, other]), rate: 48_000, channels: 2).level(from: 0, to: 1)
        }
        let plain = try level(997)
        #expect(abs((plain.lufs ?? 0) + 20) < 0.05)
        #expect(abs((plain.rmsDBFS ?? 0) + 23.01) < 0.01)
        #expect(try level(997, antiPhase: true) == plain)
        // From the standard's transfer function: 3.322 and 3.351 dB above 997 Hz.
        for (frequency, expected) in [(5000.0, -16.678), (10_000, -16.649)] {
            let high = try #require(try level(frequency).lufs)
            #expect(abs(high - expected) < 0.01)
        }
    }

    @Test("Results do not depend on block sizes, even inside a frame", arguments: [8000, 11_025, 250])
    func blockSizes(rate: Int) throws {
        let samples = TestSignal.programme(rate: rate, seconds: 1.013, channels: 3)
        let whole = try measure(samples, rate: rate, channels: 3, sizes: [samples.count])
        for sizes in [[1], [2, 7, 1000], [333]] {
            #expect(try measure(samples, rate: rate, channels: 3, sizes: sizes) == whole)
        }
    }

    @Test("Spans: too short or too quiet is nil, the root mean square is taken anyway")
    func spans() throws {
        let rate = 8000
        let tone = TestSignal.sine(1000, rate: rate, count: 2 * rate, amplitude: 0.1)
        let quiet = TestSignal.sine(1000, rate: rate, count: rate, amplitude: 0.00003)
        let silence = [Float](repeating: 0, count: rate)
        let result = try measure(tone + quiet + silence, rate: rate)
        #expect(result.duration == 4)
        let whole = try #require(result.level(from: 0, to: 2).lufs)
        #expect(abs(whole + 23) < 0.1)
        #expect(abs((result.level(from: 0.5, to: 0.9).lufs ?? 0) - whole) < 0.05)
        #expect(abs((result.level(from: 0.1234, to: 0.5234).lufs ?? 0) - whole) < 0.05)
        let short = result.level(from: 0.5, to: 0.89)
        #expect(short.lufs == nil && abs((short.rmsDBFS ?? 0) + 23.01) < 0.01)
        #expect(result.level(from: 0.505, to: 0.8951).lufs == nil)
        let faint = result.level(from: 2.1, to: 3)
        #expect(faint.lufs == nil && abs((faint.rmsDBFS ?? 0) + 93.47) < 0.1)
        #expect(result.level(from: 3.1, to: 4) == SpanLevel())
        // Beyond the borders, inverted, empty and absurd.
        #expect(result.level(from: -5, to: 99) == result.level(from: 0, to: 4))
        for (start, end) in [(1.0, 1.0), (2, 1), (7, 9), (-2, -1), (.nan, 1), (0, .nan), (-.infinity, -1e300)] {
            #expect(result.level(from: start, to: end) == SpanLevel())
        }
        #expect(result.level(from: -.infinity, to: .infinity) == result.level(from: 0, to: 4))
    }

    @Test("The curve covers the recording, its windows end with each hop, silence is nil")
    func curve() throws {
        let rate = 8000
        let tone = TestSignal.sine(1000, rate: rate, count: rate, amplitude: 0.1)
        let silence = [Float](repeating: 0, count: rate + 40)
        let result = try measure(tone + silence, rate: rate)
        let curve = result.curve(windowMs: 400, hopMs: 100)
        #expect(curve.count == 21)
        #expect(curve.prefix(10).allSatisfy { abs(($0 ?? 0) + 23) < 0.2 })
        #expect(abs((curve[11] ?? 0) + 26) < 0.2)
        #expect(curve.suffix(6) == [nil, nil, nil, nil, nil, nil])
        #expect(result.curve(windowMs: .max, hopMs: .max).count == 1)
        #expect(result.curve(windowMs: .min, hopMs: -5).count == 201)
    }

    @Test("Digital silence, nothing and less than a block have no loudness")
    func silence() throws {
        for samples in [[], [0], [Float](repeating: 0, count: 9000)] as [[Float]] {
            let result = try measure(samples, rate: 8000)
            #expect(result.integratedLUFS == nil && result.loudnessRange == nil && result.truePeakDBTP == nil)
            #expect(result.samplePeakDBFS == nil && result.maximumMomentaryLUFS == nil)
            #expect(result.maximumShortTermLUFS == nil)
            #expect(result.curve(windowMs: 1000, hopMs: 100).allSatisfy { $0 == nil })
            #expect(result.level(from: 0, to: 10) == SpanLevel())
        }
        let click = try measure([0.5], rate: 8000)
        #expect(click.integratedLUFS == nil && abs((click.samplePeakDBFS ?? 0) + 6.02) < 0.01)
        #expect(click.curve(windowMs: 1000, hopMs: 100).count == 1)
    }

    @Test("Hostile samples are silence, a constant is filtered out, denormals do no harm")
    func hostile() throws {
        let tone = TestSignal.sine(1000, rate: 8000, count: 8000, amplitude: 0.1)
        let dirty = try measure(tone + TestSignal.hostile + tone, rate: 8000)
        #expect(abs((dirty.integratedLUFS ?? 0) + 23) < 0.5)
        #expect(abs(try #require(dirty.samplePeakDBFS)) < 1e-6)
        let constant = try measure([Float](repeating: 0.5, count: 24_000), rate: 8000)
        #expect(constant.level(from: 2, to: 3).lufs == nil)
        #expect(abs((constant.level(from: 2, to: 3).rmsDBFS ?? 0) + 6.02) < 0.01)
        let tiny = try measure([Float](repeating: .leastNonzeroMagnitude, count: 8000), rate: 8000)
        #expect(tiny.integratedLUFS == nil)
    }

    @Test("Any rate is measured", arguments: [1, 2, 30, 99, 100, 101, 1000, 11_025, 352_800, 768_000])
    func rates(rate: Int) throws {
        let count = max(3, rate / 2)
        let result = try measure(TestSignal.noise(count, seed: 9), rate: rate)
        #expect(abs(result.duration - Double(count) / Double(rate)) < 1e-9)
        let level = result.level(from: 0, to: result.duration)
        #expect((-8.0...0).contains(level.rmsDBFS ?? 99))
        #expect((-12.0...3).contains(level.lufs ?? 99))
        let expected = Int((result.duration * 10).rounded(.up))
        #expect(result.curve(windowMs: 1000, hopMs: 100).count == expected)
    }

    @Test("Impossible shapes are refused")
    func refused() {
        #expect(LoudnessMeter(sampleRate: 0, channelCount: 1) == nil)
        #expect(LoudnessMeter(sampleRate: 768_001, channelCount: 1) == nil)
        #expect(LoudnessMeter(sampleRate: 48_000, channelCount: 0) == nil)
        #expect(LoudnessMeter(sampleRate: 48_000, channelCount: .max) == nil)
        #expect(LoudnessMeter(sampleRate: 48_000, weights: []) == nil)
        #expect(LoudnessMeter(sampleRate: 48_000, channelCount: 64) != nil)
    }
}
