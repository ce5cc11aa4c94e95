import Crypto
import TimelineModel

/// The SHA-256 of everything that a timeline depends on: two timelines with one identity are the same bytes.
struct SemanticIdentity {
    /// Lower-case hexadecimal.
    let value: String

    init(
        identifiers: Identifiers, contentSHA256: String, stream: Int, parameters: AnalysisParameters,
        stages: [String: StageVersion], engine: SpeechEngine?, seed: Int
    ) {
        var fields = IdentityFields()
        fields.append("tenant", identifiers.tenantID)
        fields.append("env", identifiers.env)
        fields.append("content_sha256", contentSHA256)
        fields.append("stream", "\(stream)")
        for (name, stage) in stages.sorted(by: { $0.key < $1.key }) { fields.append("stage." + name, stage.version) }
        fields.append("include_beats", "\(parameters.includeBeats)")
        fields.append("include_speech_music", "\(parameters.includeSpeechMusic)")
        fields.append("min_silence_ms", "\(parameters.minSilenceMs)")
        fields.append("loudness_window_ms", "\(parameters.loudnessWindowMs)")
        fields.append("language", parameters.language)
        fields.append("bpm", parameters.bpm.map { "\($0)" })
        fields.append("meter", parameters.meter.map { "\($0)" })
        fields.append("model_sha256", engine?.modelSHA256)
        fields.append("voice_model_sha256", engine?.voiceActivitySHA256)
        fields.append("engine", engine.map { "whisper.cpp \($0.library.version) \($0.library.systemInfo)" })
        #if arch(x86_64)
            fields.append("architecture", "x86_64")
        #elseif arch(arm64)
            fields.append("architecture", "arm64")
        #endif
        fields.append("seed", "\(seed)")
        value = SHA256.hash(data: fields.bytes).map { hexadecimal($0) }.joined()
    }
}
