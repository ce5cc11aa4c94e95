import Crypto
import Files
import Synchronization

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Looks at the parts that hear speech without loading them: whisper.cpp's version and the digests of the models.
///
/// A model is hashed once, and anew when its file changed.
final class SpeechParts: Sendable {
    private let configuration: AnalysisConfiguration
    private let digests = Mutex<[String: (stamp: FileStamp, sha256: String)]>([:])
    private let library = Mutex<(stamp: FileStamp?, library: WhisperLibrary)?>(nil)
    /// The installed models as of the last look, and what their folder and its manifest were then.
    /// Encoders that could not be loaded, and why.
    private let unusable = Mutex<[EncoderFile: String]>([:])
    private let catalog = Mutex<(stamps: [FileStamp?], catalog: ModelCatalog)?>(nil)

    init(configuration: AnalysisConfiguration) {
        self.configuration = configuration
    }

    /// What a request in a language will be heard with.
    ///
    /// - Parameter language: ISO 639-1, or nil where the model is to tell.
    /// - Throws: ``AnalysisError`` `backendUnavailable` naming the part that is missing; `modelMissing` for a language
    ///   that no installed model knows.
    func parts(language: String?) throws -> AnalysisPlan.Speech {
        let catalog = installedModels()
        let name = configuration.whisperModel
        guard let model = catalog.whisperModel(named: name, language: language) else {
            if let language, language != "en", catalog.whisperModel(named: name, language: nil) != nil {
                throw AnalysisError(
                    .modelMissing,
                    "language \(language) needs a multilingual model; scripts/bootstrap --with base fetches one, "
                        + "then use the model base")
            }
            throw AnalysisError(.backendUnavailable, "no Whisper model named \(name) is installed")
        }
        guard let voiceActivity = catalog.voiceActivityModel else {
            throw AnalysisError(.backendUnavailable, "no voice activity model is installed")
        }
        // Nothing else needs this one: a file that cannot be read counts as missing.
        let speakers = configuration.tellsSpeakers ? catalog.speakerModel : nil
        let speakersSHA256 = speakers.flatMap { try? digest($0.path) }
        let library = try openLibrary()
        let encoder = library.takesEncoder ? usableEncoder(of: model) : nil
        let engine = "whisper.cpp \(library.version) \(library.systemInfo)"
        return AnalysisPlan.Speech(
            model: model, voiceActivity: voiceActivity, modelSHA256: try digest(model.path),
            voiceSHA256: try digest(voiceActivity.path),
            speakers: speakersSHA256 == nil ? nil : speakers, speakersSHA256: speakersSHA256,
            encoder: encoder, libraryVersion: library.version,
            engine: engine + (encoder.map { " \($0.profile) \($0.sha256)" } ?? ""))
    }

    /// Leaves an encoder out from now on, until its files change.
    func leaveOut(_ encoder: EncoderFile, because reason: String) {
        unusable.withLock { $0[encoder] = reason }
    }

    /// Why no encoder is used though one is installed.
    func encoderFault(of model: ModelFile) -> String? {
        encoder(of: model).flatMap { encoder in unusable.withLock { $0[encoder] } }
    }

    private func usableEncoder(of model: ModelFile) -> EncoderFile? {
        encoder(of: model).flatMap { encoder in unusable.withLock { $0[encoder] } == nil ? encoder : nil }
    }

    /// The installed encoder; like the voices' model it can be done without, so that unreadable files count as missing.
    private func encoder(of model: ModelFile) -> EncoderFile? {
        guard var encoder = SpeechEngine.encoder(of: model, configuration),
            let graph = try? digest(encoder.graph), let weights = try? digest(encoder.weights)
        else { return nil }
        encoder.sha256 = "\(graph) \(weights)"
        return encoder
    }

    /// The installed models; the folder is read again when it changed.
    private func installedModels() -> ModelCatalog {
        catalog.withLock { known in
            let folder = ModelCatalog.folder(of: configuration)
            let stamps = [FileStamp(path: folder), FileStamp(path: folder + "/manifest.json")]
            if let known, known.stamps == stamps { return known.catalog }
            let fresh = ModelCatalog(configuration: configuration)
            known = (stamps, fresh)
            return fresh
        }
    }

    private func openLibrary() throws -> WhisperLibrary {
        let stamp = FileStamp(path: SpeechEngine.libraryPath(configuration))
        return try library.withLock { known in
            if let known, known.stamp == stamp { return known.library }
            let opened = try SpeechEngine.openLibrary(configuration)
            known = (stamp, opened)
            return opened
        }
    }

    private func digest(_ path: String) throws -> String {
        let unreadable = AnalysisError(.backendUnavailable, "a model file cannot be read")
        guard let stamp = FileStamp(path: path) else { throw unreadable }
        if let known = digests.withLock({ $0[path] }), known.stamp == stamp { return known.sha256 }
        guard let file = FileManager.default.contents(atPath: path) else { throw unreadable }
        let sha256 = hexadecimal(SHA256.hash(data: file))
        digests.withLock { $0[path] = (stamp, sha256) }
        return sha256
    }
}
