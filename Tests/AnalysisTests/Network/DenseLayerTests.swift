import Analysis
import Testing

@Suite("Dense sums")
struct DenseLayerTests {
    /// Numbers in −0.5..<0.5 by a linear congruential generator.
    static func numbers(_ count: Int, seed: UInt32) -> [Float] {
        var state = seed
        return (0..<count).map { _ in
            state = state &* 1_664_525 &+ 1_013_904_223
            return Float(state >> 8) / Float(1 << 24) - 0.5
        }
    }

    /// Every processor's variant adds up one by one, without fusing: plain Swift gives the same bits.
    @Test(
        "The sums have the bits of plain Swift, for any number of rows",
        arguments: [1, 2, 3, 7, 8, 9, 16, 33], [(16, 1, 5), (48, 3, 48), (64, 3, 64), (512, 1, 128), (32, 2, 129)])
    func bits(rows: Int, shape: (outputs: Int, taps: Int, inputs: Int)) throws {
        let (outputs, taps, inputs) = shape
        let weights = Self.numbers(taps * inputs * outputs, seed: 1)
        let biases = Self.numbers(outputs, seed: 2)
        let source = Self.numbers((rows + 2 * taps) * inputs, seed: 3)
        let layer = DenseLayer(weights: weights, biases: biases, taps: taps)
        for rectified in [false, true] {
            var expected: [Float] = []
            for row in 0..<rows {
                for output in 0..<outputs {
                    var sum = biases[output]
                    for tap in 0..<taps {
                        for input in 0..<inputs {
                            sum +=
                                source[(row + 2 * tap) * inputs + input]
                                * weights[(tap * inputs + input) * outputs + output]
                        }
                    }
                    expected.append(rectified ? max(0, sum) : sum)
                }
            }
            var found = [Float](repeating: .nan, count: rows * outputs)
            try source.withUnsafeBufferPointer { source in
                let base = try #require(source.baseAddress)
                let places = [base, base + 2 * inputs, base + 4 * inputs]
                switch taps {
                case 1: layer.run(base, stride: inputs, rows: rows, rectified: rectified, into: &found)
                case 2: layer.run((places[0], places[1]), rows: rows, rectified: rectified, into: &found)
                default:
                    layer.run((places[0], places[1], places[2]), rows: rows, rectified: rectified, into: &found)
                }
            }
            #expect(found.map(\.bitPattern) == expected.map(\.bitPattern))
        }
    }
}
