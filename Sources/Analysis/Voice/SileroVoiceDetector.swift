import CWhisper

/// Silero VAD v6 through whisper.cpp, streamed in fixed blocks.
///
/// The recording is heard in blocks of a minute, each from a fresh recurrent state with the last seconds of the block
/// before it as warm-up, so that a block's probabilities depend on nothing but the samples around it: a later
/// resumption, or another worker, finds the same ones.
package final class SileroVoiceDetector {
    package static let version = "silero_v6.2.0.1"

    /// Samples of a block: 60 s.
    private static let blockLength = 1875 * VoiceActivity.hop
    /// Samples that a block hears before it begins: 3.2 s.
    private static let warmUpLength = 100 * VoiceActivity.hop

    private let library: WhisperLibrary
    private let pointer: OpaquePointer
    /// The warm-up of the block that is being filled, then its samples.
    private var pending: [Float] = []
    private var warmUp = 0
    private var probabilities: [Float] = []

    /// - Throws: ``AnalysisError`` `backendUnavailable` when the file is no Silero model in ggml form.
    package init(path: String, library: WhisperLibrary) throws {
        guard let pointer = cw_vad_load(library.pointer, path, 1) else {
            throw AnalysisError(.backendUnavailable, "the voice activity model cannot be loaded")
        }
        self.library = library
        self.pointer = pointer
        pending.reserveCapacity(Self.blockLength + Self.warmUpLength)
    }

    deinit {
        cw_vad_free(pointer)
    }

    /// Takes mono samples at 16 kHz. Returns the probabilities that became known, one for each 512 samples.
    package func append(_ samples: UnsafeBufferPointer<Float>) throws -> ArraySlice<Float> {
        let known = probabilities.count
        var rest = samples[...]
        while !rest.isEmpty {
            let room = warmUp + Self.blockLength - pending.count
            let part = rest.prefix(room)
            pending.append(contentsOf: part)
            rest = rest.dropFirst(part.count)
            if pending.count == warmUp + Self.blockLength { try hear() }
        }
        return probabilities[known...]
    }

    /// Hears what is left and returns the activity of the whole recording.
    package func finish() throws -> VoiceActivity {
        if pending.count > warmUp { try hear() }
        return VoiceActivity(probabilities: probabilities)
    }

    /// Hears the pending block and keeps its end as warm-up of the next.
    private func hear() throws {
        let windows = (pending.count + VoiceActivity.hop - 1) / VoiceActivity.hop
        var block = [Float](repeating: 0, count: windows)
        let count = cw_vad_detect(pointer, pending, Int32(clamping: pending.count), &block, Int32(clamping: windows))
        guard count >= 0 else { throw AnalysisError(.analyzeFailed, "voice activity detection failed") }
        let skipped = warmUp / VoiceActivity.hop
        for index in skipped..<max(skipped, Int(count)) {
            probabilities.append(block[index].isFinite ? block[index] : 0)
        }
        pending.removeFirst(max(0, pending.count - Self.warmUpLength))
        warmUp = pending.count
    }
}
