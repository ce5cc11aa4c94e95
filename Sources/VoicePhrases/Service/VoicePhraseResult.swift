public import TimelineModel

/// The phrases that are spoken in an asset, and the artifacts that stand for them.
public struct VoicePhraseResult: Sendable, Hashable, Encodable {
    public var phrases: [VoicePhrase]
    /// An `audio_phrase` for each phrase, in the same order.
    public var artifactIDs: [String]
    public var meta: VoicePhraseMeta

    public init(phrases: [VoicePhrase], artifactIDs: [String], meta: VoicePhraseMeta) {
        self.phrases = phrases
        self.artifactIDs = artifactIDs
        self.meta = meta
    }

    private enum CodingKeys: String, CodingKey {
        case phrases
        case artifactIDs = "artifact_ids"
        case meta
    }
}

/// How phrases came to be.
public struct VoicePhraseMeta: Sendable, Hashable, Encodable {
    /// ``PhraseRule/version``.
    public var engine: String
    /// Whether there were words at all. False for a stub's timeline and where nobody speaks.
    public var transcriptFound: Bool
    /// What the timeline's analysis was made with; an empty object for a transcript that was made elsewhere.
    public var backendInfo: JSONValue
    /// The timeline or the transcript that was read.
    public var sourceArtifactID: String
    /// nil for a transcript that was made elsewhere.
    public var semanticVersion: String?
    public var semanticCacheKey: String?
    /// Phrases that were shorter than `min_phrase_len_ms`.
    public var droppedShort: Int
    /// Words without text or usable times.
    public var skippedWords: Int
    /// How many phrases there are.
    public var count: Int
    /// True where the timeline is the stub's; else nil.
    public var isStub: Bool?

    private enum CodingKeys: String, CodingKey {
        case engine
        case transcriptFound = "transcript_found"
        case backendInfo = "backend_info"
        case sourceArtifactID = "source_artifact_id"
        case semanticVersion = "semantic_version"
        case semanticCacheKey = "semantic_cache_key"
        case droppedShort = "dropped_short"
        case skippedWords = "skipped_words"
        case count
        case isStub = "is_stub"
    }
}
