import Files

/// The numbers of Silero VAD for 16 kHz, as a file in ggml form holds them.
///
/// Such a file is a head of little-endian 32-bit integers, then the tensors one behind the other: the count of
/// dimensions, the length of the name, the kind of number (0: 32 bits, 1: 16 bits), the dimensions, the one that changes
/// fastest first, the name, the numbers. (whisper.cpp, `models/convert-silero-vad-to-ggml.py`.)
package struct SileroWeights {
    /// A tensor by its name in the file.
    package enum Tensor: String, CaseIterable {
        case basis = "_model.stft.forward_basis_buffer"
        case firstWeights = "_model.encoder.0.reparam_conv.weight"
        case firstBiases = "_model.encoder.0.reparam_conv.bias"
        case secondWeights = "_model.encoder.1.reparam_conv.weight"
        case secondBiases = "_model.encoder.1.reparam_conv.bias"
        case thirdWeights = "_model.encoder.2.reparam_conv.weight"
        case thirdBiases = "_model.encoder.2.reparam_conv.bias"
        case fourthWeights = "_model.encoder.3.reparam_conv.weight"
        case fourthBiases = "_model.encoder.3.reparam_conv.bias"
        case inputWeights = "_model.decoder.rnn.weight_ih"
        case inputBiases = "_model.decoder.rnn.bias_ih"
        case stateWeights = "_model.decoder.rnn.weight_hh"
        case stateBiases = "_model.decoder.rnn.bias_hh"
        case exitWeights = "_model.decoder.decoder.2.weight"
        case exitBias = "_model.decoder.decoder.2.bias"

        /// As in the file, the fastest first, without those of one.
        package var dimensions: [Int] {
            switch self {
            case .basis: [256, 258]
            case .firstWeights: [3, 129, 128]
            case .secondWeights: [3, 128, 64]
            case .thirdWeights: [3, 64, 64]
            case .fourthWeights: [3, 64, 128]
            case .inputWeights, .stateWeights: [128, 512]
            case .inputBiases, .stateBiases: [512]
            case .firstBiases, .fourthBiases, .exitWeights: [128]
            case .secondBiases, .thirdBiases: [64]
            case .exitBias: []
            }
        }
    }

    private let tensors: [Tensor: [Float]]

    /// - Throws: ``AnalysisError`` `backendUnavailable` when the file cannot be read or is no such model.
    init(path: String) throws {
        // A model has less than a megabyte.
        let most = 4 << 20
        guard let file = try? OpenFile(path: path, for: .reading), file.isRegularFile,
            let bytes = try? file.read(at: 0, count: most), bytes.count < most, let weights = Self(bytes: bytes)
        else { throw AnalysisError(.backendUnavailable, "the voice activity model cannot be loaded") }
        self = weights
    }

    /// nil when the bytes are anything but such a model.
    package init?(bytes: [UInt8]) {
        var reader = ModelReader(bytes)
        guard reader.integer() == 0x6767_6d6c, let length = reader.integer(),
            reader.take(length)?.elementsEqual("silero-16k".utf8) == true,
            // Three numbers of its version, then samples of a window and of the context before it.
            reader.integers(3) != nil, reader.integers(2) == [512, 64],
            // Inputs, outputs and taps of four convolutions, then the rest of the network.
            reader.integers(13) == [4, 129, 128, 3, 128, 64, 3, 64, 64, 3, 64, 128, 3],
            reader.integers(4) == [128, 128, 128, 1]
        else { return nil }
        var tensors: [Tensor: [Float]] = [:]
        while !reader.isAtEnd {
            guard let (tensor, values) = reader.tensor(), tensors.updateValue(values, forKey: tensor) == nil else {
                return nil
            }
        }
        guard tensors.count == Tensor.allCases.count else { return nil }
        self.tensors = tensors
    }

    /// The numbers of a tensor; all are finite.
    subscript(tensor: Tensor) -> [Float] { tensors[tensor] ?? [] }
}

extension ModelReader {
    fileprivate mutating func tensor() -> (SileroWeights.Tensor, [Float])? {
        guard let count = integer(), (0...4).contains(count), let length = integer(), let kind = integer(),
            let dimensions = integers(count), let name = take(length),
            let tensor = SileroWeights.Tensor(rawValue: String(decoding: name, as: UTF8.self)),
            tensor.dimensions == dimensions.filter({ $0 != 1 }), (0...1).contains(kind)
        else { return nil }
        let size = tensor.dimensions.reduce(1, *)
        return (kind == 0 ? floats(size) : halves(size)).map { (tensor, $0) }
    }
}
