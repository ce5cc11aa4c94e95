import Crypto
import Files
package import TimelineModel

/// What the output of each stage of a request depends on, as a digest: equal keys, equal outputs.
///
/// A key holds the source's SHA-256 and stream, the stage's version, and no more of the request than the stage looks at:
/// beats asked for or not, the transcript has the same key.
package struct StageKeys: Sendable, Hashable {
    /// Lower-case hexadecimal, for the stages that the request needs.
    package private(set) var keys: [AnalysisStage: String] = [:]
    /// What the text of a piece of a recording depends on beside the piece and its language, as a digest: it has no source, so that
    /// a piece that two recordings share is transcribed once.
    package private(set) var pieceFamily = ""

    /// - Parameter seed: of what a transcript draws.
    package init(
        contentSHA256: String, stream: Int, parameters: AnalysisParameters, plan: AnalysisPlan, seed: Int
    ) {
        func key(_ stage: AnalysisStage, _ more: [(String, String?)] = []) -> String {
            var fields = IdentityFields()
            fields.append("stage", stage.rawValue)
            fields.append("content_sha256", contentSHA256)
            fields.append("stream", "\(stream)")
            for name in ["decode", stage.rawValue] { fields.append("version." + name, plan.stages[name]?.version) }
            for (name, value) in more { fields.append(name, value) }
            return hexadecimal(SHA256.hash(data: fields.bytes))
        }
        keys[.decode] = key(.decode)
        keys[.loudness] = key(.loudness)
        let machine = SemanticIdentity.architecture
        let transcribing = [
            ("plan", plan.stages["plan"]?.version), ("model", plan.speech?.modelSHA256),
            ("engine", "\(WhisperModel.engine) \(machine)"), ("vocabulary", parameters.vocabulary), ("seed", "\(seed)"),
        ]
        if let speech = plan.speech {
            keys[.voice] = key(.voice, [("model", speech.voiceSHA256), ("machine", machine)])
            keys[.transcript] = key(
                .transcript, [("voice", keys[.voice]), ("language", parameters.language ?? "auto")] + transcribing)
            var fields = IdentityFields()
            fields.append("version", plan.stages["transcript"]?.version)
            for (name, value) in transcribing { fields.append(name, value) }
            pieceFamily = hexadecimal(SHA256.hash(data: fields.bytes))
        }
        keys[.scene] = key(
            .scene, [("voice", keys[.voice]), ("min_silence_ms", "\(parameters.minSilenceMs)"), ("machine", machine)])
        if let speech = plan.speech, let model = speech.speakersSHA256 {
            keys[.speakers] = key(
                .speakers, [("voice", keys[.voice]), ("scene", keys[.scene]), ("model", model), ("machine", machine)])
        }
        if parameters.includeBeats {
            keys[.rhythm] = key(
                .rhythm,
                [
                    ("scene", parameters.includeSpeechMusic ? keys[.scene] : nil),
                    ("bpm", parameters.bpm.map { "\($0)" }), ("meter", parameters.meter.map { "\($0)" }),
                    ("machine", machine),
                ])
        }
    }
}
