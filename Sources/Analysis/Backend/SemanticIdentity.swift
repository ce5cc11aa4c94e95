import Crypto
import Files
public import TimelineModel

/// The SHA-256 of everything that a timeline depends on: two timelines with one identity are the same events.
public struct SemanticIdentity: Sendable, Hashable {
    /// Lower-case hexadecimal.
    public let value: String

    /// - Parameters:
    ///   - scope: tenant and env; the user does not matter.
    ///   - contentSHA256: of the source's bytes.
    ///   - stream: which audio stream of the source.
    ///   - seed: of whatever samples.
    public init(
        tenantID: String, env: String, contentSHA256: String, stream: Int, parameters: AnalysisParameters,
        plan: AnalysisPlan, seed: Int
    ) {
        var fields = IdentityFields()
        fields.append("tenant", tenantID)
        fields.append("env", env)
        fields.append("content_sha256", contentSHA256)
        fields.append("stream", "\(stream)")
        for (name, stage) in plan.stages.sorted(by: { $0.key < $1.key }) {
            fields.append("stage." + name, stage.version)
        }
        fields.append("include_beats", "\(parameters.includeBeats)")
        fields.append("include_speech_music", "\(parameters.includeSpeechMusic)")
        fields.append("min_silence_ms", "\(parameters.minSilenceMs)")
        fields.append("loudness_window_ms", "\(parameters.loudnessWindowMs)")
        // A clamp is noted in the timeline, so it is a part of what it is.
        fields.append("clamped", parameters.clamped.isEmpty ? nil : parameters.clamped.joined(separator: ","))
        fields.append("language", parameters.language)
        fields.append("vocabulary", parameters.vocabulary)
        fields.append("bpm", parameters.bpm.map { "\($0)" })
        fields.append("meter", parameters.meter.map { "\($0)" })
        fields.append("model_sha256", plan.speech?.modelSHA256)
        fields.append("voice_model_sha256", plan.speech?.voiceSHA256)
        fields.append("speakers_model_sha256", plan.speech?.speakersSHA256)
        fields.append("engine", plan.speech.map { _ in WhisperModel.engine })
        // What a partial timeline lacks, and why a stub stands in, is part of what it is.
        fields.append("fault", plan.fault)
        fields.append("stub_reason", plan.stubReason)
        fields.append("architecture", Self.architecture)
        fields.append("seed", "\(seed)")
        value = hexadecimal(SHA256.hash(data: fields.bytes))
    }

    /// The machine's kind, as far as it can change a result.
    static var architecture: String {
        #if arch(x86_64)
            "x86_64"
        #elseif arch(arm64)
            "arm64"
        #else
            "other"
        #endif
    }
}
