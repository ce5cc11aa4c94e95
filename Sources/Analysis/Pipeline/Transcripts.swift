import TimelineModel

/// The transcript of a recording while it grows: chunks in, a few at once, words out in order.
struct Transcripts {
    /// A chunk that is done.
    struct Done: Sendable {
        var index: Int
        var transcript: ChunkTranscript
    }

    private let transcriber: Transcriber
    private let jobs: Int
    private(set) var language: String?
    private(set) var languageConfidence: Double?
    private var chunks: [SpeechPlan.Chunk] = []
    /// As many as chunks; nil while one is running.
    private var done: [ChunkTranscript?] = []
    private var running = 0

    init(transcriber: Transcriber, jobs: Int, language: String?) {
        self.transcriber = transcriber
        self.jobs = max(1, jobs)
        self.language = language
    }

    /// Words of all chunks, in order.
    var words: [TranscribedWord] { done.flatMap { $0?.words ?? [] } }

    /// Where chunks start whose text is not whole.
    var unintelligible: [Double] {
        zip(chunks, done).compactMap { chunk, transcript in
            transcript?.isPartlyUnintelligible == true ? chunk.start : nil
        }
    }

    /// Starts a chunk; waits while as many as allowed are running. The first one decides the language.
    mutating func add(
        _ chunk: SpeechPlan.Chunk, samples: [Float], in group: inout ThrowingTaskGroup<Done, any Error>,
        progress: inout ProgressMeter
    ) async throws {
        let language = try await decideLanguage(samples)
        while running >= jobs { try await takeOne(in: &group, progress: &progress) }
        let index = done.count
        done.append(nil)
        chunks.append(chunk)
        running += 1
        let transcriber = transcriber
        group.addTask {
            let transcript = try await transcriber.transcribe(samples, of: chunk, language: language)
            return Done(index: index, transcript: transcript)
        }
    }

    /// Waits for all that is running.
    mutating func finish(
        in group: inout ThrowingTaskGroup<Done, any Error>, progress: inout ProgressMeter
    ) async throws {
        while running > 0 { try await takeOne(in: &group, progress: &progress) }
    }

    private mutating func decideLanguage(_ samples: [Float]) async throws -> String {
        if let language { return language }
        let (code, probability) = try await transcriber.language(of: samples)
        language = code
        languageConfidence = probability
        return code
    }

    private mutating func takeOne(
        in group: inout ThrowingTaskGroup<Done, any Error>, progress: inout ProgressMeter
    ) async throws {
        guard let next = try await group.next() else { return }
        done[next.index] = next.transcript
        running -= 1
        // Everything before the first open chunk is transcribed.
        let open = done.firstIndex { $0 == nil } ?? done.count
        if open > 0 { progress.transcribe(to: chunks[open - 1].end) }
    }
}
