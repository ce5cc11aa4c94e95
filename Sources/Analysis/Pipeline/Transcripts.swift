import Signal
import TimelineModel

/// The transcript of a recording while it grows: pieces in, their chunks a few at once, words out in order.
struct Transcripts {
    /// Chunks that are done.
    struct Done: Sendable {
        /// Of the first one in its piece.
        var index: Int
        var transcripts: [ChunkTranscript]
    }

    /// Stretches of a piece that its language is heard in, and how long they are: as long as what the model hears at a time.
    private static let languageStretches = (count: 3, seconds: 30.0)
    /// Chunks that are told what is said in one another.
    private static let chunksTogether = 6
    /// Chunks that one of others transcribes at a time; half as many at a recording's end.
    private static let offeredChunks = 2 * chunksTogether

    private let transcriber: Transcriber
    private let jobs: Int
    private let vocabulary: String?
    private let keys: PieceKeys
    private let store: (any PieceStore)?
    /// Whether pieces are offered to others.
    private let offers: Bool
    /// Whether others transcribe some of the pieces.
    private(set) var isUnfinished = false
    /// What was found here, where pieces are offered.
    private(set) var own: [String: PieceTranscript] = [:]
    /// Keys of those parts of the piece that is being heard that were offered already.
    private var early: [String] = []
    private(set) var language: String?
    private(set) var languageConfidence: Double?
    private var evidence = LanguageEvidence()
    /// Pieces with so little talk that the language is not decided yet.
    private var waiting: [SpeechPieces.Piece] = []
    private(set) var words: [TranscribedWord] = []
    /// Where chunks start whose text is not whole.
    private(set) var unintelligible: [Double] = []
    /// Under which keys the pieces so far are kept.
    private(set) var pieces: [String] = []

    init(
        transcriber: Transcriber, jobs: Int, language: String?, vocabulary: String?, keys: PieceKeys,
        store: (any PieceStore)?, offers: Bool = false
    ) {
        self.transcriber = transcriber
        self.jobs = max(1, jobs)
        self.language = language
        self.vocabulary = vocabulary
        self.keys = keys
        self.store = store
        self.offers = offers
    }

    /// Transcribes a piece, or finds that somebody did. As long as the language is not decided, the piece waits.
    ///
    /// - Parameter isLast: whether it may be the recording's last piece.
    mutating func hear(
        _ piece: SpeechPieces.Piece, isLast: Bool, in group: inout ThrowingTaskGroup<Done, any Error>,
        progress: inout ProgressMeter
    ) async throws {
        defer { early = [] }
        if let language {
            return try await hear(piece, language: language, isLast: isLast, in: &group, progress: &progress)
        }
        guard !piece.chunks.isEmpty else { return progress.skip(to: piece.end) }
        waiting.append(piece)
        evidence.add(try await evidence(in: piece))
        if evidence.isEnough { try await decideLanguage(isLast: isLast, in: &group, progress: &progress) }
    }

    /// Transcribes what still waits: no more is to come.
    mutating func finish(
        in group: inout ThrowingTaskGroup<Done, any Error>, progress: inout ProgressMeter
    ) async throws {
        if !waiting.isEmpty { try await decideLanguage(isLast: true, in: &group, progress: &progress) }
    }

    private mutating func hear(
        _ piece: SpeechPieces.Piece, language: String, isLast: Bool,
        in group: inout ThrowingTaskGroup<Done, any Error>, progress: inout ProgressMeter
    ) async throws {
        guard !piece.chunks.isEmpty else { return progress.skip(to: piece.end) }
        let key = keys.transcript(piece, language: language)
        if let known: PieceTranscript = await store?.value(key) {
            take(known, as: key)
            return progress.skip(to: piece.end)
        }
        let isOffered = try await offers ? offer(piece, isLast: isLast, language: language) : false
        if isOffered { return }
        let found = try await transcribe(piece, language: language, in: &group, progress: &progress)
        take(found, as: key)
        await store?.keep(found, as: key)
        progress.transcribe(to: piece.end)
    }

    /// Transcribes a piece that somebody offered.
    ///
    /// - Returns: what is kept under its key.
    /// - Throws: ``AnalysisError`` when the text would be another here.
    mutating func hear(
        _ order: PieceOrder, in group: inout ThrowingTaskGroup<Done, any Error>, progress: inout ProgressMeter
    ) async throws -> [UInt8] {
        let piece = try order.piece()
        guard keys.transcript(piece, language: order.language) == order.key else {
            throw AnalysisError(.analyzeFailed, "the piece was planned for another model, engine or machine")
        }
        let found = try await transcribe(piece, language: order.language, in: &group, progress: &progress)
        return [UInt8](try TimelineJSON.encode(found))
    }

