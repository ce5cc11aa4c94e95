import Dispatch
import Synchronization
package import TimelineModel

/// What one chunk holds.
package struct ChunkTranscript: Sendable, Hashable {
    package var words: [TranscribedWord]
    /// True when the decoder repeated itself and a part had to be left out.
    package var isPartlyUnintelligible: Bool
}

/// Transcribes chunks: one thread a chunk, several chunks at once.
package final class Transcriber: Sendable {
    package static let version = "transcript.3+\(TranscriptGate.version)"
    /// Temperatures tried in turn when the decoder loops.
    package static let temperatures: [Float] = [0, 0.4, 0.8]

    /// A session on its way between threads. Invariant: only the one who took it uses it.
    private struct IdleSession: @unchecked Sendable {
        let session: WhisperSession
    }

    private let model: WhisperModel
    private let temperatures: [Float]
    private let idle = Mutex<[IdleSession]>([])
    private let threads = DispatchQueue(label: "cueline.transcriber", attributes: .concurrent)

    /// - Parameter temperatures: tried in turn when the decoder loops; 0 decodes greedily.
    package init(model: WhisperModel, temperatures: [Float] = Transcriber.temperatures) {
        self.model = model
        self.temperatures = temperatures
    }

    /// The words of one chunk.
    ///
    /// - Parameter samples: mono at 16 kHz, the chunk's own, at most 30 s.
    /// - Throws: `CancellationError`, or ``AnalysisError`` when the decoder fails.
    package func transcribe(
        _ samples: [Float], of chunk: SpeechPlan.Chunk, language: String
    ) async throws -> ChunkTranscript {
        let (model, temperatures) = (model, temperatures)
        return try await withSession { session, stop in
            var best: [TranscribedWord] = []
            var loopsAt = 0
            for temperature in temperatures {
                // A session's random numbers go on from chunk to chunk: only a fresh one always samples the same.
                let session = temperature > 0 ? try WhisperSession(model: model) : session
                let segments = try session.transcribe(
                    samples, language: language, audioContext: Self.audioContext(for: samples.count),
                    temperature: temperature, stop: stop)
                let words = segments.filter(TranscriptGate.accepts).flatMap {
                    WordBuilder.words(of: $0, chunkStart: chunk.start, language: language)
                }.filter { !WordBuilder.isAnnotation($0.text) && !TranscriptGate.isStutter($0.text) }
                guard let loop = TranscriptGate.loopStart(in: words) else {
                    return ChunkTranscript(words: Self.placed(words, in: chunk), isPartlyUnintelligible: false)
                }
                if best.isEmpty || loop > loopsAt { (best, loopsAt) = (words, loop) }
            }
            // Every try repeats itself: what came before the repetition stands, the rest is left out and said so.
            return ChunkTranscript(
                words: Self.placed(Array(best.prefix(loopsAt)), in: chunk), isPartlyUnintelligible: true)
        }
    }

    /// Words where somebody talks; echoes are seen by how little room is left for them, and leave it to the words before.
    private static func placed(_ words: [TranscribedWord], in chunk: SpeechPlan.Chunk) -> [TranscribedWord] {
        let aligned = WordAlignment.align(words, to: chunk.utterances)
        let heard = TranscriptGate.withoutEchoes(aligned)
        return heard.count == aligned.count ? aligned : WordAlignment.align(heard, to: chunk.utterances)
    }

    /// The language that most of these samples (mono, 16 kHz) are spoken in.
    package func language(of samples: [Float]) async throws -> (code: String, probability: Double) {
        // A session keeps the encoder's context of its last chunk: only a fresh one always tells the same.
        let model = model
        return try await onThread { _ in try WhisperSession(model: model).detectLanguage(samples) }
    }

    /// Encoder frames for a chunk: what its length needs, in steps of 64, and never fewer than 768, below which the
    /// decoder loops, nor more than the model's 1500.
    static func audioContext(for sampleCount: Int) -> Int {
        let frames = sampleCount / 320 + 16
        return min(max(768, (frames + 63) / 64 * 64), 1500)
    }

    /// Runs work with a session that nobody else uses.
    private func withSession<Result: Sendable>(
        _ work: @escaping @Sendable (WhisperSession, StopFlag) throws -> Result
    ) async throws -> Result {
        try await onThread { stop in
            let session = try self.takeSession()
            defer { self.giveBack(session) }
            return try work(session, stop)
        }
    }

    /// Runs blocking work on a thread of its own; a cancelled task raises the flag.
    private func onThread<Result: Sendable>(
        _ work: @escaping @Sendable (StopFlag) throws -> Result
    ) async throws -> Result {
        try Task.checkCancellation()
        let stop = StopFlag()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                threads.async {
                    continuation.resume(with: Swift.Result { try work(stop) })
                }
            }
        } onCancel: {
            stop.raise()
        }
    }

    private func takeSession() throws -> WhisperSession {
        if let idle = idle.withLock({ $0.popLast() }) { return idle.session }
        return try WhisperSession(model: model)
    }

    private func giveBack(_ session: WhisperSession) {
        let session = IdleSession(session: session)
        idle.withLock { $0.append(session) }
    }
}
