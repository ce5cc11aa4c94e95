public import TimelineModel

/// What an analysis will be made with, known before anything is heard: enough to tell its cache key and identity.
public struct AnalysisPlan: Sendable, Hashable {
    /// The parts that hear speech, as files; nothing is loaded.
    package struct Speech: Sendable, Hashable {
        package var model: ModelFile
        package var voiceActivity: ModelFile
        package var modelSHA256: String
        package var voiceSHA256: String
        /// Tells voices apart, with its digest; nil where nothing does.
        package var speakers: ModelFile?
        package var speakersSHA256: String?

        package init(
            model: ModelFile, voiceActivity: ModelFile, modelSHA256: String, voiceSHA256: String,
            speakers: ModelFile? = nil, speakersSHA256: String? = nil
        ) {
            self.model = model
            self.voiceActivity = voiceActivity
            self.modelSHA256 = modelSHA256
            self.voiceSHA256 = voiceSHA256
            self.speakers = speakers
            self.speakersSHA256 = speakersSHA256
        }
    }

    /// `whisper_librosa` or `stub`.
    public let backendType: String
    public let backendVersion: String
    public let semanticVersion: String
    /// The model that transcribes, such as `whisper_tiny.en-q8_0`; `none` where nothing is transcribed.
    public let modelUsed: String
    /// Why the stub stands in; nil for the real backend.
    public let stubReason: String?
    /// What is missing while the rest is computed (`AUDIO_SEMANTIC_FALLBACK=partial`).
    public let fault: String?
    public let stages: [String: StageVersion]
    package let speech: Speech?

    public var isStub: Bool { stubReason != nil }

    /// The real backend.
    ///
    /// - Parameter stages: the stages' versions, where they are not those of this build.
    package init(
        parameters: AnalysisParameters, speech: Speech?, fault: String? = nil, stages: [String: StageVersion]? = nil
    ) {
        backendType = "whisper_librosa"
        backendVersion = Analyzer.backendVersion
        semanticVersion = Analyzer.semanticVersion
        modelUsed = speech.map { "whisper_" + $0.model.name } ?? "none"
        stubReason = nil
        self.fault = fault
        self.speech = speech
        self.stages =
            stages
            ?? StageVersions(
                parameters: parameters, transcribes: speech != nil, tellsSpeakers: speech?.speakers != nil
            ).versions
    }

    /// The stub.
    package init(stubReason: String) {
        backendType = "stub"
        backendVersion = StubBackend.version
        semanticVersion = StubBackend.version
        modelUsed = "none"
        self.stubReason = stubReason
        fault = nil
        speech = nil
        stages = ["stub": StageVersion(version: StubBackend.version)]
    }
}
