import CDense

/// A layer of a small network over many rows at once: `biases + Σ inputs · weights` for each row, where a row may see
/// several places (taps) of its input. What the networks spend their time on; the sums are `CDense`'s.
///
/// The sums are added up in one order whatever the processor and the number of rows: the same bits everywhere.
package struct DenseLayer: Sendable {
    /// Inputs of each tap.
    package let inputs: Int
    package let taps: Int
    /// Outputs: a multiple of 16.
    package let outputs: Int
    /// `[outputs / 16][taps · inputs][16]`.
    private let weights: [Float]
    private let biases: [Float]

    /// - Parameters:
    ///   - weights: `[taps · inputs][outputs]`.
    ///   - biases: `[outputs]`; as many as a multiple of 16.
    package init(weights: some RandomAccessCollection<Float>, biases: some Collection<Float>, taps: Int = 1) {
        let (rows, outputs) = (weights.count / biases.count, biases.count)
        precondition(outputs % 16 == 0 && rows % taps == 0 && rows * outputs == weights.count, "not a layer's shape")
        inputs = rows / taps
        self.taps = taps
        self.outputs = outputs
        self.biases = Array(biases)
        var packed: [Float] = []
        packed.reserveCapacity(weights.count)
        for first in stride(from: 0, to: outputs, by: 16) {
            for row in 0..<rows {
                let start = weights.index(weights.startIndex, offsetBy: row * outputs + first)
                packed += weights[start..<weights.index(start, offsetBy: 16)]
            }
        }
        self.weights = packed
    }

    /// Computes rows of one tap: row `r` sees `inputs` numbers from `input + r · stride` on.
    ///
    /// - Parameters:
    ///   - rectified: What is below 0 becomes 0.
    ///   - target: Room for `[rows][outputs]`; may not overlap the input.
    package func run(
        _ input: UnsafePointer<Float>, stride: Int, rows: Int, rectified: Bool = false,
        into target: UnsafeMutablePointer<Float>
    ) {
        precondition(taps == 1, "a layer of one tap")
        withUnsafePointer(to: Optional(input)) { pointer in
            cdense_rows(pointer, 1, stride, inputs, weights, biases, outputs, rows, rectified ? 1 : 0, target)
        }
    }

    /// Computes rows of two taps: row `r` sees `inputs` numbers from each of `places` on, `inputs` further for each row.
    package func run(
        _ places: (UnsafePointer<Float>, UnsafePointer<Float>), rows: Int, rectified: Bool = false,
        into target: UnsafeMutablePointer<Float>
    ) {
        precondition(taps == 2, "a layer of two taps")
        let pointers: [UnsafePointer<Float>?] = [places.0, places.1]
        cdense_rows(pointers, 2, inputs, inputs, weights, biases, outputs, rows, rectified ? 1 : 0, target)
    }

    /// Computes rows of three taps: row `r` sees `inputs` numbers from each of `places` on, `inputs` further for each row.
    package func run(
        _ places: (UnsafePointer<Float>, UnsafePointer<Float>, UnsafePointer<Float>), rows: Int,
        rectified: Bool = false, into target: UnsafeMutablePointer<Float>
    ) {
        precondition(taps == 3, "a layer of three taps")
        let pointers: [UnsafePointer<Float>?] = [places.0, places.1, places.2]
        cdense_rows(pointers, 3, inputs, inputs, weights, biases, outputs, rows, rectified ? 1 : 0, target)
    }
}
