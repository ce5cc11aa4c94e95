#if canImport(FoundationEssentials)
    package import FoundationEssentials
#else
    package import Foundation
#endif

/// The trained network that says, frame by frame, how likely a beat and a downbeat are.
///
/// An entry of three taps, then residual blocks `x + point(relu(conv(x)))` of three dilated taps, then a linear layer (after
/// Davies & Böck, "Temporal convolutional networks for musical audio beat tracking", EUSIPCO 2019). What lies outside of the
/// recording counts as the training data's mean at the entry, and as 0 inside. `RhythmNetworkStream` runs it.
package struct RhythmNetwork: Sendable {
    /// Channels between the layers.
    package static let channels = 80
    /// Beat and downbeat.
    package static let outputs = 2
    /// Frames between the taps of each block.
    package static let dilations = [1, 2, 4, 8, 16, 32, 64, 128, 256, 4, 16, 64, 256]
    /// Frames to either side that an output depends on.
    package static let reach = 1 + dilations.reduce(0, +)

    /// Mean of each band in training, and what its distance from it is multiplied with.
    let means: [Float]
    let scales: [Float]
    /// Three frames side by side to the channels.
    let entry: DenseLayer
    let blocks: [Block]
    /// `[channels][outputs]` weights, then `[outputs]` biases.
    let exit: [Float]

    /// One residual block.
    struct Block: Sendable {
        /// Three dilated taps.
        let convolution: DenseLayer
        let point: DenseLayer
    }

    /// The network that the package ships; its card is `Training/rhythm/README.md`.
    package static let trained: RhythmNetwork = {
        guard let network = RhythmNetwork(serialized: Data(base64Encoded: rhythmNetworkWeights) ?? Data()) else {
            preconditionFailure("the rhythm network's weights are not what the code expects")
        }
        return network
    }()

    /// Reads little-endian weights in half precision: means, scales, then each layer's weights and biases.
    ///
    /// Returns nil unless there are exactly as many as the network has, all finite.
    package init?(serialized: Data) {
        let bytes = [UInt8](serialized)
        guard bytes.count == Self.serializedSize else { return nil }
        var reader = ModelReader(bytes)
        guard let values = reader.halves(Self.parameterCount) else { return nil }
        var position = 0
        func take(_ count: Int) -> [Float] {
            defer { position += count }
            return Array(values[position..<position + count])
        }
        means = take(RhythmFrontEnd.bandCount)
        scales = take(RhythmFrontEnd.bandCount)
        func layer(_ inputs: Int, taps: Int = 1) -> DenseLayer {
            let weights = take(taps * inputs * Self.channels)
            return DenseLayer(weights: weights, biases: take(Self.channels), taps: taps)
        }
        entry = layer(3 * RhythmFrontEnd.bandCount)
        blocks = Self.dilations.map { _ in
            let convolution = layer(Self.channels, taps: 3)
            return Block(convolution: convolution, point: layer(Self.channels))
        }
        exit = take(Self.exitSize)
    }

    private static let entrySize = (3 * RhythmFrontEnd.bandCount + 1) * channels
    private static let blockSize = (3 * channels + 1) * channels + (channels + 1) * channels
    private static let exitSize = (channels + 1) * outputs
    /// Bytes of the weights in half precision.
    package static let serializedSize = 2 * parameterCount
    private static let parameterCount =
        2 * RhythmFrontEnd.bandCount + entrySize + dilations.count * blockSize + exitSize
}
