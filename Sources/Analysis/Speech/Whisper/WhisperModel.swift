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
    package static let engine = "whisper_int8.1"

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

/// Heads of the decoder whose attention follows the sound, as OpenAI found them for its models; of others all heads of the upper half.
struct WhisperAlignmentHeads: Sendable {
    /// A head of a layer.
    struct Head: Sendable, Hashable {
        var layer: Int
        var head: Int
    }

    let heads: [Head]
    /// How late attention leaves a word, in seconds: a median over read prompts (`make bench-speech`); of other models nothing is known.
    let lag: Double

    init(_ shape: WhisperFile.Shape) {
        let isEnglish = !shape.isMultilingual
        let known: [(Int, Int)]
        switch (shape.audioLayers, shape.textLayers) {
        case (4, 4):
            known =
                isEnglish
                ? [(1, 0), (2, 0), (2, 5), (3, 0), (3, 1), (3, 2), (3, 3), (3, 4)]
                : [(2, 2), (3, 0), (3, 2), (3, 3), (3, 4), (3, 5)]
        case (6, 6):
            known =
                isEnglish
                ? [(3, 3), (4, 7), (5, 1), (5, 5), (5, 7)]
                : [(3, 1), (4, 2), (4, 3), (4, 7), (5, 1), (5, 2), (5, 4), (5, 6)]
        case (12, 12):
            known =
                isEnglish
                ? [
                    (6, 6), (7, 0), (7, 3), (7, 8), (8, 2), (8, 5), (8, 7), (9, 0), (9, 4), (9, 8), (9, 10), (10, 0),
                    (10, 1), (10, 2), (10, 3), (10, 6), (10, 11), (11, 2), (11, 4),
                ]
                : [(5, 3), (5, 9), (8, 0), (8, 4), (8, 7), (8, 8), (9, 0), (9, 7), (9, 9), (10, 5)]
        case (32, 4): known = [(2, 4), (2, 11), (3, 3), (3, 6), (3, 11), (3, 14)]
        default: known = []
        }
        if known.isEmpty {
            heads = (shape.textLayers / 2..<shape.textLayers).flatMap { layer in
                (0..<shape.heads).map { Head(layer: layer, head: $0) }
            }
        } else {
            heads = known.map { Head(layer: $0.0, head: $0.1) }
        }
        lag = isEnglish && shape.audioLayers == 4 ? 0.09 : 0
    }
}
