import Analysis
import Foundation
import Testing

/// The product's numbers beside those of `Training/rhythm`, which wrote the golden files (`weights.py --golden`).
@Suite("Rhythm network")
struct RhythmNetworkTests {
    /// The sound of the golden files, by the same arithmetic as there: decaying tones and noise.
    private static let sound: [Float] = {
        let rate = RhythmTracker.sampleRateHz
        var state: Int64 = 1
        let noise = (0..<(4 * rate)).map { _ -> Double in
            state = (state * 1_103_515_245 + 12_345) % (1 << 31)
            return Double(state) / Double(1 << 30) - 1
        }
        var sound = [Double](repeating: 0, count: 4 * rate)
        for beat in 0..<8 {
            let start = 0.2 + 0.5 * Double(beat)
            for index in sound.indices {
                let since = Double(index) / Double(rate) - start
                guard since >= 0 else { continue }
                let tone = sin(2 * Double.pi * 110 * Double(1 + beat % 4) * since) * exp(-since / 0.1)
                sound[index] += 0.5 * tone + 0.2 * noise[index] * exp(-since / 0.03)
            }
        }
        return sound.map(Float.init)
    }()

    private static func golden(_ name: String) throws -> [Float] {
        let url = try #require(Bundle.module.url(forResource: name, withExtension: "f32", subdirectory: "Golden"))
        let bytes = [UInt8](try Data(contentsOf: url))
        return stride(from: 0, to: bytes.count - 3, by: 4).map { index in
            Float(bitPattern: (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[index + $1]) << (8 * $1) })
        }
    }

    private static func features(block: Int = .max) -> [Float] {
        let frontEnd = RhythmFrontEnd()
        var frames: [Float] = []
        sound.withUnsafeBufferPointer { samples in
            var start = 0
            while start < samples.count {
                let end = block < samples.count - start ? start + block : samples.count
                frames += frontEnd.append(UnsafeBufferPointer(rebasing: samples[start..<end]))
                start = end
            }
        }
        return frames + frontEnd.finish()
    }

    private static func greatestDifference(_ one: [Float], _ other: [Float]) -> Float {
        one.count == other.count ? zip(one, other).map { abs($0 - $1) }.max() ?? 0 : .infinity
    }

    @Test("The spectra are those that the network was trained on, to 1e-3")
    func features() throws {
        let expected = try Self.golden("rhythm-features")
        #expect(expected.count == 201 * RhythmFrontEnd.bandCount)
        #expect(Self.greatestDifference(Self.features(), expected) < 1e-3)
    }

    @Test("The logits are the training framework's to 1e-4")
    func logits() throws {
        let stream = RhythmNetworkStream()
        let found = stream.append(try Self.golden("rhythm-features")) + stream.finish()
        let expected = try Self.golden("rhythm-logits")
        #expect(found.count == 201 * RhythmNetwork.outputs)
        #expect(Self.greatestDifference(found, expected) < 1e-4)
        #expect(Set(found).count > found.count / 2)
    }

    @Test("Logits do not depend on how the frames came", arguments: [1, 7, 64, 600])
    func blocks(frames: Int) {
        // Longer than the network reaches and than it takes at once.
        let once = Self.features()
        let many = (0..<12).flatMap { _ in once }
        let whole = RhythmNetworkStream()
        let expected = whole.append(many) + whole.finish()
        let stream = RhythmNetworkStream()
        var found: [Float] = []
        let size = frames * RhythmFrontEnd.bandCount
        for start in stride(from: 0, to: many.count, by: size) {
            found += stream.append(Array(many[start..<min(start + size, many.count)]))
        }
        found += stream.finish()
        #expect(found == expected)
        #expect(found.count == many.count / RhythmFrontEnd.bandCount * RhythmNetwork.outputs)
    }

    @Test("Weights that are too few, too many or not finite are refused")
    func malformedWeights() {
        #expect(RhythmNetwork(serialized: Data()) == nil)
        #expect(RhythmNetwork(serialized: Data(repeating: 0, count: 1000)) == nil)
        let size = RhythmNetwork.serializedSize
        #expect(RhythmNetwork(serialized: Data(repeating: 0, count: size)) != nil)
        #expect(RhythmNetwork(serialized: Data(repeating: 0, count: size + 2)) == nil)
        #expect(RhythmNetwork(serialized: Data(repeating: 0x7C, count: size)) == nil)
        #expect(size < 1_000_000)
    }
}
