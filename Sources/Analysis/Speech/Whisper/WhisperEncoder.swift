import CDense
import Signal

/// Whisper's encoder: from the spectrum of a chunk to what its decoder attends to. Holds working memory for one thread at a time.
final class WhisperEncoder {
    private let model: WhisperModel
    private let width: Int
    private let head = WhisperFile.Shape.headWidth
    /// Rows of the perceptron at a time.
    private static let someRows = 256
    /// Queries of a head at a time.
    private static let someQueries = 6

    private let rounded = RoundedRows()
    private let queries = RoundedRows()
    /// Frames that there is room for.
    private var room = 0
    private var state = FloatBuffer(count: 0)
    private var other = FloatBuffer(count: 0)
    private var wide = FloatBuffer(count: 0)
    private var values = FloatBuffer(count: 0)
    private var scores = FloatBuffer(count: 0)
    private var keys: [UInt8] = []
    private var keyScales: [Float] = []

    init(_ model: WhisperModel) {
        self.model = model
        width = model.shape.width
    }

    /// - Parameters:
    ///   - spectrum: `[2 · frames][mels]`.
    ///   - frames: of 20 ms, at most as many as the model's.
    ///   - stop: looked at between blocks.
    /// - Returns: `[frames][width]`, valid until the next call.
    /// - Throws: `CancellationError`.
    func encode(_ spectrum: [Float], frames: Int, stop: StopFlag) throws -> UnsafeMutablePointer<Float> {
        makeRoom(frames)
        convolve(spectrum, frames: frames)
        for block in model.encoder {
            if stop.isRaised { throw CancellationError() }
            attend(block.attention, frames: frames)
            think(block.perceptron, frames: frames)
        }
        cdense_norm(state.base, frames, width, model.encoderNorm.gains, model.encoderNorm.biases, state.base)
        return state.base
    }

    private func makeRoom(_ frames: Int) {
        guard frames > room else { return }
        room = frames
        let padded = (frames + 15) / 16 * 16
        state = FloatBuffer(count: frames * width)
        other = FloatBuffer(count: frames * width)
        wide = FloatBuffer(count: max(frames * 3, 2 * frames + 2, 4 * Self.someRows) * width)
        values = FloatBuffer(count: frames * head)
        scores = FloatBuffer(count: Self.someQueries * padded)
        keys = [UInt8](repeating: 128, count: padded * head)
        keyScales = [Float](repeating: 0, count: padded)
    }

    private func convolve(_ spectrum: [Float], frames: Int) {
        let mels = model.shape.mels
        let padding = [Float](repeating: 0, count: mels)
        let padded = padding + spectrum.prefix(2 * frames * mels) + padding
        // A row of zeros before and after.
        let count = 2 * frames
        wide.base.initialize(repeating: 0, count: width)
        (wide.base + (count + 1) * width).initialize(repeating: 0, count: width)
        padded.withUnsafeBufferPointer { padded in
            guard let source = padded.baseAddress else { return }
            model.firstConvolution.run(source, stride: mels, rows: count, into: wide.base + width)
        }
        cdense_gelu(wide.base + width, count * width)
        model.secondConvolution.run(wide.base, stride: 2 * width, rows: frames, into: state.base)
        cdense_gelu(state.base, frames * width)
        model.framePositions.withUnsafeBufferPointer { positions in
            for index in 0..<(frames * width) { state.base[index] += positions[index] }
        }
    }

    private func attend(_ weights: SelfAttentionWeights, frames: Int) {
        cdense_norm(state.base, frames, width, weights.norm.gains, weights.norm.biases, other.base)
        rounded.round(other.base, rows: frames, count: width)
        weights.enter.run(rounded, rows: frames, into: wide.base)
        for index in 0..<model.shape.heads { attend(head: index, frames: frames) }
        rounded.round(other.base, rows: frames, count: width)
        weights.leave.run(rounded, rows: frames, adds: true, into: state.base)
    }

    /// One head: from `wide` (queries, keys and values of each frame) to its part of `other`.
    private func attend(head index: Int, frames: Int) {
        let (stride, offset) = (3 * width, index * head)
        let padded = (frames + 15) / 16 * 16
        cdense_pack(wide.base + width + offset, stride, frames, head, &keys, &keyScales)
        for frame in 0..<frames {
            (values.base + frame * head).update(from: wide.base + frame * stride + 2 * width + offset, count: head)
        }
        queries.round(wide.base + offset, stride: stride, rows: frames, count: head)
        // The square root of a head's width, 8, goes into the scales of the keys.
        for frame in 0..<frames { keyScales[frame] *= 0.125 }
        var first = 0
        while first < frames {
            let rows = min(Self.someQueries, frames - first)
            queries.products(
                from: first, rows: rows, keys, keyScales, outputs: frames, into: scores.base, stride: padded)
            for row in 0..<rows { cdense_softmax(scores.base + row * padded, frames) }
            cdense_mix(
                scores.base, padded, rows, values.base, head, frames, other.base + first * width + offset, width)
            first += rows
        }
    }

    private func think(_ weights: PerceptronWeights, frames: Int) {
        cdense_norm(state.base, frames, width, weights.norm.gains, weights.norm.biases, other.base)
        for first in stride(from: 0, to: frames, by: Self.someRows) {
            let rows = min(Self.someRows, frames - first)
            rounded.round(other.base + first * width, rows: rows, count: width)
            weights.enter.run(rounded, rows: rows, into: wide.base)
            cdense_gelu(wide.base, rows * 4 * width)
            rounded.round(wide.base, rows: rows, count: 4 * width)
            weights.leave.run(rounded, rows: rows, adds: true, into: state.base + first * width)
        }
    }
}
