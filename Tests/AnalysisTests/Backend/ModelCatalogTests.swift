import Analysis
import Foundation
import Testing

@Suite("Model catalogue")
struct ModelCatalogTests {
    /// A configuration whose cache and whose installed folder are below a new folder.
    private static func configuration(in root: URL) -> AnalysisConfiguration {
        var configuration = AnalysisConfiguration(cacheFolder: root.path + "/cache")
        configuration.installedModelsFolder = root.path + "/share/cueline/models"
        return configuration
    }

    private static func put(_ names: [String], in folder: String) throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        for name in names { try Data([0]).write(to: URL(filePath: folder + "/" + name)) }
    }

    private static func withFolder(_ body: (URL) throws -> Void) throws {
        let root = FileManager.default.temporaryDirectory.appending(path: "cueline-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: root) }
        try body(root)
    }

    @Test("Installed models are found where the cache has none", arguments: [nil, "", "manifest.json"])
    func installed(inCache name: String?) throws {
        try Self.withFolder { root in
            let configuration = Self.configuration(in: root)
            try Self.put(["ggml-tiny.en.bin"], in: root.path + "/share/cueline/models")
            if let name { try Self.put(name.isEmpty ? [] : [name], in: root.path + "/cache/models") }
            let catalog = ModelCatalog(configuration: configuration)
            #expect(catalog.whisperModels.map(\.name) == ["tiny.en"])
            #expect(catalog.folder == root.path + "/share/cueline/models")
        }
    }

    @Test("The cache's own come first, and a folder that was named before both")
    func order() throws {
        try Self.withFolder { root in
            var configuration = Self.configuration(in: root)
            try Self.put(["ggml-tiny.en.bin"], in: root.path + "/share/cueline/models")
            try Self.put(["ggml-base.bin"], in: root.path + "/cache/models")
            #expect(ModelCatalog(configuration: configuration).whisperModels.map(\.name) == ["base"])
            configuration.modelsFolder = root.path + "/mine"
            #expect(ModelCatalog(configuration: configuration).models.isEmpty)
        }
    }

    @Test("Where none are anywhere, the cache's folder is the one to name")
    func none() throws {
        try Self.withFolder { root in
            let catalog = ModelCatalog(configuration: Self.configuration(in: root))
            #expect(catalog.models.isEmpty)
            #expect(catalog.folder == root.path + "/cache/models")
        }
    }

    @Test("Other languages are heard with the smallest multilingual model, never with an English one")
    func languages() throws {
        try Self.withFolder { root in
            let folder = root.path + "/cache/models"
            try Self.put(["ggml-tiny.en.bin"], in: folder)
            var catalog = ModelCatalog(configuration: Self.configuration(in: root))
            #expect(catalog.whisperModel(named: "tiny", language: "es") == nil)
            #expect(catalog.whisperModel(named: "tiny", language: "auto")?.name == "tiny.en")

            for (name, bytes) in [("a-large", 3), ("base", 2)] {
                try Data(repeating: 0, count: bytes).write(to: URL(filePath: "\(folder)/ggml-\(name).bin"))
            }
            catalog = ModelCatalog(configuration: Self.configuration(in: root))
            for language in [nil, "en"] {
                #expect(catalog.whisperModel(named: "tiny", language: language)?.name == "tiny.en")
            }
            for language in ["es", "auto"] {
                #expect(catalog.whisperModel(named: "tiny", language: language)?.name == "base")
                #expect(catalog.whisperModel(named: "a-large", language: language)?.name == "a-large")
                #expect(catalog.whisperModel(named: "medium", language: language) == nil)
            }
        }
    }
}
