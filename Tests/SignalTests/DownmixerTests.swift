import Foundation
import Signal
import Testing

struct DownmixerTests {
    private let rate = 8000

    private func mix(_ channels: [[Float]], sizes: [Int] = [10_000]) throws -> [Float] {
        let mixer = try #require(Downmixer(channelCount: channels.count, sampleRate: rate))
        var output: [Float] = []
        for block in TestSignal.blocks(TestSignal.interleaved(channels), sizes: sizes) {
            mixer.process(block, into: &output)
        }
        mixer.finish(into: &output)
        return output
    }

    @Test("Ordinary channels give the plain mean", arguments: [2, 3, 6, 8, 64])
    func plainMean(count: Int) throws {
        let channels = (0..<count).map { TestSignal.noise(3333, seed: UInt32($0 + 1)) }
        let mean = channels[0].indices.map { index in
            Float(channels.reduce(0.0) { $0 + Double($1[index]) } / Double(count))
        }
        #expect(largestDifference(try mix(channels), mean) < 1e-6)
    }

    @Test("A single sounding channel among silent ones is not taken for cancellation", arguments: [2, 6, 64])
    func singleChannel(count: Int) throws {
        var channels = [[Float]](repeating: [Float](repeating: 0, count: 2000), count: count)
        channels[count - 1] = TestSignal.noise(2000)
        let expected = channels[count - 1].map { $0 / Float(count) }
        #expect(largestDifference(try mix(channels), expected) < 1e-6)
    }

    @Test("Anti-phase channels give the first that sounds")
    func antiPhase() throws {
        let tone = TestSignal.sine(440, rate: rate, count: 5001)
        let inverse = tone.map { -$0 }
        #expect(try mix([tone, inverse]) == tone)
        let nearly = tone.map { -0.8 * $0 }
        #expect(try mix([tone, nearly]) == tone)
        let silent = [Float](repeating: 0, count: 5001)
        #expect(try mix([silent, tone, inverse, silent]) == tone)
    }

    @Test("A change of polarity is cross-faded without a jump and without silence")
    func crossFade() throws {
        let tone = TestSignal.sine(50, rate: rate, count: 16_000)
        let other = tone.indices.map { (4960..<11_040).contains($0) ? -tone[$0] : tone[$0] }
        let output = try mix([tone, other])
        // Windows of 800; those at 4800 and 10 400 hold both polarities, the one at 5600 begins with the fade.
        #expect(largestDifference(Array(output[5800..<10_400]), Array(tone[5800..<10_400])) < 1e-6)
        #expect(largestDifference(Array(output[12_000...]), Array(tone[12_000...])) < 1e-6)
        let steps = zip(output, output.dropFirst()).map { abs($1 - $0) }
        let ordinary = zip(tone, tone.dropFirst()).map { abs($1 - $0) }.max() ?? 0
        #expect((steps.max() ?? 1) < 1.5 * ordinary)
    }

    @Test("Output does not depend on block sizes, even inside a frame", arguments: [[1], [7, 3], [999], [2400]])
    func blockSizes(sizes: [Int]) throws {
        let first = TestSignal.noise(4001, seed: 1)
        let second = first.indices.map { ($0 / 1500) % 2 == 0 ? -first[$0] : 0.5 * first[$0] }
        let third = [Float](repeating: 0, count: 4001)
        let whole = try mix([first, second, third])
        #expect(try mix([first, second, third], sizes: sizes) == whole)
    }

    @Test("Mono passes, hostile samples are silence, nothing gives nothing, impossible shapes are refused")
    func degenerate() throws {
        let samples = TestSignal.noise(1001)
        #expect(try mix([samples]) == samples)
        #expect(try mix([TestSignal.hostile]).allSatisfy { $0.isFinite })
        #expect(try mix([TestSignal.hostile, TestSignal.hostile.reversed()]).allSatisfy { $0.isFinite })
        let mixer = try #require(Downmixer(channelCount: 2, sampleRate: 1))
        var output: [Float] = []
        mixer.process([Float](), into: &output)
        mixer.process([1, 1, 1], into: &output)
        mixer.finish(into: &output)
        mixer.finish(into: &output)
        #expect(output == [1])
        for (channels, rate) in [(0, 8000), (65, 8000), (2, 0), (2, 768_001), (-1, -1), (.max, .max)] {
            #expect(Downmixer(channelCount: channels, sampleRate: rate) == nil)
        }
    }
}
