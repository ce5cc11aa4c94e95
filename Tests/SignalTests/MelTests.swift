import Foundation
import Signal
import Testing

struct MelTests {
    private struct Reference: Decodable {
        struct Filters: Decodable {
            let rate: Double, size: Int, bands: Int, low: Double, high: Double, htk: Bool, area: Bool
            let sums: [Float], peaks: [Float], moments: [Float]
        }
        struct Mel: Decodable {
            let rate: Int, seconds: Double, frames: Int, bands: Int
            let power: [Float], decibels: [Float]
        }
        let filters: [Filters]
        let mel: Mel
    }

    @Test("Filters are librosa's: sums, peaks and first moments of all bands within 1e-5")
    func filters() throws {
        for expected in try Golden.load("spectrum", as: Reference.self).filters {
            let bank = MelFilterBank(
                bandCount: expected.bands, transformSize: expected.size, sampleRate: expected.rate,
                lowest: expected.low, highest: expected.high, scale: expected.htk ? .htk : .slaney,
                normalization: expected.area ? .area : .peak)
            let matrix = bank.matrix()
            #expect(matrix.count == expected.bands && matrix[0].count == expected.size / 2 + 1)
            for (band, row) in matrix.enumerated() {
                let sum = row.reduce(0, +)
                let moment = row.enumerated().reduce(Float(0)) { $0 + Float($1.offset) * $1.element }
                #expect(abs(sum - expected.sums[band]) <= 1e-5 * expected.sums[band])
                #expect(abs((row.max() ?? 0) - expected.peaks[band]) <= 1e-5 * expected.peaks[band])
                #expect(abs(moment - expected.moments[band]) <= 1e-5 * expected.moments[band])
            }
        }
    }

    @Test("Applying the bank is multiplying by its matrix, and short input counts as zeros")
    func application() {
        let bank = MelFilterBank(bandCount: 40, transformSize: 512, sampleRate: 16_000)
        let power = TestSignal.noise(257).map { $0 * $0 }
        let product = bank.matrix().map { row in zip(row, power).reduce(Float(0)) { $0 + $1.0 * $1.1 } }
        #expect(largestDifference(bank.apply(power: power), product) < 1e-6)
        #expect(bank.apply(power: []) == [Float](repeating: 0, count: 40))
    }

    @Test("Bands too narrow for a bin are empty, not wrong")
    func narrowBands() {
        let bank = MelFilterBank(bandCount: 128, transformSize: 64, sampleRate: 16_000)
        let bands = bank.apply(power: [Float](repeating: 1, count: 33))
        #expect(bands.allSatisfy { $0.isFinite && $0 >= 0 })
        #expect(bands.contains(0) && bands.contains { $0 > 0 })
    }

    @Test("Scales are inverse to themselves and agree with known points")
    func scales() {
        for frequency in [0.0, 60, 999, 1000, 1001, 8000, 22050] {
            for scale in [MelScale.slaney, .htk] {
                #expect(abs(scale.hertz(mels: scale.mels(hertz: frequency)) - frequency) < 1e-9 * (1 + frequency))
            }
        }
        #expect(abs(MelScale.slaney.mels(hertz: 6400) - 42) < 1e-12)
        #expect(abs(MelScale.htk.mels(hertz: 1000) - 999.9856) < 1e-3)
    }

    @Test("The mel spectrogram is librosa's: power within 1e-4 of the loudest, 1e-3 dB down to -60 dB")
    func spectrogram() throws {
        let expected = try Golden.load("spectrum", as: Reference.self).mel
        let samples = TestSignal.pulses(rate: expected.rate, seconds: expected.seconds)
        let options = MelSpectrogram.Options(sampleRate: Double(expected.rate), compression: .power)
        let power = MelSpectrogram.frames(of: samples, options: options)
        #expect(power.count == expected.frames * expected.bands)
        #expect(largestDifference(power, expected.power) <= 1e-4 * (expected.power.max() ?? 0))
        var decibelOptions = options
        decibelOptions.compression = .decibels
        let decibels = MelSpectrogram.frames(of: samples, options: decibelOptions)
        let audible = expected.decibels.indices.filter { expected.decibels[$0] > -60 }
        #expect(audible.count > expected.decibels.count / 2)
        #expect(audible.allSatisfy { abs(decibels[$0] - expected.decibels[$0]) < 1e-3 })
    }

    @Test("Compressions are those that they say")
    func compressions() {
        let samples = TestSignal.pulses(rate: 16_000, seconds: 0.2)
        func frames(_ compression: MelSpectrogram.Compression) -> [Float] {
            MelSpectrogram.frames(
                of: samples,
                options: .init(sampleRate: 16_000, frameSize: 512, hop: 160, bandCount: 40, compression: compression))
        }
        let power = frames(.power)
        #expect(power.count == 21 * 40)
        #expect(largestDifference(frames(.decibels), power.map { 10 * log10(max($0, 1e-10)) }) < 1e-4)
        #expect(largestDifference(frames(.logarithm(gain: 100)), power.map { log1p(100 * $0) }) < 1e-5)
        #expect(largestDifference(frames(.flooredLogarithm(floor: 1e-5)), power.map { log(max($0, 1e-5)) }) < 1e-5)
    }

    @Test("Decibels are limited below the loudest")
    func range() {
        var values: [Float] = [-10, -89.9, -90.1, -300]
        Decibels.limitRange(&values)
        #expect(values == [-10, -89.9, -90, -90])
        var none: [Float] = []
        Decibels.limitRange(&none)
        #expect(none.isEmpty)
        #expect(abs(Decibels.fromPower(1e-3) + 30) < 1e-5 && abs(Decibels.fromPower(0) + 100) < 1e-4)
    }
}
