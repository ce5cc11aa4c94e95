public import TimelineModel

/// A recording to analyse and for whom.
public struct AnalysisRequest: Sendable, Hashable {
    public var tenantID: String
    public var env: String
    public var userID: String?
    /// nil means `sha256-` and the digest of the file.
    public var assetID: String?
    public var artifactID: String?
    public var parameters: AnalysisParameters
    /// Which of the file's audio streams, from 0.
    public var stream: Int
    /// The recording's length as its library has it: what the stub fills where ffmpeg is missing.
    public var knownDurationMs: Double?

    public init(
        tenantID: String = "local", env: String = "dev", userID: String? = nil, assetID: String? = nil,
        artifactID: String? = nil, parameters: AnalysisParameters = AnalysisParameters(), stream: Int = 0,
        knownDurationMs: Double? = nil
    ) {
        self.tenantID = tenantID
        self.env = env
        self.userID = userID
        self.assetID = assetID
        self.artifactID = artifactID
        self.parameters = parameters
        self.stream = stream
        self.knownDurationMs = knownDurationMs
    }
}

/// A timeline, and how it came to be in this run.
public struct AnalysisOutcome: Sendable {
    /// Deterministic.
    public var summary: AudioSemanticTimelineSummary
    /// Seconds of each stage that ran, by name.
    public var stageSeconds: [String: Double]
    /// What the stages found, cached ones included.
    package var results: StageResults
    package var keys: StageKeys
    /// The stages that ran.
    package var computed: Set<AnalysisStage>
}
