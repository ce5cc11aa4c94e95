import CWhisper
import Synchronization

/// A flag that any thread may raise and a computation looks at between its steps.
package final class StopFlag: Sendable {
    private let raised = Atomic<Bool>(false)

    package init() {}

    package var isRaised: Bool { raised.load(ordering: .relaxed) }

    package func raise() { raised.store(true, ordering: .relaxed) }
}

/// A token as the decoder gave it, with times in ms from the chunk's first sample.
struct WhisperToken: Sendable {
    var bytes: [UInt8]
    var startMs: Int
    var endMs: Int
    var probability: Double
    var logProbability: Double
}

/// A decoded segment and what the gates need to know of it.
struct WhisperSegment: Sendable {
    var startMs: Int
    var endMs: Int
    var noSpeechProbability: Double
    var tokens: [WhisperToken]
}

/// The working memory of one decoder. Blocking, and for one thread at a time.
final class WhisperSession {
    private let model: WhisperModel
    private let pointer: OpaquePointer
    /// Samples of a call.
    private static let fewest = 16_000
    private static let most = 480_000

    init(model: WhisperModel) throws {
        guard let pointer = cw_session_create(model.pointer, model.encoder?.pointer) else {
            throw AnalysisError(.backendUnavailable, "out of memory for a Whisper session")
        }
        self.model = model
        self.pointer = pointer
    }

    deinit {
        cw_session_free(pointer)
    }

    /// Transcribes up to 30 s of mono samples at 16 kHz.
    ///
    /// - Parameters:
    ///   - audioContext: encoder frames of 20 ms, 0 for all 1500.
    ///   - temperature: 0 decodes greedily; above, samples with random numbers that a fresh session begins anew.
    /// - Throws: `CancellationError` when `stop` was raised, ``AnalysisError`` when the decoder fails.
    func transcribe(
        _ samples: [Float], language: String, audioContext: Int, temperature: Float, stop: StopFlag
    ) throws -> [WhisperSegment] {
        // An alignment needs some frames, and no more than the encoder has.
        let samples =
            Array(samples.prefix(Self.most)) + [Float](repeating: 0, count: max(0, Self.fewest - samples.count))
        let status = language.withCString { language in
            var options = cw_options(
                threads: 1, audio_context: Int32(audioContext), language: language, temperature: temperature)
            return withExtendedLifetime(stop) {
                cw_transcribe(
                    pointer, samples, Int32(clamping: samples.count), &options,
                    { context in
                        guard let context else { return false }
                        return Unmanaged<StopFlag>.fromOpaque(context).takeUnretainedValue().isRaised
                    }, Unmanaged.passUnretained(stop).toOpaque())
            }
        }
        if status == 2 { throw CancellationError() }
        guard status == 0 else { throw AnalysisError(.analyzeFailed, "the speech decoder failed") }
        var reached = 0
        return (0..<cw_segment_count(pointer)).map { segment($0, reached: &reached) }
    }

    /// The most probable language of mono samples at 16 kHz.
    func detectLanguage(_ samples: [Float]) throws -> (code: String, probability: Double) {
        var code = [CChar](repeating: 0, count: 16)
        var probability: Float = 0
        let status = cw_detect_language(
            pointer, samples, Int32(clamping: samples.count), 1, &code, code.count, &probability)
        guard status == 0 else { throw AnalysisError(.analyzeFailed, "the language cannot be told") }
        return (String(cBuffer: code), Double(probability))
    }

    /// A token lasts from where attention left the one before it to where it leaves the token itself.
    private func segment(_ index: Int32, reached: inout Int) -> WhisperSegment {
        let segment = cw_segment_at(pointer, index)
        var tokens: [WhisperToken] = []
        for position in 0..<segment.token_count {
            let token = cw_token_at(pointer, index, position)
            guard token.is_text, let text = token.text else { continue }
            let start = reached
            reached = max(reached, Int(token.end_ms))
            tokens.append(
                WhisperToken(
                    bytes: [UInt8](UnsafeBufferPointer(start: text, count: strlen(text)).map { UInt8(bitPattern: $0) }),
                    startMs: start, endMs: reached, probability: Double(token.probability),
                    logProbability: Double(token.log_probability)))
        }
        return WhisperSegment(
            startMs: Int(segment.start_ms), endMs: Int(segment.end_ms),
            noSpeechProbability: Double(segment.no_speech_probability), tokens: tokens)
    }
}

/// The length of a NUL-terminated string of C.
private func strlen(_ text: UnsafePointer<CChar>) -> Int {
    var length = 0
    while text[length] != 0 { length += 1 }
    return length
}
