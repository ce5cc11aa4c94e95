import Foundation
import Testing
import TimelineModel

/// What happens when a part is missing: the stub, honestly labelled, or an error.
@Suite("Fallback", .enabled(if: Installed.ffmpeg, "needs ffmpeg"))
struct FallbackTests {
    /// Ways to hide a part.
    static let hidden: [String: [String: String]] = [
        "models": ["CUELINE_MODELS": "/nowhere"],
        "model's bytes": ["AUDIO_SEMANTIC_WHISPER_MODEL": Fixture.recording],
        "model's name": ["AUDIO_SEMANTIC_WHISPER_MODEL": "gigantic"],
    ]

    @Test("The stub stands in, and every place says so", arguments: Self.hidden.keys.sorted())
    func stub(part: String) async throws {
        let result = try await CuelineProcess.run(
            ["analyze", Fixture.recording], environment: try #require(Self.hidden[part]))
        #expect(result.status == 0)
        #expect(result.error.contains("STUB"))
        #expect(result.error.contains("cueline doctor"))
        let summary = try result.summary()
        let meta = summary.meta
        let stub = "audio_semantic_stub_v1"
        #expect(meta.backendType == "stub")
        #expect([meta.semanticVersion, meta.backend, meta.backendVersion] == [stub, stub, stub])
        #expect(meta.fallbackReason?.isEmpty == false)
        #expect(meta.cacheKey.contains("|\(stub)|"))
        let info = try #require(meta.backendInfo)
        #expect(info.backendType == "stub" && info.backendVersion == stub)
        #expect(info.dependencies["librosa"]?.error?.isEmpty == false)
        #expect(["whisper", "vad"].contains { info.dependencies[$0]?.available == false })
        #expect(summary.durationMs == 66_000)
        #expect(summary.events.allSatisfy { $0.confidence == 0 && $0.loudnessLUFS == nil && $0.transcription == nil })
        #expect(Array(summary.events.map(\.kind).prefix(5)) == [.speech, .silence, .music, .speech, .other])
        #expect(summary.events[0].endMs == 5000)
        #expect(summary.beats.prefix(3).map(\.timeMs) == [0, 500, 1000])
        #expect(summary.beats.allSatisfy { $0.barIndex == ($0.beatIndex ?? 0) / 4 })
    }

    @Test("As an error, when asked for: 69 and no timeline", arguments: Self.hidden.keys.sorted())
    func error(part: String) async throws {
        var environment = try #require(Self.hidden[part])
        environment["AUDIO_SEMANTIC_FALLBACK"] = "error"
        let result = try await CuelineProcess.run(["analyze", Fixture.recording], environment: environment)
        #expect(result.status == 69)
        #expect(result.output.isEmpty)
    }

    @Test("In part, when asked for: what is missing is left out and named")
    func partial() async throws {
        let result = try await CuelineProcess.run(
            ["analyze", Fixture.recording],
            environment: ["CUELINE_MODELS": "/nowhere", "AUDIO_SEMANTIC_FALLBACK": "partial"])
        let summary = try result.summary()
        #expect(summary.violations == [])
        #expect(summary.meta.backendType == "whisper_librosa")
        #expect(summary.meta.warnings.contains { $0.hasPrefix("speech_not_transcribed") })
        #expect(summary.events.allSatisfy { $0.transcription == nil })
        #expect(summary.beats.count > 40)
    }

    @Test("What a request does not need may be missing")
    func notNeeded() async throws {
        let summary = try await CuelineProcess.run(
            ["analyze", Fixture.recording, "--no-speech-music"],
            environment: ["CUELINE_MODELS": "/nowhere"]
        ).summary()
        #expect(summary.meta.backendType == "whisper_librosa")
        #expect(!summary.beats.isEmpty)
    }

    @Test("The chosen stub says that it was chosen, and is the same each time")
    func configured() async throws {
        let environment = ["AUDIO_SEMANTIC_BACKEND": "stub"]
        let first = try await CuelineProcess.run(["analyze", Fixture.recording], environment: environment)
        let second = try await CuelineProcess.run(["analyze", Fixture.recording], environment: environment)
        #expect(try first.summary().meta.fallbackReason == "configured")
        #expect(first.output == second.output)
        #expect(!first.error.contains("cueline doctor"))
    }

    @Test("Without ffmpeg nothing can be heard: 69")
    func withoutFFmpeg() async throws {
        let result = try await CuelineProcess.run(
            ["analyze", Fixture.recording], environment: ["CUELINE_FFMPEG": "/nowhere/ffmpeg"])
        #expect(result.status == 69)
        #expect(result.output.isEmpty)
        #expect(result.error.contains("cueline doctor"))
    }

    @Test("The doctor finds what is missing and names the command that mends it")
    func doctor() async throws {
        let result = try await CuelineProcess.run(
            ["doctor"], environment: ["CUELINE_MODELS": "/nowhere"])
        #expect(result.status == 69)
        #expect(result.output.contains("MISSING"))
        #expect(result.output.contains("scripts/bootstrap"))
    }
}
