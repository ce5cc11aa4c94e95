#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The loaded parts that hear speech: whisper.cpp, a Whisper model, a voice activity model, a speaker encoder.
package final class SpeechEngine: Sendable {
    package let library: WhisperLibrary
    package let model: WhisperModel
    package let modelFile: ModelFile
    package let transcriber: Transcriber
    private let voiceActivityPath: String
    private let speakers: SpeakerEncoderWeights?
    /// Why voices are not told apart, though a model for it is installed.
    let speakersFault: String?

    /// - Throws: ``AnalysisError`` `backendUnavailable`, naming the part that is missing; `SpeechEncoder.Unusable`.
    package init(
        configuration: AnalysisConfiguration, modelFile: ModelFile, voiceActivity: ModelFile,
        speakers: ModelFile? = nil,
        encoder: EncoderFile? = nil
    ) throws {
        library = try Self.openLibrary(configuration)
        let encoder = try encoder.map {
            try SpeechEncoder(file: $0, library: Self.openVINOPath(configuration), atOnce: configuration.jobs)
        }
        model = try WhisperModel(path: modelFile.path, library: library, encoder: encoder)
        self.modelFile = modelFile
        transcriber = Transcriber(model: model)
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
    func makeSpeakerListener() -> SpeakerListener? { speakers.map { SpeakerListener(weights: $0) } }

    /// Opens whisper.cpp where the configuration says, else where `scripts/bootstrap` puts it, else by the system's
    /// own search.
    package static func openLibrary(_ configuration: AnalysisConfiguration) throws -> WhisperLibrary {
        try WhisperLibrary(path: libraryPath(configuration))
    }

    /// OpenVINO's C interface, where `scripts/bootstrap` puts it.
    static func openVINOPath(_ configuration: AnalysisConfiguration) -> String {
        configuration.cacheFolder + "/openvino/current/lib/libopenvino_c.so"
    }

    /// What OpenVINO can encode with for a model; nil where it, or the model's graph, is not installed, or nobody wants it.
    static func encoder(of model: ModelFile, _ configuration: AnalysisConfiguration) -> EncoderFile? {
        let manager = FileManager.default
        guard configuration.usesOpenVINO, manager.fileExists(atPath: openVINOPath(configuration)),
            var encoder = ModelCatalog.encoder(of: model)
        else { return nil }
        let installed = try? manager.destinationOfSymbolicLink(atPath: configuration.cacheFolder + "/openvino/current")
        encoder.version = installed ?? "unknown"
        return encoder
    }

    /// Where the library is, or its plain name where the system is to search.
    static func libraryPath(_ configuration: AnalysisConfiguration) -> String {
        if let path = configuration.whisperLibrary { return path }
        #if os(macOS)
            let name = "libwhisper.dylib"
        #else
            let name = "libwhisper.so"
        #endif
        let installed = configuration.cacheFolder + "/whisper/current/lib/" + name
        return FileManager.default.fileExists(atPath: installed) ? installed : name
    }
}
