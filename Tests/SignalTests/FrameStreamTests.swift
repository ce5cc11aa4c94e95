import Signal
import Testing

struct FrameStreamTests {
    private func frames(
        _ blocks: [[Float]], size: Int, hop: Int, window: WindowShape = .rectangular
    ) -> [[Float]] {
        let stream = FrameStream(frameSize: size, hop: hop, window: window)
        var frames: [[Float]] = []
        for block in blocks { stream.push(block) { frames.append(Array($0)) } }
        stream.finish { frames.append(Array($0)) }
        #expect(stream.frameCount == frames.count)
        return frames
    }

    @Test(
        "Frames are centred on multiples of the hop, zeros around the signal",
        arguments: [(64, 16), (64, 64), (64, 100), (7, 3), (8, 300), (1, 1)], [1, 2, 15, 16, 31, 64, 65, 1000])
    func centring(shape: (size: Int, hop: Int), count: Int) {
        let samples = TestSignal.noise(count)
        let result = frames([samples], size: shape.size, hop: shape.hop)
        let padded = count + shape.size / 2 * 2 - shape.size
        #expect(result.count == 1 + padded / shape.hop || padded < 0 && result.isEmpty)
        for (index, frame) in result.enumerated() {
            let first = index * shape.hop - shape.size / 2
            #expect(frame == (first..<first + shape.size).map { samples.indices.contains($0) ? samples[$0] : 0 })
        }
    }

    @Test("Frames do not depend on block sizes", arguments: [[1], [3, 1, 500], [64], [4096], [17]])
    func blockSizes(sizes: [Int]) {
        let samples = TestSignal.noise(3001)
        for (size, hop) in [(256, 100), (64, 200)] {
            #expect(
                frames(TestSignal.blocks(samples, sizes: sizes), size: size, hop: hop, window: .hann)
                    == frames([samples], size: size, hop: hop, window: .hann))
        }
    }

    @Test("No samples give no frames, and finishing twice adds none")
    func empty() {
        #expect(frames([[]], size: 64, hop: 16).isEmpty)
        let stream = FrameStream(frameSize: 64, hop: 16)
        var count = 0
        stream.push([1]) { _ in count += 1 }
        stream.finish { _ in count += 1 }
        stream.finish { _ in count += 1 }
        stream.push([1, 2, 3]) { _ in count += 1 }
        #expect(count == 1)
    }

    @Test("Samples that are no numbers count as silence")
    func hostile() {
        let result = frames([TestSignal.hostile], size: 64, hop: 16).flatMap { $0 }
        #expect(result.allSatisfy { $0.isFinite && abs($0) <= 1 })
        #expect(result.contains(0.5))
    }

    @Test("Windows are periodic")
    func windows() {
        #expect(WindowShape.hann.values(count: 4) == [0, 0.5, 1, 0.5])
        #expect(largestDifference(WindowShape.hamming.values(count: 4), [0.08, 0.54, 1, 0.54]) < 1e-6)
        #expect(WindowShape.rectangular.values(count: 3) == [1, 1, 1])
        #expect(WindowShape.hann.values(count: 0).isEmpty)
    }
}
