import Foundation
import Signal
import TimelineModel

/// A piece of a recording as it is handed to whoever transcribes it: its chunks with their samples, and all else that its text
/// depends on beside the engine.
package struct PieceOrder: Sendable {
    /// Under which the text is to be found; whoever transcribes makes it anew, and so notices when the engine is another.
    package let key: String
    package let language: String
    package let vocabulary: String?
    let digest: String
    let chunks: [SpeechPlan.Chunk]
    let samples: [[Float]]

    private struct Head: Codable {
        var key: String
        var language: String
        var vocabulary: String?
        var digest: String
        /// Bit patterns of start, end and the bounds of utterances.
        var chunks: [[UInt64]]
        var counts: [Int]
    }

    init(_ piece: SpeechPieces.Piece, key: String, language: String, vocabulary: String?) {
        self.key = key
        self.language = language
        self.vocabulary = vocabulary
        digest = piece.digest
        chunks = piece.chunks
        samples = piece.chunks.indices.map { piece.samples(of: $0) }
    }

    /// The length of a head in four bytes, the head as JSON, the samples.
    package var serialized: [UInt8] {
        get throws {
            let head = Head(
                key: key, language: language, vocabulary: vocabulary, digest: digest,
                chunks: chunks.map { $0.times.map(\.bitPattern) }, counts: samples.map(\.count))
            let json = try TimelineJSON.encode(head)
            var bytes = withUnsafeBytes(of: UInt32(json.count).littleEndian) { Array($0) }
            bytes += json
            for part in samples { bytes += FloatBytes.encode(part) }
            return bytes
        }
    }

    /// - Throws: ``AnalysisError`` `analyzeFailed` for bytes that are no order.
    package init(serialized bytes: [UInt8]) throws {
        let damaged = AnalysisError(.analyzeFailed, "a piece of the recording was handed on damaged")
        guard bytes.count >= 4 else { throw damaged }
        let length = bytes[..<4].reversed().reduce(0) { $0 << 8 | Int($1) }
        guard length <= bytes.count - 4,
            let head = try? TimelineJSON.decode(Head.self, from: Data(bytes[4..<(4 + length)])),
            head.chunks.count == head.counts.count
        else { throw damaged }
        var position = 4 + length
        var samples: [[Float]] = []
        var chunks: [SpeechPlan.Chunk] = []
        for (bits, count) in zip(head.chunks, head.counts) {
            guard let chunk = SpeechPlan.Chunk(times: bits.map(Double.init(bitPattern:))),
                count >= 0, count <= (bytes.count - position) / 4,
                let part = FloatBytes.decode(Array(bytes[position..<(position + count * 4)]))
            else { throw damaged }
            position += count * 4
            samples.append(part)
            chunks.append(chunk)
        }
        guard position == bytes.count else { throw damaged }
        (key, language, vocabulary, digest) = (head.key, head.language, head.vocabulary, head.digest)
        (self.chunks, self.samples) = (chunks, samples)
    }

    /// The piece, if the samples are those that were sent.
    func piece() throws -> SpeechPieces.Piece {
        let piece = SpeechPieces.Piece(end: chunks.last?.end ?? 0, chunks: chunks, samples: samples)
        guard piece.digest == digest else {
            throw AnalysisError(.analyzeFailed, "a piece of the recording was handed on damaged")
        }
        return piece
    }
}

/// A transcript whose pieces others transcribe.
package struct TranscriptPlan: Sendable, Hashable, Codable {
    /// Keys, in the order of the recording.
    package var pieces: [String]
    package var language: String?
    package var languageConfidence: Double?
    package var languageAssumed: Bool
    /// What was transcribed while the recording was heard, of the pieces.
    var own: [String: PieceTranscript] = [:]

    package init(pieces: [String], language: String?, languageConfidence: Double?, languageAssumed: Bool) {
        self.pieces = pieces
        self.language = language
        self.languageConfidence = languageConfidence
        self.languageAssumed = languageAssumed
    }

    /// The transcript, as it is kept.
    ///
    /// - Parameter found: what was kept under each key.
    /// - Returns: nil where one of them is no transcript.
    package func transcript(_ found: [String: [UInt8]]) -> [UInt8]? {
        var words: [TranscribedWord] = []
        var unintelligible: [Double] = []
        for key in pieces {
            let kept = found[key].flatMap { try? TimelineJSON.decode(PieceTranscript.self, from: Data($0)) }
            guard let piece = own[key] ?? kept else { return nil }
            words += piece.words
            unintelligible += piece.unintelligible
        }
        var results = StageResults()
        results.transcript = StageResults.Transcript(
            words: words, language: language, languageConfidence: languageConfidence, languageAssumed: languageAssumed,
            unintelligible: unintelligible)
        return results.bytes(of: .transcript)
    }
}

/// What an analysis came to that offered pieces to others: it goes on when they are found.
package struct UnfinishedAnalysis: Error {
    /// SHA-256 of what was heard.
    package var contentSHA256: String
    package var plan: TranscriptPlan
    package var results: StageResults
    package var keys: StageKeys
    /// Stages whose outputs are new.
    package var computed: Set<AnalysisStage>
    package var stageSeconds: [String: Double]
}
