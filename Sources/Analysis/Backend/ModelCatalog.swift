import Foundation

/// A model file on disk.
public struct ModelFile: Sendable, Hashable, Codable {
    /// `tiny.en`, `base`, `silero-v6.2.0`, …
    public var name: String
    public var path: String
    public var bytes: Int
    /// For Whisper models: whether it transcribes other languages than English.
    public var isMultilingual: Bool
    /// What the catalogue's manifest says of the file, nil when it is not listed there.
    public var listing: Listing?

    package init(name: String, path: String, bytes: Int, isMultilingual: Bool, listing: Listing? = nil) {
        self.name = name
        self.path = path
        self.bytes = bytes
        self.isMultilingual = isMultilingual
        self.listing = listing
    }

    private enum CodingKeys: String, CodingKey {
        case name
        case path
        case bytes
        case isMultilingual = "is_multilingual"
        case listing
    }

    /// An entry of `manifest.json`.
    public struct Listing: Sendable, Hashable, Codable {
        public var name: String
        public var file: String
        public var sha256: String
        public var bytes: Int
        public var version: String?
        public var licence: String?
        public var origin: String?
        public var language: String?
    }
}

/// The models that are installed: `ggml-*.bin` and `speakers-*.bin` in one folder, with the manifest that `scripts/bootstrap` wrote.
public struct ModelCatalog: Sendable {
    public let folder: String
    private let files: [ModelFile]

    /// Looks into the configured folder; an absent folder is an empty catalogue.
    public init(configuration: AnalysisConfiguration) {
        folder = Self.folder(of: configuration)
        let manager = FileManager.default
        let folder = folder
        let listings = manager.contents(atPath: folder + "/manifest.json").flatMap {
            try? JSONDecoder().decode([ModelFile.Listing].self, from: $0)
        }
        let names = ((try? manager.contentsOfDirectory(atPath: folder)) ?? []).sorted()
        files = names.compactMap { name in
            guard name.hasSuffix(".bin"),
                name.hasPrefix("ggml-") || name.hasPrefix(Self.speakers)
            else { return nil }
            let stem = String(name.dropFirst(name.hasPrefix("ggml-") ? 5 : 0).dropLast(4))
            let attributes = try? manager.attributesOfItem(atPath: folder + "/" + name)
            return ModelFile(
                name: stem, path: folder + "/" + name, bytes: Self.size(of: attributes),
                isMultilingual: !Self.plainName(stem).hasSuffix(".en"),
                listing: listings?.first { $0.file == name })
        }
    }

    /// Where the models of a configuration are.
    static func folder(of configuration: AnalysisConfiguration) -> String {
        if let chosen = configuration.modelsFolder { return chosen }
        let fetched = configuration.cacheFolder + "/models"
        guard let installed = configuration.installedModelsFolder else { return fetched }
        return !holdsModels(fetched) && holdsModels(installed) ? installed : fetched
    }

    private static func holdsModels(_ folder: String) -> Bool {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.contains { $0.hasSuffix(".bin") }
    }

    /// The Whisper models, by name.
    public var whisperModels: [ModelFile] {
        files.filter { file in !["silero", Self.speakers].contains { file.name.hasPrefix($0) } }
    }

    /// The voice activity model; of several the newest.
    public var voiceActivityModel: ModelFile? { files.last { $0.name.hasPrefix("silero") } }

    /// The model that tells voices apart; of several the newest.
    public var speakerModel: ModelFile? { files.last { $0.name.hasPrefix(Self.speakers) } }

    /// Every installed model.
    public var models: [ModelFile] { whisperModels + [voiceActivityModel, speakerModel].compactMap { $0 } }

    private static let speakers = "speakers-"

    /// The file that a request is to load.
    ///
    /// `NAME` means the multilingual `NAME`, else `NAME.en`; quantised files count as the same model. Where there is `NAME.en` only and
    /// another language is asked for, or `auto`, the smallest multilingual model takes its place.
    /// - Parameter language: ISO 639-1, `auto` where the model is to tell, or nil for what the name means.
    /// - Returns: nil when no such model is installed.
    public func whisperModel(named name: String, language: String?) -> ModelFile? {
        if name.contains("/") {
            guard FileManager.default.fileExists(atPath: name) else { return nil }
            let file = name.split(separator: "/").last.map(String.init) ?? name
            var stem = file.hasSuffix(".bin") ? String(file.dropLast(4)) : file
            if stem.hasPrefix("ggml-") { stem = String(stem.dropFirst(5)) }
            let attributes = try? FileManager.default.attributesOfItem(atPath: name)
            return ModelFile(
                name: stem, path: name, bytes: Self.size(of: attributes),
                isMultilingual: !Self.plainName(stem).hasSuffix(".en"))
        }
        let exact = whisperModels.filter { $0.name == name } + whisperModels.filter { Self.plainName($0.name) == name }
        if let file = exact.first { return file }
        guard let english = whisperModels.first(where: { Self.plainName($0.name) == name + ".en" }) else { return nil }
        guard let language, language != "en" else { return english }
        let other = whisperModels.filter(\.isMultilingual).min { $0.bytes < $1.bytes }
        return other ?? (language == "auto" ? english : nil)
    }

    private static func size(of attributes: [FileAttributeKey: Any]?) -> Int {
        (attributes?[.size] as? NSNumber)?.intValue ?? 0
    }

    /// A model's name without its quantisation: `tiny.en` of `tiny.en-q8_0`.
    private static func plainName(_ name: String) -> String {
        guard let dash = name.lastIndex(of: "-"), name[dash...].dropFirst().first == "q" else { return name }
        return String(name[..<dash])
    }
}
