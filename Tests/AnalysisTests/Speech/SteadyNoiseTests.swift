import Analysis
import Testing

@Suite("Steady noise")
struct SteadyNoiseTests {
    private static let (frames, bins) = (400, 5)

    /// Noise of about 1 in each bin, and a voice of this power in bin 2 during every second half second.
    private static func power(voice: Float) -> [Float] {
        let noise = DenseLayerTests.numbers(frames * bins, seed: 31).map { 1 + $0 }
        return noise.indices.map { index in
            let speaks = index / bins / 50 % 2 == 1
            return noise[index] + (speaks && index % bins == 2 ? voice : 0)
        }
    }

    /// The mean power of a bin while the voice speaks, or while it does not.
    private static func mean(_ power: [Float], bin: Int, speaking: Bool) -> Float {
        let some = (0..<frames).filter { ($0 / 50 % 2 == 1) == speaking }
        return some.reduce(0) { $0 + power[$1 * bins + bin] } / Float(some.count)
    }

    @Test("Noise falls by up to 12 dB, and the voice in it stays")
    func removed() {
        let before = Self.power(voice: 60)
        var after = before
        SteadyNoise.remove(from: &after, bins: Self.bins)
        for bin in [0, 1, 3, 4] {
            for speaking in [true, false] {
                let ratio =
                    Self.mean(after, bin: bin, speaking: speaking) / Self.mean(before, bin: bin, speaking: speaking)
                #expect((0.06...0.2).contains(ratio))
            }
        }
        #expect(Self.mean(after, bin: 2, speaking: true) > 0.85 * Self.mean(before, bin: 2, speaking: true))
        #expect(Self.mean(after, bin: 2, speaking: false) < 0.3 * Self.mean(before, bin: 2, speaking: false))
        for (found, power) in zip(after, before) { #expect(found <= power && found >= 0.0624 * power) }
    }

    @Test("What is clear stays as it is, and so do silence, short and huge sounds")
    func untouched() {
        for power in [
            Self.power(voice: 5000), [Float](repeating: 0, count: 2000), [1, 2, 3, 4, 5], [],
        ] {
            var after = power
            SteadyNoise.remove(from: &after, bins: Self.bins)
            #expect(after == power)
        }
        var huge = [Float](repeating: 1e30, count: 2000)
        SteadyNoise.remove(from: &huge, bins: Self.bins)
        let isFinite = huge.allSatisfy(\.isFinite)
        #expect(isFinite)
    }
}
