package import Signal

/// Silero VAD v6 over a recording of any length, in fixed blocks.
///
/// The recording is heard in blocks of a minute, each from a fresh recurrent state with the last seconds of the block
/// before it as warm-up, so that a block's probabilities depend on nothing but the samples around it: a later
/// resumption, or another worker, finds the same ones.
package final class SileroVoiceDetector {
    package static let version = "silero_v6.2.0.2"

    /// Windows of a block: 60 s.
    private static let blockLength = 1875
    /// Windows that a block hears before it begins: 3.2 s.
    private static let warmUpLength = 100
    /// Windows that are heard at once, so that their weights are loaded once.
    private static let batch = 16

    private let network: SileroNetwork
    /// The last samples: what the next block's warm-up may need, then what was not heard yet.
    private var samples: [Float] = []
    /// How many of them were heard.
    private var heard = 0
    /// Windows of the block that is being heard.
    private var blockWindows = 0
    /// One for each 512 samples that were heard.
    private(set) var probabilities: [Float] = []
    private var warmUp: [Float] = []

    /// - Throws: ``AnalysisError`` `backendUnavailable` when the file is no Silero model in ggml form.
    package init(path: String) throws {
        network = try SileroNetwork(path: path)
        samples.reserveCapacity((4 * Self.warmUpLength + 2 * Self.batch) * SileroNetwork.window)
        warmUp.reserveCapacity(Self.warmUpLength)
    }

    /// Probabilities that are known.
    var count: Int { probabilities.count }

    /// Takes mono samples at 16 kHz. Returns the probabilities that became known, one for each 512 samples.
    package func append(_ block: UnsafeBufferPointer<Float>) throws -> ArraySlice<Float> {
        let known = probabilities.count
        var rest = block[...]
        while !rest.isEmpty {
            let part = rest.prefix(Self.batch * SileroNetwork.window + heard - samples.count)
            samples.append(contentsOf: part)
            rest = rest.dropFirst(part.count)
            if samples.count - heard == Self.batch * SileroNetwork.window { hear() }
        }
        return probabilities[known...]
    }

    /// Hears what is left and returns the activity of the whole recording.
    package func finish() throws -> VoiceActivity {
        hear()
        return VoiceActivity(probabilities: probabilities)
    }

    /// Hears all that was not heard yet, and keeps what the next block may need.
    private func hear() {
        while heard < samples.count {
            if blockWindows == Self.blockLength { beginBlock() }
            let room = (Self.blockLength - blockWindows) * SileroNetwork.window
            let end = min(heard + room, samples.count)
            samples.withUnsafeBufferPointer { samples in
                network.hear(UnsafeBufferPointer(rebasing: samples[heard..<end]), into: &probabilities)
            }
            blockWindows += (end - heard + SileroNetwork.window - 1) / SileroNetwork.window
            heard = end
        }
        let kept = Self.warmUpLength * SileroNetwork.window
        // Not each time: what is kept moves to the front.
        guard heard >= 4 * kept else { return }
        samples.removeFirst(heard - kept)
        heard = kept
    }

    /// Starts from a fresh state and hears the windows before once more.
    private func beginBlock() {
        network.reset()
        warmUp.removeAll(keepingCapacity: true)
        samples.withUnsafeBufferPointer { samples in
            let before = samples[..<heard].suffix(Self.warmUpLength * SileroNetwork.window)
            network.hear(UnsafeBufferPointer(rebasing: before), into: &warmUp)
        }
        blockWindows = 0
    }
}

extension SileroVoiceDetector: Resumable {
    package func save(to writer: inout StateWriter) {
        network.save(to: &writer)
        writer.write(probabilities)
        writer.write(samples)
        writer.write([heard, blockWindows])
    }

    package func restore(from reader: inout StateReader) throws {
        try network.restore(from: &reader)
        probabilities = try reader.values()
        samples = try reader.values()
        let counts: [Int] = try reader.values()
        guard counts.count == 2 else { throw StateReader.Mismatch() }
        (heard, blockWindows) = (counts[0], counts[1])
    }
}
