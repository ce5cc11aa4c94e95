import Signal

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// A small temporal convolutional network: mel frames in, four logits for each 40 ms out.
///
/// One convolution over four spectrogram frames with a stride of two, then residual blocks `x + relu(conv(x))` of three
/// taps with growing dilation (van den Oord et al. 2016, "WaveNet"; Bai, Kolter & Koltun 2018), then a linear layer. What
/// lies outside of the recording counts as 0. Weights are stored as 8-bit integers with one factor for each output.
struct SceneNetwork: Sendable {
    static let channels = 96
    static let inputFrames = 4
    static let dilations = [1, 2, 4, 8, 16, 32, 64, 4, 16, 64]
    /// Speech, music, other sound, nothing.
    static let outputs = 4
    /// Steps that an output depends on, to either side.
    static let reach = dilations.reduce(0, +)

    let entry: DenseLayer
    let blocks: [DenseLayer]
    /// `[channels][outputs]`.
    let exitWeights: [Float]
    let exitBiases: [Float]

    /// The trained network.
    static let trained = SceneNetwork(base64: sceneNetworkWeights)

    /// Reads weights: for each layer the outputs' factors and biases (little-endian Float32), then Int8 weights. Missing
    /// bytes count as 0.
    init(base64: String) {
        let bytes = [UInt8](Data(base64Encoded: base64, options: .ignoreUnknownCharacters) ?? Data())
        var position = 0
        func byte() -> UInt8 {
            defer { position += 1 }
            return position < bytes.count ? bytes[position] : 0
        }
        func float() -> Float {
            var bits: UInt32 = 0
            for shift in 0..<4 { bits |= UInt32(byte()) << (8 * shift) }
            return Float(bitPattern: bits)
        }
        func parameters(inputs: Int, outputs: Int) -> (weights: [Float], biases: [Float]) {
            let factors = (0..<outputs).map { _ in float() }
            let biases = (0..<outputs).map { _ in float() }
            let weights = (0..<(inputs * outputs)).map { Float(Int8(bitPattern: byte())) * factors[$0 % outputs] }
            return (weights, biases)
        }
        func layer(inputs: Int, taps: Int = 1) -> DenseLayer {
            let (weights, biases) = parameters(inputs: taps * inputs, outputs: Self.channels)
            return DenseLayer(weights: weights, biases: biases, taps: taps)
        }
        entry = layer(inputs: Self.inputFrames * SceneFrontEnd.bandCount)
        blocks = Self.dilations.map { _ in layer(inputs: Self.channels, taps: 3) }
        (exitWeights, exitBiases) = parameters(inputs: Self.channels, outputs: Self.outputs)
    }

    /// The first layer.
    ///
    /// - Parameters:
    ///   - frames: Normalised, `[frames][bands]`; step `k` hears the four from `2k` on.
    ///   - count: Steps.
    /// - Returns: `[steps][channels]`.
    func enter(_ frames: [Float], count: Int) -> [Float] {
        precondition(frames.count >= (2 * count + 2) * SceneFrontEnd.bandCount, "a step lacks frames")
        return [Float](unsafeUninitializedCapacity: count * Self.channels) { target, size in
            frames.withUnsafeBufferPointer { frames in
                guard let frames = frames.baseAddress, let target = target.baseAddress else { return }
                entry.run(frames, stride: 2 * SceneFrontEnd.bandCount, rows: count, rectified: true, into: target)
                size = count * Self.channels
            }
        }
    }

    /// The blocks and the last layer over a run of steps.
    ///
    /// - Parameters:
    ///   - steps: `[steps][channels]` from `enter`.
    /// - Returns: `[steps][outputs]` logits.
    func run(_ steps: [Float]) -> [Float] {
        let channels = Self.channels
        let count = steps.count / channels
        // Beyond the ends lie zeros.
        let margin = (Self.dilations.max() ?? 0) * channels
        let zeros = [Float](repeating: 0, count: margin)
        var current = zeros + steps + zeros
        var sums = steps
        for (block, dilation) in zip(blocks, Self.dilations) {
            current.withUnsafeMutableBufferPointer { source in
                sums.withUnsafeMutableBufferPointer { sums in
                    guard let source = source.baseAddress, let sums = sums.baseAddress else { return }
                    let here = source + margin
                    let places = (
                        UnsafePointer(here - dilation * channels), UnsafePointer(here),
                        UnsafePointer(here + dilation * channels)
                    )
                    block.run(places, rows: count, rectified: true, into: sums)
                    for index in 0..<(count * channels) { here[index] += sums[index] }
                }
            }
        }
        var logits = [Float](repeating: 0, count: count * Self.outputs)
        for step in 0..<count {
            for output in 0..<Self.outputs {
                var sum = exitBiases[output]
                for index in 0..<channels {
                    sum += exitWeights[index * Self.outputs + output] * current[margin + step * channels + index]
                }
                logits[step * Self.outputs + output] = sum
            }
        }
        return logits
    }
}
