import Signal

/// Gains and biases of a layer normalisation.
struct NormWeights: Sendable {
    var gains: [Float]
    var biases: [Float]
}

/// A block's two layers of the width four times as large, and the normalisation before them.
struct PerceptronWeights: Sendable {
    var norm: NormWeights
    var enter: ByteLayer
    var leave: ByteLayer
}

/// Attention of a sequence to itself: queries, keys and values in one layer, one behind the other.
struct SelfAttentionWeights: Sendable {
    var norm: NormWeights
    var enter: ByteLayer
    var leave: ByteLayer
}

/// Attention of tokens to the sound: queries from the tokens, keys and values, one behind the other, from the encoder.
struct CrossAttentionWeights: Sendable {
    var norm: NormWeights
    var queries: ByteLayer
    var memory: ByteLayer
    var leave: ByteLayer
}

struct EncoderBlockWeights: Sendable {
    var attention: SelfAttentionWeights
    var perceptron: PerceptronWeights
}

struct DecoderBlockWeights: Sendable {
    var attention: SelfAttentionWeights
    var cross: CrossAttentionWeights
    var perceptron: PerceptronWeights
}

/// A loaded Whisper model (Radford et al., Robust Speech Recognition via Large-Scale Weak Supervision, 2023): weights that any number of
/// sessions share. Matrices are kept as bytes.
package final class WhisperModel: Sendable {
    /// What computes, and how: a part of what its results are.
    package static let engine = "whisper_int8.3"

    let shape: WhisperFile.Shape
    let vocabulary: WhisperVocabulary
    /// Heads of the decoder whose attention follows the sound.
    let alignment: WhisperAlignmentHeads

    /// Convolutions over three frames: of all mels; of the width, at every second frame.
    let firstConvolution: DenseLayer
    let secondConvolution: DenseLayer
    /// `[frames][width]`.
    let framePositions: [Float]
    let encoder: [EncoderBlockWeights]
    let encoderNorm: NormWeights

    /// Tokens' embeddings, which give the likelihoods of tokens as well.
    let tokens: ByteLayer
    /// `[tokens][width]`.
    let tokenPositions: [Float]
    let decoder: [DecoderBlockWeights]
    let decoderNorm: NormWeights

    package var isMultilingual: Bool { shape.isMultilingual }

    /// Bytes that the decoder remembers of a chunk's sound: a key and a value of each frame in each layer.
    var soundBytes: Int { shape.textLayers * 2 * shape.audioContext * shape.width }

    /// - Throws: ``AnalysisError`` `backendUnavailable` when the file cannot be read or is no ggml Whisper model.
    package init(path: String) throws {
        let file = try WhisperFile(path: path)
        let shape = file.shape
        self.shape = shape
        vocabulary = try WhisperVocabulary(count: shape.vocabulary, texts: file.tokens)
        alignment = WhisperAlignmentHeads(shape)
        firstConvolution = try file.convolution("encoder.conv1", inputs: shape.mels)
        secondConvolution = try file.convolution("encoder.conv2", inputs: shape.width)
        framePositions = try file.numbers("encoder.positional_embedding", shape.width, shape.audioContext)
        encoder = try (0..<shape.audioLayers).map { index in
            let block = "encoder.blocks.\(index)."
            return EncoderBlockWeights(
                attention: try file.selfAttention(block), perceptron: try file.perceptron(block))
        }
        encoderNorm = try file.norm("encoder.ln_post")
        tokens = try file.layer(["decoder.token_embedding.weight"], outputs: [shape.vocabulary], inputs: shape.width)
        tokenPositions = try file.numbers("decoder.positional_embedding", shape.width, shape.textContext)
        decoder = try (0..<shape.textLayers).map { index in
            let block = "decoder.blocks.\(index)."
            return DecoderBlockWeights(
                attention: try file.selfAttention(block), cross: try file.crossAttention(block),
                perceptron: try file.perceptron(block))
        }
        decoderNorm = try file.norm("decoder.ln")
    }

    /// Whether the model can transcribe the language with this ISO 639-1 code.
    package func knows(language code: String) -> Bool {
        isMultilingual ? vocabulary.token(ofLanguage: code) != nil : code == "en"
    }
}

extension WhisperFile {
    fileprivate func norm(_ name: String) throws -> NormWeights {
        NormWeights(
            gains: try numbers(name + ".weight", shape.width), biases: try numbers(name + ".bias", shape.width))
    }

    /// Matrices over the same inputs, as one layer.
    fileprivate func layer(
        _ names: [String], outputs: [Int], inputs: Int, biases: [Float]? = nil
    ) throws -> ByteLayer {
        var layer = ByteLayer(inputs: inputs, outputs: outputs.reduce(0, +), biases: biases)
        var first = 0
        for (name, count) in zip(names, outputs) {
            try rows(name, width: inputs, height: count) { row, weights, rows in
                layer.setWeights(weights, rows: rows, from: first + row)
            }
            first += count
        }
        return layer
    }

    private func square(_ names: String..., biased: [Bool]) throws -> ByteLayer {
        let width = shape.width
        var biases: [Float] = []
        for (name, isBiased) in zip(names, biased) {
            biases += isBiased ? try numbers(name + ".bias", width) : [Float](repeating: 0, count: width)
        }
        return try layer(
            names.map { $0 + ".weight" }, outputs: names.map { _ in width }, inputs: width, biases: biases)
    }

    fileprivate func selfAttention(_ block: String) throws -> SelfAttentionWeights {
        let name = block + "attn"
        return SelfAttentionWeights(
            norm: try norm(name + "_ln"),
            enter: try square(name + ".query", name + ".key", name + ".value", biased: [true, false, true]),
            leave: try square(name + ".out", biased: [true]))
    }

    fileprivate func crossAttention(_ block: String) throws -> CrossAttentionWeights {
        let name = block + "cross_attn"
        return CrossAttentionWeights(
            norm: try norm(name + "_ln"), queries: try square(name + ".query", biased: [true]),
            memory: try square(name + ".key", name + ".value", biased: [false, true]),
            leave: try square(name + ".out", biased: [true]))
    }

    fileprivate func perceptron(_ block: String) throws -> PerceptronWeights {
        let (width, wide) = (shape.width, 4 * shape.width)
        return PerceptronWeights(
            norm: try norm(block + "mlp_ln"),
            enter: try layer(
                [block + "mlp.0.weight"], outputs: [wide], inputs: width,
                biases: try numbers(block + "mlp.0.bias", wide)),
            leave: try layer(
                [block + "mlp.2.weight"], outputs: [width], inputs: wide,
                biases: try numbers(block + "mlp.2.bias", width)))
    }

    /// A convolution over three frames, as a layer over three frames that lie one behind the other.
    fileprivate func convolution(_ name: String, inputs: Int) throws -> DenseLayer {
        let width = shape.width
        // `[outputs][inputs][3]`.
        let numbers = try numbers(name + ".weight", 3, inputs, width)
        var weights = [Float](repeating: 0, count: numbers.count)
        for output in 0..<width {
            for input in 0..<inputs {
                for tap in 0..<3 {
                    weights[(tap * inputs + input) * width + output] = numbers[(output * inputs + input) * 3 + tap]
                }
            }
        }
        return DenseLayer(weights: weights, biases: try self.numbers(name + ".bias", width))
    }
}
