import Analysis
import Testing

@Suite("Analysis configuration")
struct AnalysisConfigurationTests {
    @Test("Defaults are the contract's")
    func defaults() throws {
        let configuration = try AnalysisConfiguration(environment: ["HOME": "/home/u"])
        #expect(configuration.backend == .whisperLibrosa)
        #expect(configuration.whisperModel == "tiny")
        #expect(configuration.seed == 42)
        #expect(configuration.fallback == .stub)
        #expect(configuration.cacheFolder == "/home/u/.cache/cueline")
    }

    @Test("The environment is honoured, and XDG_CACHE_HOME with it")
    func environment() throws {
        let configuration = try AnalysisConfiguration(environment: [
            "AUDIO_SEMANTIC_BACKEND": "stub", "AUDIO_SEMANTIC_SEED": "7", "AUDIO_SEMANTIC_FALLBACK": "error",
            "AUDIO_SEMANTIC_WHISPER_MODEL": "base", "XDG_CACHE_HOME": "/c",
        ])
        #expect(configuration.backend == .stub)
        #expect(configuration.seed == 7)
        #expect(configuration.fallback == .error)
        #expect(configuration.whisperModel == "base")
        #expect(configuration.cacheFolder == "/c/cueline")
    }

    @Test(
        "An unknown value is an error that names the variable",
        arguments: ["AUDIO_SEMANTIC_BACKEND", "AUDIO_SEMANTIC_FALLBACK", "AUDIO_SEMANTIC_SEED"])
    func unknown(name: String) {
        #expect {
            try AnalysisConfiguration(environment: [name: "whisper_librosa_v3"])
        } throws: { error in
            (error as? AnalysisError)?.code == .validation && "\(error)".contains(name)
        }
    }
}
