import TimelineModel

/// The versions of the stages that a request runs: each is raised when its output may change.
struct StageVersions {
    var versions: [String: StageVersion] = [:]

    /// - Parameters:
    ///   - transcribes: whether speech is heard.
    ///   - tellsSpeakers: whether voices are told apart.
    init(parameters: AnalysisParameters, transcribes: Bool, tellsSpeakers: Bool) {
        versions["decode"] = StageVersion(version: "decode.1")
        versions["loudness"] = StageVersion(version: "bs1770.1")
        versions["scene"] = StageVersion(version: SceneAnalyzer.version)
        versions["assemble"] = StageVersion(version: "assemble.3")
        if parameters.includeBeats { versions["rhythm"] = StageVersion(version: RhythmTracker.version) }
        if tellsSpeakers { versions["speakers"] = StageVersion(version: SpeakerListener.version) }
        if transcribes {
            versions["voice"] = StageVersion(version: SileroVoiceDetector.version)
            versions["plan"] = StageVersion(version: SpeechPlan.version)
            versions["transcript"] = StageVersion(
                version: "\(Transcriber.version)+\(WhisperModel.engine)")
        }
    }
}
