public import Library
public import TimelineModel

/// A request to analyse an asset, in the wire's form; also what a job's row keeps to be taken up again.
public struct SemanticRequest: Sendable, Hashable, Codable {
    public var tenantID: String
    public var env: String
    public var userID: String?
    public var assetID: String
    /// An artifact derived from the asset that is to be analysed in its place.
    public var artifactID: String?
    public var includeBeats: Bool
    public var includeSpeechMusic: Bool
    public var minSilenceMs: Int
    public var loudnessWindowMs: Int
    public var language: String?
    public var bpm: Double?
    public var meter: Int?
    public var vocabulary: String?
    /// Hear the recording again whatever is cached.
    public var force: Bool
    /// Lets others pass, in a queue that many share; nil stands in line like everybody.
    public var priority: Priority?

    /// How much a request presses. Nobody can press more than others: tenants share a queue.
    public enum Priority: String, Sendable, Hashable, Codable, CaseIterable {
        case normal
        case low
    }

    public init(
        scope: Scope, userID: String? = nil, assetID: String, artifactID: String? = nil,
        parameters: AnalysisParameters = AnalysisParameters(), force: Bool = false
    ) {
        tenantID = scope.tenantID
        env = scope.env
        self.userID = userID
        self.assetID = assetID
        self.artifactID = artifactID
        includeBeats = parameters.includeBeats
        includeSpeechMusic = parameters.includeSpeechMusic
        minSilenceMs = parameters.minSilenceMs
        loudnessWindowMs = parameters.loudnessWindowMs
        language = parameters.language
        bpm = parameters.bpm
        meter = parameters.meter
        vocabulary = parameters.vocabulary
        self.force = force
    }

    public var scope: Scope { Scope(tenantID: tenantID, env: env) }

    public var parameters: AnalysisParameters {
        AnalysisParameters(
            includeBeats: includeBeats, includeSpeechMusic: includeSpeechMusic, minSilenceMs: minSilenceMs,
            loudnessWindowMs: loudnessWindowMs, language: language, bpm: bpm, meter: meter,
            vocabulary: vocabulary)
    }

    /// - Throws: `IdentifierError`.
    public var identifiers: Identifiers {
        get throws {
            try Identifiers(
                tenantID: tenantID, env: env, assetID: assetID, artifactID: artifactID, userID: userID)
        }
    }

    private enum CodingKeys: String, CodingKey {
        case tenantID = "tenant_id"
        case env
        case userID = "user_id"
        case assetID = "asset_id"
        case artifactID = "artifact_id"
        case includeBeats = "include_beats"
        case includeSpeechMusic = "include_speech_music"
        case minSilenceMs = "min_silence_ms"
        case loudnessWindowMs = "loudness_window_ms"
        case language
        case bpm
        case meter
        case vocabulary
        case force
        case priority
    }
}

/// What an analysis answers.
public struct SemanticResult: Sendable, Hashable, Codable {
    public var artifactID: String
    public var uri: String
    public var meta: [String: JSONValue]

    public init(artifactID: String, uri: String, meta: [String: JSONValue]) {
        self.artifactID = artifactID
        self.uri = uri
        self.meta = meta
    }

    private enum CodingKeys: String, CodingKey {
        case artifactID = "audio_semantic_artifact_id"
        case uri
        case meta
    }
}
