/// A span of one layer in seconds from the recording's zero, before any rounding.
public struct LayerSegment: Sendable, Hashable, Codable {
    public var start: Double
    public var end: Double
    /// 0…1, from the model that decided.
    public var confidence: Double

    public init(start: Double, end: Double, confidence: Double) {
        self.start = start
        self.end = end
        self.confidence = confidence
    }
}

/// A word as the transcript stage gives it, in seconds, before any rounding.
public struct TranscribedWord: Sendable, Hashable, Codable {
    /// Text with punctuation, without surrounding white space.
    public var text: String
    public var start: Double
    public var end: Double
    public var confidence: Double
    /// Whether white space separates the word from the one before (false in languages written without it).
    public var followsSpace: Bool

    public init(text: String, start: Double, end: Double, confidence: Double, followsSpace: Bool = true) {
        self.text = text
        self.start = start
        self.end = end
        self.confidence = confidence
        self.followsSpace = followsSpace
    }
}

/// A beat as the rhythm stage gives it.
public struct TrackedBeat: Sendable, Hashable, Codable {
    /// Seconds.
    public var time: Double
    public var confidence: Double
    /// 1 for a downbeat; nil where the bar is not known.
    public var beatInBar: Int?
    /// How sure a downbeat is to be one; nil for other beats.
    public var downbeatConfidence: Double?

    public init(time: Double, confidence: Double, beatInBar: Int? = nil, downbeatConfidence: Double? = nil) {
        self.time = time
        self.confidence = confidence
        self.beatInBar = beatInBar
        self.downbeatConfidence = downbeatConfidence
    }
}

/// Level of a span as the loudness stage measures it.
public struct SpanLevel: Sendable, Hashable {
    /// Gated BS.1770 loudness; nil where it cannot be measured.
    public var lufs: Double?
    /// Root mean square over all channels; nil for digital silence.
    public var rmsDBFS: Double?

    public init(lufs: Double? = nil, rmsDBFS: Double? = nil) {
        self.lufs = lufs
        self.rmsDBFS = rmsDBFS
    }
}

/// Everything that the stages found out about one recording: the input of assembly.
public struct StageOutputs: Sendable, Hashable {
    /// Length of the recording in seconds.
    public var duration: Double
    /// Where somebody speaks. May overlap `music`.
    public var speech: [LayerSegment]
    /// Where music plays, also under speech.
    public var music: [LayerSegment]
    /// Where the recording is silent by its own floor. What no layer claims is `other`.
    public var silence: [LayerSegment]
    /// Confidence of `other`, by span; looked up by overlap.
    public var other: [LayerSegment]
    public var words: [TranscribedWord]
    /// Whether somebody listened for words.
    public var isTranscribed = false
    public var language: String?
    /// Who speaks; empty where nobody told voices apart.
    public var speakers: [SpeakerTurn]
    public var beats: [TrackedBeat]

    public init(
        duration: Double, speech: [LayerSegment] = [], music: [LayerSegment] = [], silence: [LayerSegment] = [],
        other: [LayerSegment] = [], words: [TranscribedWord] = [], language: String? = nil,
        speakers: [SpeakerTurn] = [], beats: [TrackedBeat] = []
    ) {
        self.duration = duration
        self.speech = speech
        self.music = music
        self.silence = silence
        self.other = other
        self.words = words
        self.language = language
        self.speakers = speakers
        self.beats = beats
    }
}
