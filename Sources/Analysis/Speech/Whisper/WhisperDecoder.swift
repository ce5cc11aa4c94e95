import CDense
import Signal

/// What the decoder attends to of one chunk: keys and values of each layer and head, as bytes.
final class SoundMemory {
    let frames: Int
    /// Frames with those that fill them up to a multiple of 16.
    private let padded: Int
    /// `[layers][heads]`: keys packed for products, with the scale of each frame.
    private let keys: UnsafeMutablePointer<UInt8>
    private let keyScales: FloatBuffer
    /// `[layers][heads][padded][64]`, with the scale of each frame.
    private let values: UnsafeMutablePointer<Int8>
    private let valueScales: FloatBuffer

    /// A head of a layer; valid as long as the memory that it is of.
    fileprivate struct Head {
        var keys: UnsafeMutablePointer<UInt8>
        var keyScales: UnsafeMutablePointer<Float>
        var values: UnsafeMutablePointer<Int8>
        var valueScales: UnsafeMutablePointer<Float>
    }

    /// - Parameter encoded: `[frames][width]`.
    init(_ model: WhisperModel, encoded: UnsafePointer<Float>, frames: Int) {
        let (width, head) = (model.shape.width, WhisperFile.Shape.headWidth)
        let places = model.shape.textLayers * model.shape.heads
        self.frames = frames
        padded = (frames + 15) / 16 * 16
        keys = .allocate(capacity: places * padded * head)
        values = .allocate(capacity: places * padded * head)
        keyScales = FloatBuffer(count: places * padded)
        valueScales = FloatBuffer(count: places * padded)
        let rounded = RoundedRows()
        rounded.round(encoded, rows: frames, count: width)
        let memory = FloatBuffer(count: frames * 2 * width)
        var sums = [Int32](repeating: 0, count: frames)
        for (layer, block) in model.decoder.enumerated() {
            block.cross.memory.run(rounded, rows: frames, into: memory.base)
            for index in 0..<model.shape.heads {
                let own = self.head(layer * model.shape.heads + index)
                cdense_pack(memory.base + index * head, 2 * width, frames, head, own.keys, own.keyScales)
                // The square root of a head's width, 8.
                for frame in 0..<frames { own.keyScales[frame] *= 0.125 }
                cdense_round(
                    memory.base + width + index * head, 2 * width, frames, head, own.values, own.valueScales, &sums)
            }
        }
    }

    deinit {
        keys.deallocate()
        values.deallocate()
    }

    fileprivate func head(_ place: Int) -> Head {
        let (bytes, numbers) = (place * padded * WhisperFile.Shape.headWidth, place * padded)
        return Head(
            keys: keys + bytes, keyScales: keyScales.base + numbers, values: values + bytes,
            valueScales: valueScales.base + numbers)
    }
}

/// Keys and values of the tokens of one chunk: a slot for each token of each line of text that is still followed.
final class TokenMemory {
    private static let firstRoom = 64

    /// `[slots][layers][2][width]`; grows when all slots are taken.
    private var base: UnsafeMutablePointer<Float>
    private var room = TokenMemory.firstRoom
    /// Numbers of a slot.
    fileprivate let stride: Int
    private let width: Int
    private var free: [Int32] = []
    private var used = 0

    init(_ model: WhisperModel) {
        width = model.shape.width
        stride = model.shape.textLayers * 2 * width
        base = .allocate(capacity: room * stride)
    }

    deinit { base.deallocate() }

    func takeSlot() -> Int32 {
        if let slot = free.popLast() { return slot }
        if used == room {
            let wider = UnsafeMutablePointer<Float>.allocate(capacity: 2 * room * stride)
            wider.update(from: base, count: room * stride)
            base.deallocate()
            base = wider
            room *= 2
        }
        used += 1
        return Int32(used - 1)
    }

    func giveBack(_ slot: Int32) { free.append(slot) }

    /// Of the first slot; the next one's are ``stride`` further. Valid until a slot is taken.
    fileprivate func keys(_ layer: Int) -> UnsafeMutablePointer<Float> { base + layer * 2 * width }
    fileprivate func values(_ layer: Int) -> UnsafeMutablePointer<Float> { keys(layer) + width }
}

/// Whisper's decoder: one step for the tokens of several lines of text at once, which read the weights together.
///
/// What a line gives does not depend on the others. Holds working memory for one thread at a time.
final class WhisperDecoder {
    /// A token of a line of text.
    struct Row {
        var token: Int
        var sound: SoundMemory
        var memory: TokenMemory
        /// The slots of the line's tokens, this one's last.
        var slots: [Int32]
        /// Whether the likelihoods of the next token are wanted.
        var isAsked = true
    }

    /// Rows of a step.
    static let mostRows = WhisperSession.mostChunks * ChunkSearch.mostLines
    /// Rows whose logits are there at a time.
    private static let mostAsked = 12

    private let model: WhisperModel
    private let width: Int
    private let head = WhisperFile.Shape.headWidth
    private let rounded = RoundedRows()
    private let query = RoundedRows()
    private let state: FloatBuffer
    private let other: FloatBuffer
    private let wide: FloatBuffer
    private let scores: FloatBuffer
    private let chances: FloatBuffer
    /// Number of a head in the list of those that follow the sound, for each layer and head.
    private let followers: [Int?]

    init(_ model: WhisperModel) {
        self.model = model
        width = model.shape.width
        state = FloatBuffer(count: Self.mostRows * width)
        other = FloatBuffer(count: Self.mostRows * width)
        wide = FloatBuffer(count: Self.mostRows * 4 * width)
        scores = FloatBuffer(count: Self.mostRows * max(model.shape.audioContext, model.shape.textContext))
        chances = FloatBuffer(count: Self.mostAsked * model.shape.vocabulary)
        let heads = model.shape.heads
        var followers = [Int?](repeating: nil, count: model.shape.textLayers * heads)
        for (number, head) in model.alignment.heads.enumerated() { followers[head.layer * heads + head.head] = number }
        self.followers = followers
    }

