import TimelineModel

/// The transcript of a recording while it grows: chunks in, a few at once, words out in order.
struct Transcripts {
    /// Chunks that are done.
    struct Done: Sendable {
        /// Of the first one.
        var index: Int
        var transcripts: [ChunkTranscript]
    }

    /// Chunks that a language is decided on.
    private static let languageChunks = 3

    private let transcriber: Transcriber
    private let jobs: Int
    private let vocabulary: String?
    private(set) var language: String?
    private(set) var languageConfidence: Double?
    private var chunks: [SpeechPlan.Chunk] = []
    /// As many as chunks; nil while one is running.
    private var done: [ChunkTranscript?] = []
    private var running = 0

    init(transcriber: Transcriber, jobs: Int, language: String?, vocabulary: String?) {
        self.transcriber = transcriber
        self.jobs = max(1, jobs)
        self.language = language
        self.vocabulary = vocabulary
    }

    /// Words of all chunks, in order.
    var words: [TranscribedWord] { done.flatMap { $0?.words ?? [] } }

    /// Where chunks start whose text is not whole.
    var unintelligible: [Double] {
        zip(chunks, done).compactMap { chunk, transcript in
            transcript?.isPartlyUnintelligible == true ? chunk.start : nil
        }
    }

    /// Starts a piece's chunks, some at a time; waits while as many as allowed are running. The first ones decide the language.
    mutating func add(
        _ piece: SpeechPieces.Piece, in group: inout ThrowingTaskGroup<Done, any Error>, progress: inout ProgressMeter
    ) async throws {
        guard !piece.chunks.isEmpty else { return }
        let language = try await decideLanguage(piece)
        // A short piece is divided so that everybody has something to do, and memory does not grow with those who work.
        let some = min(max(1, transcriber.chunksAtOnce / jobs), (piece.chunks.count + jobs - 1) / jobs)
        for first in stride(from: 0, to: piece.chunks.count, by: some) {
            while running >= jobs { try await takeOne(in: &group, progress: &progress) }
            let some = piece.chunks[first..<min(first + some, piece.chunks.count)].map {
                Transcriber.Part(chunk: $0, samples: piece.samples(of: $0))
            }
            let index = done.count
            done += [ChunkTranscript?](repeating: nil, count: some.count)
            chunks += some.map(\.chunk)
            running += 1
            let (transcriber, vocabulary) = (transcriber, vocabulary)
            group.addTask {
                Done(
                    index: index,
                    transcripts: try await transcriber.transcribe(some, language: language, vocabulary: vocabulary))
            }
        }
    }

    /// Waits for all that is running.
    mutating func finish(
        in group: inout ThrowingTaskGroup<Done, any Error>, progress: inout ProgressMeter
    ) async throws {
        while running > 0 { try await takeOne(in: &group, progress: &progress) }
    }

    /// Decided once, on chunks from all over the first piece.
    private mutating func decideLanguage(_ piece: SpeechPieces.Piece) async throws -> String {
        if let language { return language }
        let count = min(piece.chunks.count, Self.languageChunks)
        let heard = (0..<count).map { piece.samples(of: piece.chunks[$0 * piece.chunks.count / count]) }
        let (code, probability) = try await transcriber.language(of: heard)
        language = code
        languageConfidence = probability
        return code
    }

    private mutating func takeOne(
        in group: inout ThrowingTaskGroup<Done, any Error>, progress: inout ProgressMeter
    ) async throws {
        guard let next = try await group.next() else { return }
        for (offset, transcript) in next.transcripts.enumerated() { done[next.index + offset] = transcript }
        running -= 1
        // Everything before the first open chunk is transcribed.
        let open = done.firstIndex { $0 == nil } ?? done.count
        if open > 0 { progress.transcribe(to: chunks[open - 1].end) }
    }
}