    /// Offers chunks of the piece that is being heard, as soon as they cannot change any more: nobody has to wait for its end.
    ///
    /// - Parameters:
    ///   - chunks: from the beginning of the piece.
    ///   - part: gives some of them with their samples.
    mutating func offerEarly(
        _ chunks: [SpeechPlan.Chunk], part: ([SpeechPlan.Chunk]) -> SpeechPieces.Piece
    ) async throws {
        guard offers, let store, let language else { return }
        while (early.count + 1) * Self.offeredChunks <= chunks.count {
            let first = early.count * Self.offeredChunks
            let part = part(Array(chunks[first..<(first + Self.offeredChunks)]))
            let key = keys.transcript(part, language: language)
            // What nobody takes now is asked about again with the rest of its piece.
            guard try await offer(part, as: key, language: language, to: store) else { return }
            early.append(key)
        }
    }

    /// Offers a piece to others, in parts: at the end of a recording in short ones, so that all end at about the same time.
    ///
    /// - Returns: false where somebody must do it here.
    private mutating func offer(
        _ piece: SpeechPieces.Piece, isLast: Bool, language: String
    ) async throws -> Bool {
        guard let store else { return false }
        var taken: [String] = []
        var first = 0
        while first < piece.chunks.count {
            var part = piece.part(first..<min(first + Self.offeredChunks, piece.chunks.count))
            var key = keys.transcript(part, language: language)
            if isLast, !early.contains(key) {
                part = piece.part(first..<min(first + Self.chunksTogether, piece.chunks.count))
                key = keys.transcript(part, language: language)
            }
            guard try await offer(part, as: key, language: language, to: store) else { return false }
            taken.append(key)
            first += part.chunks.count
        }
        pieces += taken
        isUnfinished = true
        return true
    }

    private func offer(
        _ part: SpeechPieces.Piece, as key: String, language: String, to store: any PieceStore
    ) async throws -> Bool {
        if early.contains(key) { return true }
        if await store.piece(key) != nil { return true }
        let order = PieceOrder(part, key: key, language: language, vocabulary: vocabulary)
        return await store.offer(try order.serialized, as: key)
    }

    private mutating func take(_ piece: PieceTranscript, as key: String) {
        if offers { own[key] = piece }
        words += piece.words
        unintelligible += piece.unintelligible
        pieces.append(key)
    }

    /// Hears each chunk alone, and those whose text is unsure once more, knowing what is said around them.
    private func transcribe(
        _ piece: SpeechPieces.Piece, language: String, in group: inout ThrowingTaskGroup<Done, any Error>,
        progress: inout ProgressMeter
    ) async throws -> PieceTranscript {
        let parts = piece.chunks.indices.map { piece.chunk($0) }
        func report(_ heard: Int, of all: Int) {
            let chunks = parts.count * heard / max(1, all)
            if chunks > 0 { progress.transcribe(to: piece.chunks[chunks - 1].end) }
        }
        var found = try await hear(parts, language: language, in: &group) { done in
            // What is heard again is work, too: it is taken for as much of what is to come as of what is done.
            let again = zip(done, piece.chunks).count { TranscriptGate.isUnsure($0, of: $1) }
            report(done.count, of: parts.count + parts.count * again / max(1, done.count))
        }
        let unsure = found.indices.filter { TranscriptGate.isUnsure(found[$0], of: piece.chunks[$0]) }
            .map { (index: $0, part: piece.chunk($0, said: Self.said(around: $0, in: found))) }
            .filter { !$0.part.said.isEmpty }
        let told = try await hear(unsure.map(\.part), language: language, in: &group) { done in
            report(parts.count + done.count, of: parts.count + unsure.count)
        }
        for (index, transcript) in zip(unsure.map(\.index), told)
        where TranscriptGate.prefers(transcript, to: found[index], of: piece.chunks[index]) {
            found[index] = transcript
        }
        let unintelligible = zip(piece.chunks, found).compactMap { chunk, transcript in
            transcript.isPartlyUnintelligible ? chunk.start : nil
        }
        return PieceTranscript(words: found.flatMap(\.words), unintelligible: unintelligible)
    }

    /// What is said in the other chunks of six, those after a chunk and then those before it. The sixes are the same whether a piece is
    /// transcribed in one or in parts.
    private static func said(around index: Int, in found: [ChunkTranscript]) -> [Int] {
        let first = index / chunksTogether * chunksTogether
        let after = index + 1..<max(index + 1, min(first + chunksTogether, found.count))
        return (Array(after) + Array(first..<index)).flatMap { found[$0].tokens }
    }

