#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The loaded parts that hear speech: a Whisper model, a voice activity model, a speaker encoder.
package final class SpeechEngine: Sendable {
    package let model: WhisperModel
    package let modelFile: ModelFile
    package let transcriber: Transcriber
    private let voiceActivityPath: String
    private let speakers: SpeakerEncoderWeights?
    /// Why voices are not told apart, though a model for it is installed.
    let speakersFault: String?

    /// - Throws: ``AnalysisError`` `backendUnavailable`, naming the part that is missing.
    package init(
        configuration: AnalysisConfiguration, modelFile: ModelFile, voiceActivity: ModelFile,
        speakers: ModelFile? = nil
    ) throws {
        model = try WhisperModel(path: modelFile.path)
        self.modelFile = modelFile
        transcriber = Transcriber(model: model, seed: configuration.seed)
        voiceActivityPath = voiceActivity.path
        // Nothing else needs this one: what can be heard without it is.
        do {
            self.speakers = try speakers.map { try SpeakerEncoderWeights(path: $0.path) }
            speakersFault = nil
        } catch let error as AnalysisError {
            self.speakers = nil
            speakersFault = error.message
        }
        _ = try SileroVoiceDetector(path: voiceActivity.path)
    }

    package func makeVoiceDetector() throws -> SileroVoiceDetector {
        try SileroVoiceDetector(path: voiceActivityPath)
    }

    /// Nil where voices are not told apart.
    func makeSpeakerListener(usesThread: Bool) -> SpeakerListener? {
        speakers.map { SpeakerListener(weights: $0, usesThread: usesThread) }
    }
}
