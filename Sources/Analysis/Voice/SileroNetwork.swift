package import Signal

/// The forward pass of Silero VAD v6 at 16 kHz: the probability of speech for one window of 512 samples after the other.
///
/// All that does not depend on the windows before is computed for several windows at once (`SileroEncoder`); what is left
/// is a recurrent cell (Hochreiter & Schmidhuber 1997, "Long short-term memory") and a linear layer. The probabilities
/// have the same bits however the windows come. One network serves one thread.
///
/// They are those of the model's numbers in double precision to 1e-5. whisper.cpp rounds what enters its convolutions to 16
/// bits, and on some processors the sums, too: it is off by 2.4e-4 on average and by 0.06 at most.
package final class SileroNetwork {
    /// Samples of a window.
    package static let window = VoiceActivity.hop
    private static let hidden = 128

    private let encoder: SileroEncoder
    private let recurrence: DenseLayer
    private let exit: FloatBuffer
    private let exitBias: Float

    /// The hidden state, the cell's state, and the hidden state where it is above 0.
    private let state = FloatBuffer(count: hidden)
    private let cell = FloatBuffer(count: hidden)
    private let rectified = FloatBuffer(count: hidden)
    private let gates = FloatBuffer(count: SileroEncoder.mostWindows * SileroEncoder.gates)
    private let sums = FloatBuffer(count: SileroEncoder.gates)

    /// - Throws: ``AnalysisError`` `backendUnavailable` when the file is no Silero model in ggml form.
    package convenience init(path: String) throws {
        self.init(try SileroWeights(path: path))
    }

    init(_ weights: SileroWeights) {
        encoder = SileroEncoder(weights)
        recurrence = DenseLayer(
            outputsFirst: weights[.stateWeights], biases: [Float](repeating: 0, count: SileroEncoder.gates),
            taps: 0..<1, of: 1)
        exit = FloatBuffer(count: Self.hidden)
        for (index, weight) in weights[.exitWeights].enumerated() { exit.base[index] = weight }
        exitBias = weights[.exitBias].first ?? 0
    }

    /// Forgets what was heard.
    package func reset() {
        state.clear()
        cell.clear()
    }

    /// Hears whole windows that follow those before; what the last one lacks counts as 0.
    ///
    /// - Parameters:
    ///   - samples: Mono at 16 kHz. A sample that is no number counts as 0.
    ///   - probabilities: Gets one number for each window, 0...1.
    package func hear(_ samples: UnsafeBufferPointer<Float>, into probabilities: inout [Float]) {
        let most = SileroEncoder.mostWindows * Self.window
        for start in stride(from: 0, to: samples.count, by: most) {
            let part = UnsafeBufferPointer(rebasing: samples[start...].prefix(most))
            encoder.run(part, into: gates.base)
            for window in 0..<((part.count + Self.window - 1) / Self.window) {
                probabilities.append(step(gates.base + window * SileroEncoder.gates))
            }
        }
    }

    /// One step of the cell, whose gates already have what comes from the window.
    private func step(_ window: UnsafePointer<Float>) -> Float {
        recurrence.run(state.base, stride: Self.hidden, rows: 1, into: sums.base)
        /// Of each kind of gate there are as many as the cell has numbers.
        func gate(_ kind: Int, _ index: Int) -> Lanes {
            let offset = kind * Self.hidden + index
            return lanes(window, offset) + lanes(sums.base, offset)
        }
        for index in stride(from: 0, to: Self.hidden, by: Lanes.scalarCount) {
            let kept = logistic(gate(1, index)) * lanes(cell.base, index)
            let value = kept + logistic(gate(0, index)) * hyperbolicTangent(gate(2, index))
            let output = logistic(gate(3, index)) * hyperbolicTangent(value)
            store(value, cell.base, index)
            store(output, state.base, index)
            store(output.replacing(with: 0, where: output .< 0), rectified.base, index)
        }
        let sum = dotProduct(rectified.base, exit.base, count: Self.hidden) + exitBias
        let probability = logistic(Lanes(repeating: sum))[0]
        // A file's numbers may be so large that sums overflow.
        return probability.isFinite ? probability : 0
    }
}

@inline(__always)
private func lanes(_ base: UnsafePointer<Float>, _ offset: Int) -> Lanes {
    UnsafeRawPointer(base + offset).loadUnaligned(as: Lanes.self)
}

@inline(__always)
private func store(_ value: Lanes, _ base: UnsafeMutablePointer<Float>, _ offset: Int) {
    UnsafeMutableRawPointer(base + offset).storeBytes(of: value, as: Lanes.self)
}

extension SileroNetwork: Resumable {
    package func save(to writer: inout StateWriter) {
        writer.write(state.base, count: state.count)
        writer.write(cell.base, count: cell.count)
    }

    package func restore(from reader: inout StateReader) throws {
        try reader.read(into: state.base, count: state.count)
        try reader.read(into: cell.base, count: cell.count)
    }
}