    /// Runs one step.
    ///
    /// - Parameters:
    ///   - rows: at most ``mostRows``; those of one chunk one after the other, those of one line in order.
    ///   - attended: receives, for each row and head that follows the sound, the row's number, the head's, and the attention to each frame.
    ///   - body: receives, for each row that is asked, its number and the logits of the next token, which it may change.
    func step(
        _ rows: [Row], attended: (Int, Int, UnsafeBufferPointer<Float>) -> Void,
        body: (Int, UnsafeMutablePointer<Float>) -> Void
    ) {
        precondition(rows.count <= Self.mostRows, "too many rows")
        for (index, row) in rows.enumerated() {
            let place = state.base + index * width
            model.tokens.weights(of: row.token, into: place)
            model.tokenPositions.withUnsafeBufferPointer { positions in
                let position = (row.slots.count - 1) * width
                for number in 0..<width { place[number] += positions[position + number] }
            }
        }
        for (layer, block) in model.decoder.enumerated() {
            attendTokens(block.attention, layer: layer, rows)
            attendSound(block.cross, layer: layer, rows, attended)
            think(block.perceptron, count: rows.count)
        }
        let asked = rows.indices.filter { rows[$0].isAsked }
        for (place, index) in asked.enumerated() where place != index {
            (state.base + place * width).update(from: state.base + index * width, count: width)
        }
        guard !asked.isEmpty else { return }
        normalize(model.decoderNorm, count: asked.count)
        for first in stride(from: 0, to: asked.count, by: Self.mostAsked) {
            let some = min(Self.mostAsked, asked.count - first)
            model.tokens.run(rounded, first: first, rows: some, into: chances.base)
            for place in 0..<some { body(asked[first + place], chances.base + place * model.shape.vocabulary) }
        }
    }

    /// From `state` to `rounded`.
    private func normalize(_ norm: NormWeights, count: Int) {
        cdense_norm(state.base, count, width, norm.gains, norm.biases, other.base)
        rounded.round(other.base, rows: count, count: width)
    }

    private func attendTokens(_ weights: SelfAttentionWeights, layer: Int, _ rows: [Row]) {
        normalize(weights.norm, count: rows.count)
        weights.enter.run(rounded, rows: rows.count, into: wide.base)
        for (index, row) in rows.enumerated() {
            let source = wide.base + index * 3 * width
            let (keys, values) = (row.memory.keys(layer), row.memory.values(layer))
            let (count, slot) = (row.slots.count, Int(row.slots[row.slots.count - 1]))
            (keys + slot * row.memory.stride).update(from: source + width, count: width)
            (values + slot * row.memory.stride).update(from: source + 2 * width, count: width)
            for number in 0..<width { source[number] *= 0.125 }
            for offset in stride(from: 0, to: width, by: head) {
                cdense_scores(source + offset, keys + offset, row.memory.stride, row.slots, count, scores.base)
                cdense_softmax(scores.base, count)
                cdense_mix_slots(
                    scores.base, values + offset, row.memory.stride, row.slots, count,
                    other.base + index * width + offset)
            }
        }
        rounded.round(other.base, rows: rows.count, count: width)
        weights.leave.run(rounded, rows: rows.count, adds: true, into: state.base)
    }

    private func attendSound(
        _ weights: CrossAttentionWeights, layer: Int, _ rows: [Row],
        _ attended: (Int, Int, UnsafeBufferPointer<Float>) -> Void
    ) {
        normalize(weights.norm, count: rows.count)
        weights.queries.run(rounded, rows: rows.count, into: wide.base)
        var first = 0
        while first < rows.count {
            // Rows of one chunk look at the same sound.
            let sound = rows[first].sound
            let count = rows[first...].prefix { $0.sound === sound }.count
            for number in 0..<model.shape.heads {
                attend(to: sound, layer: layer, head: number, rows: first..<first + count, attended)
            }
            first += count
        }
        rounded.round(other.base, rows: rows.count, count: width)
        weights.leave.run(rounded, rows: rows.count, adds: true, into: state.base)
    }

    private func attend(
        to sound: SoundMemory, layer: Int, head number: Int, rows: Range<Int>,
        _ attended: (Int, Int, UnsafeBufferPointer<Float>) -> Void
    ) {
        let (frames, offset) = (sound.frames, number * head)
        let place = layer * model.shape.heads + number
        query.round(wide.base + rows.lowerBound * width + offset, stride: width, rows: rows.count, count: head)
        let memory = sound.head(place)
        query.products(
            from: 0, rows: rows.count, memory.keys, memory.keyScales, outputs: frames, into: scores.base,
            stride: frames)
        for (index, row) in rows.enumerated() {
            let chances = scores.base + index * frames
            cdense_softmax(chances, frames)
            if let follower = followers[place] {
                attended(row, follower, UnsafeBufferPointer(start: chances, count: frames))
            }
        }
        cdense_mix_bytes(
            scores.base, frames, rows.count, memory.valueScales, memory.values, frames,
            other.base + rows.lowerBound * width + offset, width)
    }

    private func think(_ weights: PerceptronWeights, count: Int) {
        normalize(weights.norm, count: count)
        weights.enter.run(rounded, rows: count, into: wide.base)
        cdense_gelu(wide.base, count * 4 * width)
        rounded.round(wide.base, rows: count, count: 4 * width)
        weights.leave.run(rounded, rows: count, adds: true, into: state.base)
    }
}
