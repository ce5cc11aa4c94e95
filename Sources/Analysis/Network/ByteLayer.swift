import CDense
import Signal

/// Rows of numbers rounded to bytes, each by its own largest magnitude: what ``ByteLayer`` multiplies.
///
/// For one thread at a time; memory grows with the rows.
final class RoundedRows {
    private var bytes: [Int8] = []
    private var scales: [Float] = []
    private var sums: [Int32] = []
    /// Numbers of a row.
    private var width = 0

    /// Rounds `[rows][count]` numbers, rows `stride` apart; `count` is a multiple of 16.
    func round(_ numbers: UnsafePointer<Float>, stride: Int? = nil, rows: Int, count: Int) {
        if bytes.count < rows * count { bytes = [Int8](repeating: 0, count: rows * count) }
        if scales.count < rows {
            scales = [Float](repeating: 0, count: rows)
            sums = [Int32](repeating: 0, count: rows)
        }
        width = count
        cdense_round(numbers, stride ?? count, rows, count, &bytes, &scales, &sums)
    }

    /// The products of `rows` rows, from `first` on, with a packed matrix (`cdense_pack`): `[rows][outputs]`, rows `stride` apart.
    ///
    /// - Parameter adds: What stands in `target` is added to.
    func products(
        from first: Int, rows: Int, _ packed: UnsafePointer<UInt8>, _ packedScales: UnsafePointer<Float>,
        biases: UnsafePointer<Float>? = nil, outputs: Int, adds: Bool = false,
        into target: UnsafeMutablePointer<Float>, stride: Int
    ) {
        bytes.withUnsafeBufferPointer { bytes in
            scales.withUnsafeBufferPointer { scales in
                sums.withUnsafeBufferPointer { sums in
                    guard let bytes = bytes.baseAddress, let scales = scales.baseAddress, let sums = sums.baseAddress
                    else { return }
                    cdense_products(
                        bytes + first * width, scales + first, sums + first, rows, width, packed, packedScales, biases,
                        outputs, target, stride, adds ? 1 : 0)
                }
            }
        }
    }
}

/// A linear layer whose weights are bytes with a scale for each output: `biases + inputs · weights`.
///
/// Inputs are rounded as well, row by row, and the sums of bytes are exact: what a row gives depends on nothing but the row.
/// (Dettmers et al., LLM.int8(), 2022, 2: vector-wise quantisation.)
struct ByteLayer: Sendable {
    /// A multiple of 16.
    let inputs: Int
    let outputs: Int
    /// As `cdense_pack` lays them out, and their scales; outputs are filled up to a multiple of 16.
    private var packed: [UInt8]
    private var scales: [Float]
    private let biases: [Float]?

    /// A layer without weights yet: ``setWeights(_:rows:from:)`` brings them.
    init(inputs: Int, outputs: Int, biases: [Float]? = nil) {
        precondition(inputs % 16 == 0 && biases?.count ?? outputs == outputs, "not a layer's shape")
        let padded = (outputs + 15) / 16 * 16
        self.inputs = inputs
        self.outputs = outputs
        self.biases = biases
        packed = [UInt8](repeating: 128, count: padded * inputs)
        scales = [Float](repeating: 0, count: padded)
    }

    /// Takes the weights of some outputs.
    ///
    /// - Parameters:
    ///   - weights: `[rows][inputs]`.
    ///   - first: the first output, a multiple of 16.
    mutating func setWeights(_ weights: UnsafePointer<Float>, rows: Int, from first: Int) {
        precondition(first % 16 == 0 && first + rows <= outputs, "not a part of the layer")
        packed.withUnsafeMutableBufferPointer { packed in
            scales.withUnsafeMutableBufferPointer { scales in
                guard let packed = packed.baseAddress, let scales = scales.baseAddress else { return }
                cdense_pack(weights, inputs, rows, inputs, packed + first * inputs, scales + first)
            }
        }
    }

    /// Computes `[rows][outputs]`, rows `outputs` apart.
    ///
    /// - Parameters:
    ///   - first: the first row of `rounded` that is meant.
    ///   - adds: What stands in `target` is added to.
    func run(
        _ rounded: RoundedRows, first: Int = 0, rows: Int, adds: Bool = false, into target: UnsafeMutablePointer<Float>
    ) {
        if let biases {
            rounded.products(
                from: first, rows: rows, packed, scales, biases: biases, outputs: outputs, adds: adds, into: target,
                stride: outputs)
        } else {
            rounded.products(
                from: first, rows: rows, packed, scales, outputs: outputs, adds: adds, into: target, stride: outputs)
        }
    }

    /// The weights of one output as numbers, `[inputs]`.
    func weights(of output: Int, into row: UnsafeMutablePointer<Float>) {
        cdense_unpack(packed, scales, output, inputs, row)
    }
}

/// The softmax of numbers, in place.
func softmax(_ values: inout [Float]) {
    if !values.isEmpty { cdense_softmax(&values, values.count) }
}
