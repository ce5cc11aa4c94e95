import Analysis
import Foundation
import Testing

/// The model that is installed, if one is.
enum SpeakerModel {
    static let path: String? = {
        guard let configuration = try? AnalysisConfiguration(environment: ProcessInfo.processInfo.environment) else {
            return nil
        }
        return ModelCatalog(configuration: configuration).speakerModel?.path
    }()
}

/// The numbers are of scripts/golden-speakers. Against Resemblyzer 0.1.4: its mel frames by librosa 0.11 and its network by torch 2.13, on a signal that is made the
/// same way here.
@Suite("Speaker encoder", .enabled(if: SpeakerModel.path != nil, "needs the speaker model: scripts/bootstrap"))
struct SpeakerEncoderTests {
    struct Golden: Decodable {
        var windows: [[Int]]
        var embeddings: [[Float]]
        var frames: [String: [Float]]
    }

    static let golden: Golden? = Bundle.module.url(
        forResource: "speaker_encoder", withExtension: "json", subdirectory: "Golden"
    ).flatMap { try? JSONDecoder().decode(Golden.self, from: Data(contentsOf: $0)) }

    /// A saw tooth of moving pitch and loudness, and noise.
    static func signal(count: Int) -> [Float] {
        var state = 12345
        var phase = 0.0
        return (0..<count).map { index in
            state = (state &* 1_103_515_245 &+ 12345) & 0x7fff_ffff
            let pitch = 120 + 60 * Double((index / 8000) % 3) + 20 * (Double(index % 8000) / 8000)
            phase += pitch / 16000
            if phase >= 1 { phase -= 1 }
            let envelope = 0.2 + 0.8 * abs(Double(index % 4000) / 2000 - 1)
            return Float(0.25 * (2 * phase - 1) * envelope + 0.02 * (Double(state) / 1_073_741_824 - 1))
        }
    }

    /// Mel frames of the signal, pushed in blocks of `block` samples.
    static func frames(block: Int) -> [Float] {
        let features = SpeakerFeatures()
        var output: [Float] = []
        let samples = signal(count: 80_000)
        samples.withUnsafeBufferPointer { samples in
            for start in stride(from: 0, to: samples.count, by: block) {
                let part = samples[start..<min(samples.count, start + block)]
                features.append(UnsafeBufferPointer(rebasing: part), into: &output)
            }
        }
        features.finish(into: &output)
        return output
    }

    @Test("Mel frames are librosa's") func frames() throws {
        let golden = try #require(Self.golden)
        let frames = Self.frames(block: 80_000)
        #expect(frames.count == 501 * SpeakerFeatures.bandCount)
        for (name, expected) in golden.frames {
            let frame = try #require(Int(name))
            for (band, value) in expected.enumerated() {
                let found = frames[frame * SpeakerFeatures.bandCount + band]
                #expect(abs(found - value) <= 1e-4 * value + 1e-7)
            }
        }
    }

    @Test("Frames do not depend on blocks", arguments: [1, 77, 160, 4096]) func blocks(block: Int) {
        #expect(Self.frames(block: block) == Self.frames(block: 80_000))
    }

    @Test("Embeddings are Resemblyzer's to 1e-4, whatever lies in the other lanes") func embeddings() throws {
        let golden = try #require(Self.golden)
        let encoder = SpeakerEncoder(weights: try SpeakerEncoderWeights(path: try #require(SpeakerModel.path)))
        let frames = Self.frames(block: 80_000)
        let inputs = golden.windows.map { SpeakerEncoder.Input(frames: [$0[0]..<($0[0] + $0[1])]) }
        var together: [Float] = []
        encoder.embed(inputs, of: frames, into: &together)
        var apart: [Float] = []
        for input in inputs { encoder.embed([input], of: frames, into: &apart) }
        #expect(together == apart)
        let expected = golden.embeddings.flatMap { $0 }
        try #require(together.count == expected.count)
        let worst = zip(together, expected).map { abs($0 - $1) }.max() ?? 1
        #expect(worst < 1e-4)
    }

    @Test("A damaged model is refused, never a trap") func damaged() throws {
        let data = [UInt8](try Data(contentsOf: URL(fileURLWithPath: try #require(SpeakerModel.path))))
        func fails(_ bytes: [UInt8]) -> Bool {
            do { _ = try SpeakerEncoderWeights(bytes: bytes) } catch { return error is AnalysisError }
            return false
        }
        #expect(fails([]))
        #expect(fails(Array(data.prefix(27))))
        #expect(fails(Array(data.dropLast())))
        #expect(fails(data + [0]))
        for place in [0, 8, 12, 24] {
            var other = data
            other[place] ^= 1
            #expect(fails(other))
        }
        var notFinite = data
        notFinite[28 + 2] = 0x80
        notFinite[28 + 3] = 0x7f
        #expect(fails(notFinite))
        #expect(throws: AnalysisError.self) { try SpeakerEncoderWeights(path: "/nonexistent") }
        #expect(!fails(data))
    }
}
