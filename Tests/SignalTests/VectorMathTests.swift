import Signal
import Testing

struct VectorMathTests {
    static let lengths = Array(0...67) + [100, 333, 1021, 4096]

    @Test("The dot product agrees with the scalar one within 1e-6 of the sum of magnitudes", arguments: lengths)
    func dot(count: Int) {
        let first = TestSignal.noise(count + 1, seed: 3)
        let second = TestSignal.noise(count + 1, seed: 4)
        // From the second element on: not aligned.
        let result = first.withUnsafeBufferPointer { left in
            second.withUnsafeBufferPointer { right in
                left.baseAddress.flatMap { a in right.baseAddress.map { dotProduct(a + 1, $0 + 1, count: count) } }
            }
        }
        let products = zip(first.dropFirst(), second.dropFirst()).map { Double($0) * Double($1) }
        let scale = products.reduce(0) { $0 + abs($1) }
        #expect(abs(Double(result ?? .nan) - products.reduce(0, +)) <= 1e-6 * scale)
    }

    @Test("The highest magnitude is exact", arguments: lengths)
    func highest(count: Int) {
        for sign in [Float(1), -1] {
            let samples = TestSignal.noise(count + 1, seed: 5).map { $0 * sign }
            let result = samples.withUnsafeBufferPointer { values in
                values.baseAddress.map { highestMagnitude($0 + 1, count: count) }
            }
            #expect(result == samples.dropFirst().map { abs($0) }.max() ?? 0)
        }
    }
}
