/// The `meta` of a summary: deterministic facts about how the timeline came to be.
public struct TimelineMeta: Sendable, Hashable, Codable {
    /// The model file that was really loaded, such as `whisper_tiny.en`; `none` where no transcript was asked for.
    public var modelUsed: String
    public var backend: String
    public var backendVersion: String
    public var backendType: String
    public var semanticVersion: String
    public var includeBeats: Bool
    public var includeSpeechMusic: Bool
    public var minSilenceMs: Int
    public var loudnessWindowMs: Int
    /// Names of the parameters that were out of range and clamped.
    public var clamped: [String]?
    public var speedChangeLimit: Double
    public var cacheKey: String
    public var semanticIdentity: String
    public var contentSHA256: String
    public var schemaVersion: Int
    public var seed: Int
    public var language: String?
    public var languageConfidence: Double?
    public var languageAssumed: Bool?
    public var tempoBPM: Double?
    /// Beats in a bar.
    public var meter: Int?
    /// Tempo over time: a point where beats begin, where the tempo has changed by a fiftieth, and where beats end.
    public var tempoCurve: [TempoPoint]?
    public var loudness: LoudnessSummary?
    public var stages: [String: StageVersion]
    public var warnings: [String]
    public var summary: TimelineCounts
    public var sourceArtifactID: String?
    /// Why the stub stands in for a real backend.
    public var fallbackReason: String?
    /// On a fallback: which part was missing.
    public var backendInfo: BackendInfo?

    // Set by slicing.
    public var clipWindowMs: [Double]?
    public var clipRelative: Bool?
    public var speedChange: Double?
    public var speedChangeLimited: Bool?
    public var withinSpeedLimit: Bool?
    public var timeBase: String?
    public var assetDurationMs: Int?
    /// By clip: which timeline was chosen, and why.
    public var selection: JSONValue?

    public init(
        modelUsed: String, backendType: String, backendVersion: String, semanticVersion: String,
        parameters: AnalysisParameters, cacheKey: String, semanticIdentity: String, contentSHA256: String, seed: Int
    ) {
        self.modelUsed = modelUsed
        self.backend = backendVersion
        self.backendVersion = backendVersion
        self.backendType = backendType
        self.semanticVersion = semanticVersion
        self.includeBeats = parameters.includeBeats
        self.includeSpeechMusic = parameters.includeSpeechMusic
        self.minSilenceMs = parameters.minSilenceMs
        self.loudnessWindowMs = parameters.loudnessWindowMs
        self.clamped = parameters.clamped.isEmpty ? nil : parameters.clamped
        self.speedChangeLimit = 1.05
        self.cacheKey = cacheKey
        self.semanticIdentity = semanticIdentity
        self.contentSHA256 = contentSHA256
        self.schemaVersion = 1
        self.seed = seed
        self.stages = [:]
        self.warnings = []
        self.summary = TimelineCounts()
    }

    private enum CodingKeys: String, CodingKey {
        case modelUsed = "model_used"
        case backend
        case backendVersion = "backend_version"
        case backendType = "backend_type"
        case semanticVersion = "semantic_version"
        case includeBeats = "include_beats"
        case includeSpeechMusic = "include_speech_music"
        case minSilenceMs = "min_silence_ms"
        case loudnessWindowMs = "loudness_window_ms"
        case clamped
        case speedChangeLimit = "speed_change_limit"
        case cacheKey = "audio_semantic_cache_key"
        case semanticIdentity = "semantic_identity"
        case contentSHA256 = "content_sha256"
        case schemaVersion = "schema_version"
        case seed
        case language
        case languageConfidence = "language_confidence"
        case languageAssumed = "language_assumed"
        case tempoBPM = "tempo_bpm"
        case meter
        case tempoCurve = "tempo_curve"
        case loudness
        case stages
        case warnings
        case summary
        case sourceArtifactID = "source_artifact_id"
        case fallbackReason = "fallback_reason"
        case backendInfo = "backend_info"
        case clipWindowMs = "clip_window_ms"
        case clipRelative = "clip_relative"
        case speedChange = "speed_change"
        case speedChangeLimited = "speed_change_limited"
        case withinSpeedLimit = "within_speed_limit"
        case timeBase = "time_base"
        case assetDurationMs = "asset_duration_ms"
        case selection
    }
}

/// The version of one stage's output.
public struct StageVersion: Sendable, Hashable, Codable {
    public var version: String
    public init(version: String) { self.version = version }
}

/// Loudness of the whole recording and its curve.
public struct LoudnessSummary: Sendable, Hashable, Codable {
    /// Gated after BS.1770-4; null when nothing reaches the gate.
    public var integratedLUFS: Double?
    /// Highest true peak of all channels in dBTP; null for digital silence.
    public var truePeakDBTP: Double?
    public var windowMs: Int
    public var hopMs: Int
    /// Ungated loudness of the window that ends `(i + 1) * hopMs` after zero; null where it is below -70 LUFS.
    public var values: [Double?]

    public init(integratedLUFS: Double?, truePeakDBTP: Double?, windowMs: Int, hopMs: Int = 100, values: [Double?]) {
        self.integratedLUFS = integratedLUFS
        self.truePeakDBTP = truePeakDBTP
        self.windowMs = windowMs
        self.hopMs = hopMs
        self.values = values
    }

    private enum CodingKeys: String, CodingKey {
        case integratedLUFS = "integrated_lufs"
        case truePeakDBTP = "true_peak_dbtp"
        case windowMs = "window_ms"
        case hopMs = "hop_ms"
        case values
    }
}

/// Counts and milliseconds by kind, so that a consumer need not walk the events.
public struct TimelineCounts: Sendable, Hashable, Codable {
    /// How many events of a kind there are, and how long they are together.
    public struct Kind: Sendable, Hashable, Codable {
        public var count: Int
        public var ms: Int
        public init(count: Int = 0, ms: Int = 0) {
            self.count = count
            self.ms = ms
        }
    }

    public var speech = Kind()
    public var music = Kind()
    public var silence = Kind()
    public var other = Kind()
    public var words = 0
    public var beats = 0
    public var bars = 0

    public init() {}
}

/// What the backend was made of when it ran.
public struct BackendInfo: Sendable, Hashable, Codable {
    /// A part that the backend needs: whether it was there, and why not.
    public struct Dependency: Sendable, Hashable, Codable {
        public var available: Bool
        public var version: String?
        public var error: String?
        public init(available: Bool, version: String? = nil, error: String? = nil) {
            self.available = available
            self.version = version
            self.error = error
        }
    }

    public var service: String
    public var backendType: String
    public var backendVersion: String
    /// By name: ffmpeg, ffprobe, whisper, librosa, vad.
    public var dependencies: [String: Dependency]

    public init(backendType: String, backendVersion: String, dependencies: [String: Dependency]) {
        self.service = "audio_semantic_timeline"
        self.backendType = backendType
        self.backendVersion = backendVersion
        self.dependencies = dependencies
    }

    private enum CodingKeys: String, CodingKey {
        case service
        case backendType = "backend_type"
        case backendVersion = "backend_version"
        case dependencies
    }
}
