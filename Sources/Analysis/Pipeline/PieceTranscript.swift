import Crypto
import Files
import Foundation
import TimelineModel

/// What is kept of a piece of a recording that was transcribed.
struct PieceTranscript: Sendable, Hashable, Codable {
    var words: [TranscribedWord] = []
    /// Seconds at which chunks start whose text is not whole.
    var unintelligible: [Double] = []
}

/// Keys of what is found in pieces: equal keys, equal findings, in whichever recording the piece lies.
struct PieceKeys: Sendable {
    /// A digest of all that a piece's text depends on beside the piece and its language.
    let family: String

    func transcript(_ piece: SpeechPieces.Piece, language: String) -> String {
        key("transcript", piece, [("language", language)])
    }

    func language(_ piece: SpeechPieces.Piece) -> String { key("language", piece, []) }

    private func key(_ what: String, _ piece: SpeechPieces.Piece, _ more: [(String, String)]) -> String {
        var fields = IdentityFields()
        fields.append("piece", what)
        fields.append("family", family)
        for (name, value) in more { fields.append(name, value) }
        // Where the piece lies counts too: words have the recording's times.
        fields.append("chunks", piece.chunks.map(Self.text).joined(separator: "\n"))
        fields.append("samples", piece.digest)
        return hexadecimal(SHA256.hash(data: fields.bytes))
    }

    private static func text(_ chunk: SpeechPlan.Chunk) -> String {
        chunk.times.map { String($0.bitPattern, radix: 16) }.joined(separator: " ")
    }
}

extension PieceStore {
    func value<Value: Decodable>(_ key: String) async -> Value? {
        guard let bytes = await piece(key) else { return nil }
        return try? TimelineJSON.decode(from: Data(bytes))
    }

    func keep(_ value: some Encodable, as key: String) async {
        guard let json = try? TimelineJSON.encode(value) else { return }
        await keep([UInt8](json), as: key)
    }
}
