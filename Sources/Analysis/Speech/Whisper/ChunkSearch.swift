import CDense

/// The search for the text of one chunk: a few lines of text side by side, of which the likeliest go on (beam search, as in OpenAI's
/// `decoding.py`).
final class ChunkSearch {
    /// Lines that are followed at a time.
    static let mostLines = 5

    /// A token of one or more lines.
    private final class Token {
        let id: Int
        let logProbability: Double
        let slot: Int32
        /// Of each head that follows the sound, when the token was read.
        var attention: [PackedAttention] = []
        private let memory: TokenMemory

        init(_ id: Int, logProbability: Double, memory: TokenMemory) {
            self.id = id
            self.logProbability = logProbability
            self.memory = memory
            slot = memory.takeSlot()
        }

        deinit { memory.giveBack(slot) }
    }

    private struct Line {
        var tokens: [Token] = []
        /// Of the logarithms of the tokens' probabilities.
        var sum = 0.0
        /// Whether it did not end, but had as many tokens as it may have.
        var isCut = false
        /// Divided by the tokens, without the end.
        var mean: Double { sum / Double(max(1, tokens.count)) }
    }

    /// A line with one token more.
    private struct Continuation {
        var line: Int
        var candidate: TokenChoice.Candidate
        var sum: Double
    }

    private let sound: SoundMemory
    private let memory: TokenMemory
    private let vocabulary: WhisperVocabulary
    private let frames: Int
    private let heads: Int
    /// Tokens of a line that are no reason to look at it: as many as OpenAI's decoder writes at a time. Scripts that take seven tokens a word
    /// need more for half a minute, up to what the model can look at, the prompt included.
    private let usual: Int
    private let context: Int
    private let lineCount: Int
    private var choice: TokenChoice
    private var promptSlots: [Int32] = []
    private var lines = [Line()]
    private var continuations: [Continuation] = []
    /// The likeliest of the lines that have ended, or were at their limit.
    private var best: Line?
    private var endedCount = 0
    private var noSpeechProbability = 0.0

    /// - Parameters:
    ///   - frames: of 20 ms with sound.
    ///   - lines: that are followed at a time.
    init(_ model: WhisperModel, sound: SoundMemory, frames: Int, choice: TokenChoice, lines: Int) {
        self.sound = sound
        self.frames = frames
        self.choice = choice
        lineCount = lines
        vocabulary = model.vocabulary
        heads = model.alignment.heads.count
        memory = TokenMemory(model)
        context = model.shape.textContext
        usual = context / 2
    }

    var isDone: Bool { lines.isEmpty }

    /// The next token of the prompt.
    func promptRow(_ token: Int, isAsked: Bool) -> WhisperDecoder.Row {
        promptSlots.append(memory.takeSlot())
        return WhisperDecoder.Row(token: token, sound: sound, memory: memory, slots: promptSlots, isAsked: isAsked)
    }

    /// The last token of each line.
    var rows: [WhisperDecoder.Row] {
        lines.compactMap { line in
            line.tokens.last.map { last in
                WhisperDecoder.Row(
                    token: last.id, sound: sound, memory: memory, slots: promptSlots + line.tokens.map(\.slot))
            }
        }
    }

    /// Takes the probability that nobody speaks.
    func hearSilence(_ logits: UnsafeMutablePointer<Float>) {
        var chances = Array(UnsafeBufferPointer(start: logits, count: vocabulary.count))
        softmax(&chances)
        noSpeechProbability = Double(chances[vocabulary.noSpeech])
    }

    /// Takes where a head of the decoder listened while it read a line's last token; frames after the sound do not count.
    func attend(_ chances: UnsafeBufferPointer<Float>, head: Int, line: Int) {
        guard let token = lines[line].tokens.last else { return }
        if token.attention.isEmpty { token.attention = [PackedAttention](repeating: PackedAttention(), count: heads) }
        token.attention[head] = PackedAttention(chances: chances.prefix(frames))
    }

    /// Takes what may come after a line.
    func hear(_ logits: UnsafeMutablePointer<Float>, line: Int) {
        // One more than lines, as one may be the end.
        for candidate in choice.candidates(
            logits, after: lines[line].tokens.map(\.id), count: lineCount == 1 ? 1 : lineCount + 1)
        {
            continuations.append(
                Continuation(line: line, candidate: candidate, sum: lines[line].sum + candidate.logProbability))
        }
    }

    /// Follows the likeliest continuations, until as many lines have ended as are followed.
    func goOn() {
        // Of equally likely ones the first, so that the order is always the same.
        let order = continuations.indices.sorted {
            (continuations[$0].sum, $1) > (continuations[$1].sum, $0)
        }
        var next: [Line] = []
        for index in order where next.count < lineCount {
            let (continuation, line) = (continuations[index], lines[continuations[index].line])
            if continuation.candidate.token == vocabulary.end {
                let ended = Line(tokens: line.tokens, sum: continuation.sum)
                if ended.mean > best?.mean ?? -.infinity { best = ended }
                endedCount += 1
                continue
            }
            let token = Token(
                continuation.candidate.token, logProbability: continuation.candidate.logProbability, memory: memory)
            next.append(Line(tokens: line.tokens + [token], sum: continuation.sum))
        }
        continuations.removeAll(keepingCapacity: true)
        let isOver = endedCount >= lineCount || next.first.map(isFull) ?? false
        // Lines that never end count where too few others did.
        if isOver, endedCount < lineCount {
            for var line in next where line.mean > best?.mean ?? -.infinity {
                line.isCut = true
                best = line
            }
        }
        lines = isOver ? [] : next
    }

    /// Whether a line is not gone on with: it says the same again and again, or there is no more room.
    private func isFull(_ line: Line) -> Bool {
        let count = line.tokens.count
        guard count >= usual else { return false }
        return promptSlots.count + count >= context || (count % 16 == 0 && repeats(line))
    }

    /// Whether half of the groups of four tokens stood before.
    private func repeats(_ line: Line) -> Bool {
        let tokens = line.tokens.map(\.id)
        var known: Set<ArraySlice<Int>> = []
        let groups = tokens.count - 3
        return 2 * (0..<groups).count { !known.insert(tokens[$0..<$0 + 4]).inserted } >= groups
    }

    /// The likeliest line. A token lasts from where attention left the token of text before it to where it leaves the token itself.
    func segments(_ model: WhisperModel) -> [WhisperSegment] {
        guard let best else { return [] }
        // Of a line that is cut the last token was never read: where it was heard is not known.
        let chosen = best.isCut ? best.tokens.dropLast() : best.tokens[...]
        let starts = TokenTimes(
            chosen.map(\.attention).filter { !$0.isEmpty }, heads: heads, frames: frames
        ).starts()
        let lag = Int((model.alignment.lag * 1000).rounded())
        var segments: [WhisperSegment] = []
        var tokens: [WhisperToken] = []
        var reached = 0
        func close() {
            if !tokens.isEmpty {
                segments.append(
                    WhisperSegment(noSpeechProbability: noSpeechProbability, tokens: tokens, isCut: best.isCut))
            }
            tokens = []
        }
        for (index, token) in chosen.enumerated() {
            if token.id >= vocabulary.end {
                close()
                continue
            }
            let frame = index < starts.count ? starts[index] : frames
            let start = reached
            reached = max(reached, frame * 20 - lag)
            tokens.append(
                WhisperToken(
                    id: token.id, bytes: vocabulary.bytes(of: token.id), startMs: start, endMs: reached,
                    logProbability: token.logProbability))
        }
        close()
        return segments
    }
}
