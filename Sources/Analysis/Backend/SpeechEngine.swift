#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The loaded parts that hear speech: whisper.cpp, a Whisper model, a voice activity model.
package final class SpeechEngine: Sendable {
    package let library: WhisperLibrary
    package let model: WhisperModel
    package let modelFile: ModelFile
    package let transcriber: Transcriber
    private let voiceActivityPath: String

    /// - Throws: ``AnalysisError`` `backendUnavailable`, naming the part that is missing.
    package init(configuration: AnalysisConfiguration, modelFile: ModelFile, voiceActivity: ModelFile) throws {
        library = try Self.openLibrary(configuration)
        model = try WhisperModel(path: modelFile.path, library: library)
        self.modelFile = modelFile
        transcriber = Transcriber(model: model)
        voiceActivityPath = voiceActivity.path
        _ = try SileroVoiceDetector(path: voiceActivity.path, library: library)
    }

    package func makeVoiceDetector() throws -> SileroVoiceDetector {
        try SileroVoiceDetector(path: voiceActivityPath, library: library)
    }

    /// Opens whisper.cpp where the configuration says, else where `scripts/bootstrap` puts it, else by the system's
    /// own search.
    package static func openLibrary(_ configuration: AnalysisConfiguration) throws -> WhisperLibrary {
        try WhisperLibrary(path: libraryPath(configuration))
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
