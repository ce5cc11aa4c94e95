import Foundation
import Signal
import Testing

struct KWeightingTests {
    /// Gain in dB of both sections at a frequency.
    private func gain(_ weighting: KWeighting, _ frequency: Double, rate: Double) -> Double {
        let angle = 2 * Double.pi * frequency / rate
        func power(_ section: Biquad) -> Double {
            func square(_ c0: Double, _ c1: Double, _ c2: Double) -> Double {
                let real = c0 + c1 * cos(angle) + c2 * cos(2 * angle)
                let imaginary = c1 * sin(angle) + c2 * sin(2 * angle)
                return real * real + imaginary * imaginary
            }
            return square(section.b0, section.b1, section.b2) / square(1, section.a1, section.a2)
        }
        return 10 * log10(power(weighting.shelf) * power(weighting.highPass))
    }

    private static let standard = (
        shelf: Biquad(
            b0: 1.53512485958697, b1: -2.69169618940638, b2: 1.19839281085285, a1: -1.69065929318241,
            a2: 0.73248077421585),
        highPass: Biquad(b0: 1, b1: -2, b2: 1, a1: -1.99004745483398, a2: 0.99007225036621)
    )

    @Test("At 48 kHz the coefficients are the standard's to 1e-6")
    func standard() {
        let derived = KWeighting(sampleRate: 48_000)
        for (a, b) in [(derived.shelf, Self.standard.shelf), (derived.highPass, Self.standard.highPass)] {
            let differences = [a.b0 - b.b0, a.b1 - b.b1, a.b2 - b.b2, a.a1 - b.a1, a.a2 - b.a2]
            #expect(differences.allSatisfy { abs($0) < 1e-6 })
        }
    }

    @Test(
        "The response is that of 48 kHz within 0.05 dB up to 0.45 of the rate",
        arguments: [8000, 11_025, 16_000, 22_050, 32_000, 44_100, 88_200, 96_000, 192_000, 768_000])
    func rates(rate: Int) {
        let here = KWeighting(sampleRate: Double(rate))
        let reference = KWeighting(sampleRate: 48_000)
        for frequency in [20.0, 38, 60, 100, 300, 600, 997, 1300, 1682, 2000, 3000, 4000, 6000, 10_000, 15_000, 20_000]
        where frequency < 0.45 * Double(rate) {
            let difference = gain(here, frequency, rate: Double(rate)) - gain(reference, frequency, rate: 48_000)
            #expect(abs(difference) < 0.05, "\(frequency): \(difference)")
        }
    }

    @Test("Low rates leave out what lies above their Nyquist frequency and stay stable")
    func lowRates() {
        for rate in [0.0, -1, 1, 10, 79, 100, 1000, 3000, 4000, 8000] {
            let weighting = KWeighting(sampleRate: rate)
            for section in [weighting.shelf, weighting.highPass] {
                #expect([section.b0, section.b1, section.b2, section.a1, section.a2].allSatisfy { $0.isFinite })
                // Poles inside the unit circle (Jury).
                #expect(abs(section.a2) < 1 && abs(section.a1) < 1 + section.a2)
            }
        }
        #expect(KWeighting(sampleRate: 3000).shelf == .identity && KWeighting(sampleRate: 3000).highPass != .identity)
        #expect(KWeighting(sampleRate: 50).highPass == .identity)
    }
}
