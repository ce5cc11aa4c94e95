import Crypto
import Files
import Synchronization

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Looks at the parts that hear speech without loading them: the digests of the models.
///
/// A model is hashed once, and anew when its file changed.
final class SpeechParts: Sendable {
    private let configuration: AnalysisConfiguration
    private let digests = Mutex<[String: (stamp: FileStamp, sha256: String)]>([:])
    /// The installed models as of the last look, and what their folder and its manifest were then.
    private let catalog = Mutex<(stamps: [FileStamp?], catalog: ModelCatalog)?>(nil)

    init(configuration: AnalysisConfiguration) {
        self.configuration = configuration
    }

    /// What a request in a language will be heard with.
    ///
    /// - Parameter language: ISO 639-1, `auto`, or nil where nothing is said of it.
    /// - Throws: ``AnalysisError`` `backendUnavailable` naming the part that is missing; `modelMissing` for a language
    ///   that no installed model knows.
    func parts(language: String?) throws -> AnalysisPlan.Speech {
        let catalog = installedModels()
        let name = configuration.whisperModel
        guard let model = catalog.whisperModel(named: name, language: language) else {
            if let language, language != "en", catalog.whisperModel(named: name, language: nil) != nil {
                throw AnalysisError(
                    .modelMissing,
                    "language \(language) needs a multilingual model; scripts/bootstrap --with base fetches one")
            }
            throw AnalysisError(.backendUnavailable, "no Whisper model named \(name) is installed")
        }
        guard let voiceActivity = catalog.voiceActivityModel else {
            throw AnalysisError(.backendUnavailable, "no voice activity model is installed")
        }
        // Nothing else needs this one: a file that cannot be read, or is damaged, counts as missing.
        let speakers = configuration.tellsSpeakers ? catalog.speakerModel : nil
        let speakersSHA256 = speakers.flatMap { try? digest($0) }
        return AnalysisPlan.Speech(
            model: model, voiceActivity: voiceActivity, modelSHA256: try digest(model),
            voiceSHA256: try digest(voiceActivity),
            speakers: speakersSHA256 == nil ? nil : speakers, speakersSHA256: speakersSHA256)
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

    /// Why a model's bytes are not to be used; nil when they are those that were installed.
    func fault(of model: ModelFile) -> String? {
        do {
            _ = try digest(model)
            return nil
        } catch {
            return (error as? AnalysisError)?.message ?? "the model \(model.name) cannot be read"
        }
    }

    /// The digest of a model's bytes, which must be those that the manifest tells, where it tells any.
    private func digest(_ model: ModelFile) throws -> String {
        let found = try digest(model.path)
        guard model.listing.map({ $0.sha256 == found }) ?? true else {
            throw AnalysisError(.backendUnavailable, "the model \(model.name) is damaged")
        }
        return found
    }

    private func digest(_ path: String) throws -> String {
        let unreadable = AnalysisError(.backendUnavailable, "a model file cannot be read")
        guard let stamp = FileStamp(path: path) else { throw unreadable }
        if let known = digests.withLock({ $0[path] }), known.stamp == stamp { return known.sha256 }
        guard let file = try? OpenFile(path: path, for: .reading) else { throw unreadable }
        var hash = SHA256()
        var block = [UInt8](repeating: 0, count: 1 << 20)
        var offset: Int64 = 0
        while true {
            guard let count = try? file.read(into: &block, at: offset) else { throw unreadable }
            if count == 0 { break }
            block.withUnsafeBytes { hash.update(bufferPointer: UnsafeRawBufferPointer(rebasing: $0[..<count])) }
            offset += Int64(count)
        }
        let sha256 = hexadecimal(hash.finalize())
        digests.withLock { $0[path] = (stamp, sha256) }
        return sha256
    }
}
