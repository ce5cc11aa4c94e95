/// A token of text as the decoder gave it, with times in ms from the chunk's first sample.
package struct WhisperToken: Sendable {
    var id: Int
    var bytes: [UInt8]
    var startMs: Int
    var endMs: Int
    var logProbability: Double

    package init(id: Int = 0, bytes: [UInt8], startMs: Int, endMs: Int, logProbability: Double) {
        self.id = id
        self.bytes = bytes
        self.startMs = startMs
        self.endMs = endMs
        self.logProbability = logProbability
    }
}

/// A decoded segment and what the gates need to know of it.
package struct WhisperSegment: Sendable {
    var noSpeechProbability: Double
    var tokens: [WhisperToken]
    /// Whether the chunk's text goes on, and there was no room for more.
    var isCut: Bool

    package init(noSpeechProbability: Double, tokens: [WhisperToken], isCut: Bool = false) {
        self.noSpeechProbability = noSpeechProbability
        self.tokens = tokens
        self.isCut = isCut
    }
}

/// What is heard in one go: up to 30 s of mono samples at 16 kHz.
struct WhisperSound {
    var samples: [Float]
    /// Tokens that the decoder is told were said before.
    var said: [Int]
}

/// Hears chunks with the working memory of one encoder and one decoder. Blocking, and for one thread at a time; what a chunk gives
/// depends neither on the chunks beside it nor on those before.
final class WhisperSession {
    /// Samples of a frame of the encoder, 20 ms.
    private static let frameSamples = 320

    /// Tokens of a prompt beside what may be, or was, said: those of its kind, the transcript's start, language and task.
    private static let promptReserve = 4

    private let model: WhisperModel
    private let spectrum: WhisperSpectrum
    private let encoder: WhisperEncoder
    private let decoder: WhisperDecoder

    init(model: WhisperModel) {
        self.model = model
        spectrum = WhisperSpectrum(mels: model.shape.mels)
        encoder = WhisperEncoder(model)
        decoder = WhisperDecoder(model)
    }

    /// Chunks that are decoded in step.
    static let mostChunks = 6

    /// Transcribes chunks, ``mostChunks`` at a time in step.
    ///
    /// - Parameters:
    ///   - vocabulary: words and names that may be said.
    ///   - temperature: 0 searches for the likeliest text; above, tokens are drawn.
    ///   - seed: of the random numbers, which each chunk begins anew.
    /// - Returns: the segments of each chunk.
    /// - Throws: `CancellationError` when `stop` was raised.
    func transcribe(
        _ chunks: [WhisperSound], language: String, vocabulary: String?, temperature: Float, seed: Int, stop: StopFlag
    ) throws -> [[WhisperSegment]] {
        if chunks.count > Self.mostChunks {
            return try stride(from: 0, to: chunks.count, by: Self.mostChunks).flatMap { first in
                try transcribe(
                    Array(chunks[first..<min(first + Self.mostChunks, chunks.count)]), language: language,
                    vocabulary: vocabulary, temperature: temperature, seed: seed, stop: stop)
            }
        }
        let hint = vocabulary.map { model.vocabulary.tokens(of: " " + $0) } ?? []
        var open = try chunks.enumerated().map { index, chunk in
            let frames = frames(of: chunk.samples)
            let search = ChunkSearch(
                model, sound: try hear(chunk.samples, stop: stop), frames: frames,
                choice: TokenChoice(model.vocabulary, frames: frames, temperature: temperature, seed: seed),
                lines: temperature > 0 ? 1 : ChunkSearch.mostLines)
            begin(
                search,
                prompt: model.vocabulary.prompt(
                    language: language, hint: hint, said: chunk.said,
                    most: model.shape.textContext / 2 - Self.promptReserve))
            return (chunk: index, search: search)
        }
        var segments = [[WhisperSegment]](repeating: [], count: chunks.count)
        while true {
            // What a search holds goes as soon as it is done: one that says something again and again goes on for long, and takes the most memory.
            for (chunk, search) in open where search.isDone { segments[chunk] = search.segments(model) }
            open.removeAll { $0.search.isDone }
            if open.isEmpty { return segments }
            if stop.isRaised { throw CancellationError() }
            step(open.map(\.search))
        }
    }

    /// One token more for each line of searches.
    private func step(_ searches: [ChunkSearch]) {
        var rows: [WhisperDecoder.Row] = []
        var owners: [(search: ChunkSearch, line: Int)] = []
        for search in searches {
            let lines = search.rows
            rows += lines
            owners += lines.indices.map { (search, $0) }
        }
        decoder.step(rows) { row, head, attention in
            owners[row].search.attend(attention, head: head, line: owners[row].line)
        } body: { row, logits in
            owners[row].search.hear(logits, line: owners[row].line)
        }
        for search in searches { search.goOn() }
    }

    /// The probability of each language, in the order of ``WhisperVocabulary/languages``; none where the model knows English only.
    func languages(_ samples: [Float], stop: StopFlag) throws -> [Double] {
        guard model.isMultilingual else { return [] }
        let memory = TokenMemory(model)
        let row = WhisperDecoder.Row(
            token: model.vocabulary.start, sound: try hear(samples, stop: stop), memory: memory,
            slots: [memory.takeSlot()])
        var chances: [Float] = []
        decoder.step([row]) { _, _, _ in
        } body: { [vocabulary = model.vocabulary] _, logits in
            chances = vocabulary.languageTokens.map { logits[$0] }
        }
        softmax(&chances)
        return chances.map(Double.init)
    }

    private func hear(_ samples: [Float], stop: StopFlag) throws -> SoundMemory {
        if stop.isRaised { throw CancellationError() }
        // All that the model was trained on, silence after the sound included: fewer frames make it lose words in noise, or say them again.
        let frames = model.shape.audioContext
        let heard = spectrum.frames(samples, count: 2 * frames)
        return SoundMemory(model, encoded: try encoder.encode(heard, frames: frames, stop: stop), frames: frames)
    }

    /// Frames with sound.
    private func frames(of samples: [Float]) -> Int {
        min((samples.count + Self.frameSamples - 1) / Self.frameSamples, model.shape.audioContext)
    }

    /// Gives a search its prompt and takes the first tokens.
    private func begin(_ search: ChunkSearch, prompt: [Int]) {
        let last = prompt.count - 1
        // Where the prompt says that a transcript starts: there the model tells whether anybody speaks.
        let start = prompt.firstIndex(of: model.vocabulary.start) ?? 0
        for first in stride(from: 0, through: last, by: WhisperDecoder.mostRows) {
            let positions = first...min(last, first + WhisperDecoder.mostRows - 1)
            let rows = positions.map { search.promptRow(prompt[$0], isAsked: $0 == last || $0 == start) }
            decoder.step(rows) { _, _, _ in
            } body: { row, logits in
                if first + row == start { search.hearSilence(logits) }
                if first + row == last { search.hear(logits, line: 0) }
            }
        }
        search.goOn()
    }
}