    /// As many chunks at once as allowed.
    ///
    /// - Parameter progress: receives what was heard of the chunks from the first on, as far as they are done.
    private func hear(
        _ parts: [Transcriber.Part], language: String, in group: inout ThrowingTaskGroup<Done, any Error>,
        progress: ([ChunkTranscript]) -> Void
    ) async throws -> [ChunkTranscript] {
        let count = parts.count
        // A short piece is divided so that everybody has something to do, and memory does not grow with those who work.
        let jobs = min(jobs, transcriber.chunksAtOnce)
        let some = min(transcriber.chunksAtOnce / jobs, (count + jobs - 1) / jobs)
        var found = [ChunkTranscript?](repeating: nil, count: count)
        var running = 0
        var next = 0
        while next < count || running > 0 {
            if next < count, running < jobs {
                let index = next
                let open = Array(parts[index..<min(index + some, count)])
                let (transcriber, vocabulary) = (transcriber, vocabulary)
                group.addTask {
                    Done(
                        index: index,
                        transcripts: try await transcriber.transcribe(open, language: language, vocabulary: vocabulary)
                    )
                }
                next += open.count
                running += 1
            } else if let done = try await group.next() {
                for (offset, transcript) in done.transcripts.enumerated() { found[done.index + offset] = transcript }
                running -= 1
                // Everything before the first open chunk is transcribed.
                progress(found.prefix { $0 != nil }.compactMap(\.self))
            }
        }
        return found.compactMap(\.self)
    }

    /// Decides once for the recording, and transcribes what waited for that.
    private mutating func decideLanguage(
        isLast: Bool, in group: inout ThrowingTaskGroup<Done, any Error>, progress: inout ProgressMeter
    ) async throws {
        let found = try await likeliestLanguage(in: &group)
        language = found.code
        languageConfidence = found.probability
        let pieces = waiting
        waiting = []
        for piece in pieces {
            try await hear(piece, language: found.code, isLast: isLast, in: &group, progress: &progress)
        }
    }

    /// The language that the talk so far is in. Where the model is not sure, its texts tell: in the wrong language it is unsure of them, or
    /// hears nothing.
    private func likeliestLanguage(
        in group: inout ThrowingTaskGroup<Done, any Error>
    ) async throws -> (code: String, probability: Double) {
        let likely = evidence.likely
        guard likely.count > 1 else { return likely.first ?? ("en", 0) }
        let all = waiting.flatMap { piece in piece.chunks.indices.map { piece.chunk($0) } }
        let parts = Array(all.sorted { $0.chunk.talk() > $1.chunk.talk() }.prefix(Self.languageStretches.count))
        var best = (sureness: -Double.infinity, language: likely[0])
        for language in likely {
            let texts = try await hear(parts, language: language.code, in: &group) { _ in }
            let sureness = TranscriptGate.sureness(of: texts, parts.map(\.chunk))
            if sureness > best.sureness { best = (sureness, language) }
        }
        return best.language
    }

    /// What stretches from all over a piece tell.
    private func evidence(in piece: SpeechPieces.Piece) async throws -> LanguageEvidence {
        let key = keys.language(piece)
        if let known: LanguageEvidence = await store?.value(key) { return known }
        let all = piece.stretches(of: Self.languageStretches.seconds)
        let count = min(all.count, Self.languageStretches.count)
        let some = (0..<count).map { all[$0 * all.count / count] }
        let sounds = some.map { $0.flatMap { piece.samples(of: $0) } }
        var found = LanguageEvidence()
        for (places, (sound, chances)) in zip(some, zip(sounds, try await transcriber.languages(of: sounds))) {
            found.add(
                chances, talk: piece.chunks[places].reduce(0) { $0 + $1.talk() },
                heard: Double(sound.count) / Double(VoiceActivity.sampleRateHz))
        }
        await store?.keep(found, as: key)
        return found
    }

    // MARK: - Going on later

    func save(to writer: inout StateWriter) {
        writer.write(Array((language ?? "").utf8))
        writer.write(languageConfidence)
        evidence.save(to: &writer)
        writer.write(waiting.count)
        for piece in waiting { piece.save(to: &writer) }
        writer.write(Array(pieces.joined(separator: " ").utf8))
    }

    /// Finds the pieces that were transcribed.
    ///
    /// - Throws: ``StateReader/Mismatch`` also when one of them is not kept any more.
    mutating func restore(from reader: inout StateReader) async throws {
        let code = String(decoding: try reader.values(UInt8.self), as: UTF8.self)
        language = code.isEmpty ? nil : code
        languageConfidence = try reader.value()
        try evidence.restore(from: &reader)
        let count: Int = try reader.value()
        while waiting.count < count { waiting.append(try SpeechPieces.Piece(from: &reader)) }
        let keys = String(decoding: try reader.values(UInt8.self), as: UTF8.self).split(separator: " ")
        for key in keys {
            guard let known: PieceTranscript = await store?.value(String(key)) else { throw StateReader.Mismatch() }
            take(known, as: String(key))
        }
    }
}
