import TimelineModel

/// The versions of the stages that a request runs: each is raised when its output may change.
struct StageVersions {
    var versions: [String: StageVersion] = [:]

    /// - Parameters:
    ///   - whisperVersion: of whisper.cpp; nil where nothing is transcribed.
    ///   - encoder: what encodes speech; nil for whisper.cpp itself.
    ///   - tellsSpeakers: whether voices are told apart.
    init(parameters: AnalysisParameters, whisperVersion: String?, encoder: String?, tellsSpeakers: Bool) {
        versions["decode"] = StageVersion(version: "decode.1")
        versions["loudness"] = StageVersion(version: "bs1770.1")
        versions["scene"] = StageVersion(version: SceneAnalyzer.version)
        versions["assemble"] = StageVersion(version: "assemble.1")
        if parameters.includeBeats { versions["rhythm"] = StageVersion(version: RhythmTracker.version) }
        if tellsSpeakers { versions["speakers"] = StageVersion(version: SpeakerListener.version) }
        if let whisperVersion {
            versions["voice"] = StageVersion(version: SileroVoiceDetector.version)
            versions["plan"] = StageVersion(version: SpeechPlan.version)
            versions["transcript"] = StageVersion(
                version: "\(Transcriber.version)+whisper.cpp_\(whisperVersion)+\(encoder ?? "ggml")")
        }
    }
}
