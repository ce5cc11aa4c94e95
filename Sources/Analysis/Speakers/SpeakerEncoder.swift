/// A network that turns a second or two of speech into a direction that depends on the voice.
///
/// Mel frames pass three layers of long short-term memory; the last state of the last one passes a linear layer and a
/// rectifier and gets length 1. Two stretches of one voice give nearby directions, whatever is said: trained for that by
/// Wan, Wang, Papir & Moreno 2018, "Generalized end-to-end loss for speaker verification". The weights are Resemblyzer's.
///
/// Stretches are heard several at a time, one in each lane of a vector; what one gives does not depend on the others.
/// Owns scratch memory: not to be shared by threads.
package final class SpeakerEncoder {
    /// Length of an embedding.
    package static let width = SpeakerEncoderWeights.embeddingCount
    /// Stretches that are heard at once.
    package static let lanes = 16
    /// Frames that a stretch may have; what lies behind is not heard.
    package static let longest = 160

    /// What one lane hears.
    package struct Input: Sendable, Hashable {
        /// Frames, in a row of frames.
        package var frames: [Range<Int>]
        /// What their powers are multiplied with.
        package var gain: Float

        package init(frames: [Range<Int>], gain: Float = 1) {
            self.frames = frames
            self.gain = gain
        }

        var count: Int { frames.reduce(0) { $0 + $1.count } }
    }

    private let weights: SpeakerEncoderWeights
    /// `[frames][lanes][units]`: what a layer hears, and says. Of mel frames the first numbers of `units` are used.
    private var sequence: [Float]
    /// `[lanes][inputs + units]`: what a layer hears now, and what it said before.
    private var rows: [Float]
    /// `[lanes][gates][units]`.
    private var gates: [Float]
    /// `[lanes][units]`.
    private var cells: [Float]

    package init(weights: SpeakerEncoderWeights) {
        self.weights = weights
        let state = SpeakerEncoderWeights.unitCount * Self.lanes
        sequence = [Float](repeating: 0, count: Self.longest * state)
        rows = [Float](repeating: 0, count: 2 * state)
        gates = [Float](repeating: 0, count: 4 * state)
        cells = [Float](repeating: 0, count: state)
    }

    /// Embeds stretches; they should be of similar length, as all lanes run as long as the longest.
    ///
    /// - Parameters:
    ///   - inputs: At most `lanes`.
    ///   - frames: `[frames][bands]`, as of `SpeakerFeatures`.
    ///   - output: The embeddings are appended, `width` numbers each: of length 1, or all 0 where nothing was heard.
    package func embed(_ inputs: [Input], of frames: [Float], into output: inout [Float]) {
        precondition(inputs.count <= Self.lanes, "too many stretches at once")
        let lengths = inputs.map { min($0.count, Self.longest) }
        let count = lengths.max() ?? 0
        fill(inputs, of: frames, count: count)
        for layer in weights.layers { run(layer, count: count) }
        for (lane, length) in lengths.enumerated() { project(lane: lane, length: length, into: &output) }
    }

    /// Puts the stretches side by side; what is missing at a lane's end is 0.
    private func fill(_ inputs: [Input], of frames: [Float], count: Int) {
        let bands = SpeakerEncoderWeights.bandCount
        let units = SpeakerEncoderWeights.unitCount
        sequence.withUnsafeMutableBufferPointer { sequence in
            for index in 0..<(count * Self.lanes * units) { sequence[index] = 0 }
            for (lane, input) in inputs.enumerated() {
                for (step, frame) in input.frames.joined().prefix(count).enumerated() {
                    let place = (step * Self.lanes + lane) * units
                    for band in 0..<bands { sequence[place + band] = frames[frame * bands + band] * input.gain }
                }
            }
        }
    }

    /// One layer over all steps, in place.
    private func run(_ layer: DenseLayer, count: Int) {
        for index in rows.indices { rows[index] = 0 }
        for index in cells.indices { cells[index] = 0 }
        sequence.withUnsafeMutableBufferPointer { sequence in
            rows.withUnsafeMutableBufferPointer { rows in
                gates.withUnsafeMutableBufferPointer { gates in
                    cells.withUnsafeMutableBufferPointer { cells in
                        guard let sequence = sequence.baseAddress, let rows = rows.baseAddress,
                            let gates = gates.baseAddress, let cells = cells.baseAddress
                        else { return }
                        for step in 0..<count {
                            let start = sequence + step * Self.lanes * SpeakerEncoderWeights.unitCount
                            Self.step(layer, sequence: start, rows: rows, gates: gates, cells: cells)
                        }
                    }
                }
            }
        }
    }

    /// One step of all lanes: what is heard, `[lanes][units]`, becomes what is said.
    private static func step(
        _ layer: DenseLayer, sequence: UnsafeMutablePointer<Float>, rows: UnsafeMutablePointer<Float>,
        gates: UnsafeMutablePointer<Float>, cells: UnsafeMutablePointer<Float>
    ) {
        let units = SpeakerEncoderWeights.unitCount
        let inputs = layer.inputs - units
        for lane in 0..<lanes {
            let (from, to) = (sequence + lane * units, rows + lane * layer.inputs)
            for index in 0..<inputs { to[index] = from[index] }
        }
        layer.run(rows, stride: layer.inputs, rows: lanes, into: gates)
        for lane in 0..<lanes {
            let gate = UnsafeRawPointer(gates + lane * 4 * units)
            let cell = UnsafeMutableRawPointer(cells + lane * units)
            let said = UnsafeMutableRawPointer(sequence + lane * units)
            let kept = UnsafeMutableRawPointer(rows + lane * layer.inputs + inputs)
            for place in stride(from: 0, to: units * 4, by: 32) {
                let input = gate.loadUnaligned(fromByteOffset: place, as: Lanes.self)
                let forget = gate.loadUnaligned(fromByteOffset: place + units * 4, as: Lanes.self)
                let new = gate.loadUnaligned(fromByteOffset: place + units * 8, as: Lanes.self)
                let output = gate.loadUnaligned(fromByteOffset: place + units * 12, as: Lanes.self)
                let old = cell.loadUnaligned(fromByteOffset: place, as: Lanes.self)
                let state = logistic(forget) * old + logistic(input) * hyperbolicTangent(new)
                let result = logistic(output) * hyperbolicTangent(state)
                cell.storeBytes(of: state, toByteOffset: place, as: Lanes.self)
                said.storeBytes(of: result, toByteOffset: place, as: Lanes.self)
                kept.storeBytes(of: result, toByteOffset: place, as: Lanes.self)
            }
        }
    }

    /// The linear layer on the last state of a lane, which is in the sequence after the last layer.
    private func project(lane: Int, length: Int, into output: inout [Float]) {
        let units = SpeakerEncoderWeights.unitCount
        let start = output.count
        var squares: Float = 0
        for row in 0..<Self.width {
            var sum = weights.projectionBias[row]
            if length > 0 {
                for unit in 0..<units {
                    sum +=
                        weights.projection[row * units + unit]
                        * sequence[((length - 1) * Self.lanes + lane) * units + unit]
                }
            }
            let value = max(0, sum)
            squares += value * value
            output.append(value)
        }
        guard squares > 0, squares.isFinite else {
            for index in start..<output.count { output[index] = 0 }
            return
        }
        let scale = 1 / squares.squareRoot()
        for index in start..<output.count { output[index] *= scale }
    }
}
