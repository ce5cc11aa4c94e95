import Files

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// How this process analyses: read from the environment once, at start-up.
public struct AnalysisConfiguration: Sendable, Hashable {
    /// Which backend hears.
    public enum Backend: String, Sendable, Hashable, CaseIterable {
        case whisperLibrosa = "whisper_librosa"
        case stub
    }

    /// What happens when a part that a request needs is missing.
    public enum Fallback: String, Sendable, Hashable, CaseIterable {
        /// The deterministic stub stands in, and says so.
        case stub
        /// What can be computed for real is, the rest is left out and named in `warnings`.
        case partial
        /// The request fails.
        case error
    }

    private enum Switch: String, CaseIterable {
        case on
        case off
    }

    public var backend: Backend = .whisperLibrosa
    /// A model's name such as `tiny`, or the path of a ggml file.
    public var whisperModel = "tiny"
    /// Seeds whatever samples.
    public var seed = 42
    public var fallback: Fallback = .stub
    /// The folder with the models; nil means `models` in ``cacheFolder``, and ``installedModelsFolder`` where none are there.
    public var modelsFolder: String?
    /// Where models lie that were installed with this program: `share/cueline/models` beside its `bin`. They may be missing.
    public var installedModelsFolder: String?
    /// Where `scripts/bootstrap` keeps what it fetched and built.
    public var cacheFolder: String
    /// Whether voices are told apart, where the model for it is installed.
    public var tellsSpeakers = true
    /// Chunks that are transcribed at once; the result does not depend on it.
    public var jobs = 2

    public init(cacheFolder: String) {
        self.cacheFolder = cacheFolder
    }

    /// Reads `AUDIO_SEMANTIC_*` and `CUELINE_*`.
    ///
    /// - Throws: ``AnalysisError`` `validation`, naming the variable that cannot be used.
    public init(environment: [String: String]) throws {
        func value(_ name: String) -> String? {
            guard let text = environment[name], !text.isEmpty else { return nil }
            return text
        }
        func choice<Choice: RawRepresentable & CaseIterable>(
            _ name: String, _ initial: Choice
        ) throws -> Choice where Choice.RawValue == String {
            guard let text = value(name) else { return initial }
            guard let choice = Choice(rawValue: text) else {
                let known = Choice.allCases.map(\.rawValue).joined(separator: ", ")
                throw AnalysisError(.validation, "\(name) must be one of: \(known)")
            }
            return choice
        }
        let home = value("HOME") ?? "."
        let caches = value("XDG_CACHE_HOME") ?? home + "/.cache"
        self.init(cacheFolder: value("CUELINE_CACHE") ?? caches + "/cueline")
        backend = try choice("AUDIO_SEMANTIC_BACKEND", backend)
        fallback = try choice("AUDIO_SEMANTIC_FALLBACK", fallback)
        whisperModel = value("AUDIO_SEMANTIC_WHISPER_MODEL") ?? whisperModel
        if let text = value("AUDIO_SEMANTIC_SEED") {
            guard let number = Int(text) else {
                throw AnalysisError(.validation, "AUDIO_SEMANTIC_SEED must be a whole number")
            }
            seed = number
        }
        modelsFolder = value("CUELINE_MODELS")
        installedModelsFolder = ThisProgram.folder.map { $0 + "/../share/cueline/models" }
        tellsSpeakers = try choice("CUELINE_SPEAKERS", Switch.on) == .on
        jobs = max(1, ProcessInfo.processInfo.activeProcessorCount)
    }

    /// Whether this program was installed, rather than built where it lies: what mends it differs.
    package var isOfInstalledProgram: Bool {
        installedModelsFolder.flatMap(FileSystem.parent(of:)).map(FileSystem.isFolder) ?? false
    }
}
