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
    static let channels = ChannelSums.width
    static let inputFrames = 4
    static let dilations = [1, 2, 4, 8, 16, 32, 64, 4, 16, 64]
    /// Speech, music, other sound, nothing.
    static let outputs = 4
    /// Steps that an output depends on, to either side.
    static let reach = dilations.reduce(0, +)

    /// One layer: `[taps · inputs][outputs]` weights and `[outputs]` biases.
    struct Layer: Sendable {
        var weights: [Float]
        var biases: [Float]
    }

    let entry: Layer
    let blocks: [Layer]
    let exit: Layer

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
        func layer(inputs: Int, outputs: Int) -> Layer {
            let factors = (0..<outputs).map { _ in float() }
            let biases = (0..<outputs).map { _ in float() }
            let weights = (0..<(inputs * outputs)).map { Float(Int8(bitPattern: byte())) * factors[$0 % outputs] }
            return Layer(weights: weights, biases: biases)
        }
        let channels = Self.channels
        entry = layer(inputs: Self.inputFrames * SceneFrontEnd.bandCount, outputs: channels)
        blocks = Self.dilations.map { _ in layer(inputs: 3 * channels, outputs: channels) }
        exit = layer(inputs: channels, outputs: Self.outputs)
    }

    /// The first layer for one step: `[frames · bands]` normalised values to `[channels]`.
    func enter(_ input: UnsafePointer<Float>, into output: UnsafeMutablePointer<Float>) {
        var sums = ChannelSums(entry.biases)
        entry.weights.withUnsafeBufferPointer { weights in
            guard let base = weights.baseAddress else { return }
            sums.add(weights: base, inputs: input, count: Self.inputFrames * SceneFrontEnd.bandCount)
        }
        sums.rectify()
        sums.store(output)
    }

    /// The blocks and the last layer over a run of steps.
    ///
    /// - Parameters:
    ///   - steps: `[steps][channels]` from `enter`.
    /// - Returns: `[steps][outputs]` logits.
    func run(_ steps: [Float]) -> [Float] {
        let channels = Self.channels
        let count = steps.count / channels
        var current = steps
        var next = steps
        for (block, dilation) in zip(blocks, Self.dilations) {
            block.weights.withUnsafeBufferPointer { weights in
                current.withUnsafeBufferPointer { source in
                    next.withUnsafeMutableBufferPointer { target in
                        guard let weights = weights.baseAddress, let source = source.baseAddress,
                            let target = target.baseAddress
                        else { return }
                        for step in 0..<count {
                            var sums = ChannelSums(block.biases)
                            for tap in 0..<3 {
                                let place = step + (tap - 1) * dilation
                                guard place >= 0, place < count else { continue }
                                sums.add(
                                    weights: weights + tap * channels * channels, inputs: source + place * channels,
                                    count: channels)
                            }
                            let row = target + step * channels
                            sums.rectify()
                            sums.store(row)
                            let old = source + step * channels
                            for index in 0..<channels { row[index] += old[index] }
                        }
                    }
                }
            }
            swap(&current, &next)
        }
        var logits = [Float](repeating: 0, count: count * Self.outputs)
        for step in 0..<count {
            for output in 0..<Self.outputs {
                var sum = exit.biases[output]
                for index in 0..<channels {
                    sum += exit.weights[index * Self.outputs + output] * current[step * channels + index]
                }
                logits[step * Self.outputs + output] = sum
            }
        }
        return logits
    }
}
