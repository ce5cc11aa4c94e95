import TimelineModel

/// What one voice said without a long pause.
public struct VoicePhrase: Sendable, Hashable, Codable {
    /// Start of the first word, in milliseconds of what was asked about: the asset, or an artifact derived from it.
    public var startMs: Int
    /// End of the last word; always after `startMs`.
    public var endMs: Int
    public var transcript: String
    /// 0…1, three decimals: the words' confidences, weighted by how long they last; nil where none is known.
    public var confidence: Double?
    /// The start in the asset's time; equals `startMs` unless an artifact was asked about that begins later.
    public var sourceStartMs: Int
    public var sourceEndMs: Int
    public var speakerID: String?
    /// In the clock of `startMs`.
    public var words: [PhraseWord]?

    public init(
        startMs: Int, endMs: Int, transcript: String, confidence: Double? = nil, sourceStartMs: Int, sourceEndMs: Int,
        speakerID: String? = nil, words: [PhraseWord]? = nil
    ) {
        self.startMs = startMs
        self.endMs = endMs
        self.transcript = transcript
        self.confidence = confidence
        self.sourceStartMs = sourceStartMs
        self.sourceEndMs = sourceEndMs
        self.speakerID = speakerID
        self.words = words
    }

    fileprivate enum CodingKeys: String, CodingKey {
        case startMs = "start_ms"
        case endMs = "end_ms"
        case transcript
        case confidence
        case sourceStartMs = "source_start_ms"
        case sourceEndMs = "source_end_ms"
        case speakerID = "speaker_id"
        case words
    }
}

/// A word of a phrase.
public struct PhraseWord: Sendable, Hashable, Codable {
    public var word: String
    public var startMs: Int
    /// Equals `startMs` where the transcript gave the word no time of its own.
    public var endMs: Int
    /// 0…1, three decimals; nil where nobody knows.
    public var confidence: Double?

    public init(word: String, startMs: Int, endMs: Int, confidence: Double? = nil) {
        self.word = word
        self.startMs = startMs
        self.endMs = endMs
        self.confidence = confidence
    }

    fileprivate enum CodingKeys: String, CodingKey {
        case word
        case startMs = "start_ms"
        case endMs = "end_ms"
        case confidence
    }
}

extension VoicePhrase {
    /// The same members as its JSON, without a way through text.
    var json: [String: JSONValue] {
        var members: [CodingKeys: JSONValue] = [
            .startMs: .integer(Int64(startMs)), .endMs: .integer(Int64(endMs)), .transcript: .string(transcript),
            .sourceStartMs: .integer(Int64(sourceStartMs)), .sourceEndMs: .integer(Int64(sourceEndMs)),
        ]
        members[.confidence] = confidence.map(JSONValue.number)
        members[.speakerID] = speakerID.map(JSONValue.string)
        members[.words] = words.map { .array($0.map { .object($0.json) }) }
        return Dictionary(uniqueKeysWithValues: members.map { ($0.rawValue, $1) })
    }
}

extension PhraseWord {
    fileprivate var json: [String: JSONValue] {
        var members: [String: JSONValue] = [
            CodingKeys.word.rawValue: .string(word), CodingKeys.startMs.rawValue: .integer(Int64(startMs)),
            CodingKeys.endMs.rawValue: .integer(Int64(endMs)),
        ]
        members[CodingKeys.confidence.rawValue] = confidence.map(JSONValue.number)
        return members
    }
}
