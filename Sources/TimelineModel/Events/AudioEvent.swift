/// A span of the recording with one kind of content; spans of `speech` and `music` may overlap each other.
public struct AudioEvent: Sendable, Hashable, Codable {
    public var kind: EventKind
    /// Start in milliseconds from the timeline's zero, inclusive.
    public var startMs: Int
    /// End in milliseconds, exclusive; always after `startMs`.
    public var endMs: Int
    /// `S1`, `S2`, … in order of appearance; absent where nobody told voices apart.
    public var speakerID: String?
    /// Gated loudness of the span after ITU-R BS.1770-4, in LUFS with two decimals; absent for silence and for
    /// spans too short or too quiet to measure.
    public var loudnessLUFS: Double?
    /// 0…1, three decimals, from the model that decided.
    public var confidence: Double?
    /// The words of a speech span as text.
    public var transcription: String?
    public var meta: EventMeta

    public init(
        kind: EventKind, startMs: Int, endMs: Int, speakerID: String? = nil, loudnessLUFS: Double? = nil,
        confidence: Double? = nil, transcription: String? = nil, meta: EventMeta = EventMeta()
    ) {
        self.kind = kind
        self.startMs = startMs
        self.endMs = endMs
        self.speakerID = speakerID
        self.loudnessLUFS = loudnessLUFS
        self.confidence = confidence
        self.transcription = transcription
        self.meta = meta
    }

    private enum CodingKeys: String, CodingKey {
        case kind
        case startMs = "start_ms"
        case endMs = "end_ms"
        case speakerID = "speaker_id"
        case loudnessLUFS = "loudness_lufs"
        case confidence
        case transcription
        case meta
    }
}

/// What an event carries beside its span.
public struct EventMeta: Sendable, Hashable, Codable {
    /// Root mean square level over all channels in dB relative to full scale, two decimals; absent for digital silence.
    public var rmsDBFS: Double?
    /// Speech only.
    public var words: [TimelineWord]?
    /// Speech only: ISO 639-1.
    public var language: String?
    /// Speech only: how sure the speaker is, 0…1, three decimals; absent where nobody told voices apart.
    public var speakerConfidence: Double?
    /// Speech only: true where it was listened to and gave no words, absent otherwise.
    public var unintelligible: Bool?

    public init(
        rmsDBFS: Double? = nil, words: [TimelineWord]? = nil, language: String? = nil, speakerConfidence: Double? = nil
    ) {
        self.rmsDBFS = rmsDBFS
        self.words = words
        self.language = language
        self.speakerConfidence = speakerConfidence
    }

    private enum CodingKeys: String, CodingKey {
        case rmsDBFS = "rms_dbfs"
        case words
        case language
        case speakerConfidence = "speaker_confidence"
        case unintelligible
    }
}
