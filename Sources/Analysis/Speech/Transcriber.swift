import Dispatch
import Synchronization
package import TimelineModel

/// What one chunk holds.
package struct ChunkTranscript: Sendable, Hashable {
    package var words: [TranscribedWord]
    /// Of the text that the words were made of.
    package var tokens: [Int]
    /// The mean of the tokens' log-probabilities; 0 without tokens.
    package var meanLogProbability: Double
    /// True when a part had to be left out: the decoder repeated itself, or had no room for more.
    package var isPartlyUnintelligible: Bool

    package init(
        words: [TranscribedWord], tokens: [Int] = [], meanLogProbability: Double = 0, isPartlyUnintelligible: Bool
    ) {
        self.words = words
        self.tokens = tokens
        self.meanLogProbability = meanLogProbability
        self.isPartlyUnintelligible = isPartlyUnintelligible
    }
}

/// Transcribes chunks: several of them in step on one thread, and several threads at once.
package final class Transcriber: Sendable {
    package static let version = "transcript.7+\(TranscriptGate.version)"
    /// Temperatures tried in turn when the decoder loops.
    package static let temperatures: [Float] = [0, 0.4, 0.8]

    /// Chunks that are decoded in step, so that they read the decoder's weights together: as many as keep what they remember of the sound
    /// within bounds.
    package let chunksAtOnce: Int
    private static let mostSoundBytes = 150 << 20

    /// A chunk with its own samples, mono at 16 kHz, at most 30 s.
    package struct Part: Sendable {
        package var chunk: SpeechPlan.Chunk
        package var samples: [Float]
        /// Tokens of what is said around the chunk, as if it had been said before; with them a chunk is tried once.
        package var said: [Int]

        package init(chunk: SpeechPlan.Chunk, samples: [Float], said: [Int] = []) {
            self.chunk = chunk
            self.samples = samples
            self.said = said
        }
    }

    /// A session on its way between threads. Invariant: only the one who took it uses it.
    private struct IdleSession: @unchecked Sendable {
        let session: WhisperSession
    }

    private let model: WhisperModel
    private let temperatures: [Float]
    private let seed: Int
    private let idle = Mutex<[IdleSession]>([])

    /// - Parameters:
    ///   - temperatures: tried in turn when the decoder loops; 0 searches for the likeliest text.
    ///   - seed: of what is drawn at temperatures above 0.
    package init(model: WhisperModel, temperatures: [Float] = Transcriber.temperatures, seed: Int = 42) {
        self.model = model
        self.temperatures = temperatures
        self.seed = seed
        chunksAtOnce = min(max(1, Self.mostSoundBytes / model.soundBytes), WhisperSession.mostChunks)
    }

    /// The words of chunks, best ``chunksAtOnce`` of them. What a chunk gives does not depend on the others.
    ///
    /// - Parameter vocabulary: words and names that may be said.
    /// - Throws: `CancellationError`.
    package func transcribe(
        _ parts: [Part], language: String, vocabulary: String? = nil
    ) async throws -> [ChunkTranscript] {
        let (temperatures, seed) = (temperatures, seed)
        return try await withSession { session, stop in
            var results = [ChunkTranscript?](repeating: nil, count: parts.count)
            var best = [[TranscribedWord]](repeating: [], count: parts.count)
            for temperature in temperatures {
                let open = results.indices.filter {
                    results[$0] == nil && (temperature == 0 || parts[$0].said.isEmpty)
                }
                if open.isEmpty { break }
                let decoded = try session.transcribe(
                    open.map { WhisperSound(samples: parts[$0].samples, said: parts[$0].said) }, language: language,
                    vocabulary: vocabulary,
                    temperature: temperature, seed: seed, stop: stop
                )
                for (index, segments) in zip(open, decoded) {
                    let chunk = parts[index].chunk
                    let isDrawn = temperature > 0
                    let heard = isDrawn && !TranscriptGate.acceptsDrawn(segments) ? [] : segments
                    let accepted = heard.filter(TranscriptGate.accepts)
                    let words = accepted.flatMap {
                        WordBuilder.words(of: $0, chunkStart: chunk.start, language: language)
                    }.filter { !WordBuilder.isAnnotation($0.text) && !TranscriptGate.isStutter($0.text) }
                    if let before = TranscriptGate.wordsBeforeLoop(in: words) {
                        if before.count > best[index].count { best[index] = before }
                    } else if !isDrawn || !words.isEmpty {
                        let fits = TranscriptGate.fits(words.count, from: heard, talk: chunk.talk())
                        let tokens = fits ? accepted.flatMap(\.tokens) : []
                        results[index] = ChunkTranscript(
                            words: fits ? Self.placed(words, in: chunk) : [], tokens: tokens.map(\.id),
                            meanLogProbability: TranscriptGate.mean(of: tokens),
                            isPartlyUnintelligible: !words.isEmpty && (!fits || accepted.contains(where: \.isCut)))
                    }
                }
            }
            // Where every try repeats itself, or says nothing, what came before a repetition stands; the rest is left out and said so.
            return results.indices.map { index in
                results[index]
                    ?? ChunkTranscript(
                        words: Self.placed(best[index], in: parts[index].chunk), isPartlyUnintelligible: true)
            }
        }
    }

    /// Words where somebody talks; echoes are seen by how little room is left for them, and leave it to the words before.
    private static func placed(_ words: [TranscribedWord], in chunk: SpeechPlan.Chunk) -> [TranscribedWord] {
        let aligned = WordAlignment.align(words, to: chunk.utterances)
        let heard = TranscriptGate.withoutEchoes(aligned)
        return heard.count == aligned.count ? aligned : WordAlignment.align(heard, to: chunk.utterances)
    }

    /// The probability of each language, in the order of ``WhisperVocabulary/languages``, in each of some stretches of a recording (mono,
    /// 16 kHz, at most 30 s each).
    package func languages(of stretches: [[Float]]) async throws -> [[Double]] {
        try await withSession { session, stop in
            try stretches.map { try session.languages($0, stop: stop) }
        }
    }

    /// Runs work with a session that nobody else uses.
    private func withSession<Result: Sendable>(
        _ work: @escaping @Sendable (WhisperSession, StopFlag) throws -> Result
    ) async throws -> Result {
        try await onThread { stop in
            let session = self.takeSession()
            defer { self.giveBack(session) }
            return try work(session, stop)
        }
    }

    /// Runs blocking work on a thread of its own; a cancelled task raises the flag.
    ///
    /// A serial queue has its thread whatever others do. Of a concurrent one Dispatch starts, while all of them compute, no more
    /// threads than there are processors, and counts tasks and signals among them: those waited up to a second behind transcripts.
    private func onThread<Result: Sendable>(
        _ work: @escaping @Sendable (StopFlag) throws -> Result
    ) async throws -> Result {
        try Task.checkCancellation()
        let stop = StopFlag()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                DispatchQueue(label: "cueline.transcriber").async {
                    continuation.resume(with: Swift.Result { try work(stop) })
                }
            }
        } onCancel: {
            stop.raise()
        }
    }

    /// Gives back the memory of sessions; the next work takes it again.
    package func rest() { idle.withLock { $0 = [] } }

    private func takeSession() -> WhisperSession {
        idle.withLock { $0.popLast() }?.session ?? WhisperSession(model: model)
    }

    private func giveBack(_ session: WhisperSession) {
        let session = IdleSession(session: session)
        idle.withLock { $0.append(session) }
    }
}
