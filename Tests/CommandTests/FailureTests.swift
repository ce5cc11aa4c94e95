import Foundation
import Testing
import TimelineModel

@Suite("Failures of the command line", .enabled(if: Installed.ffmpeg, "needs ffmpeg"))
struct FailureTests {
    @Test("Help and version")
    func help() async throws {
        let help = try await CuelineProcess.run(["--help"])
        #expect(help.status == 0)
        for command in ["analyze", "slice", "doctor", "models"] { #expect(help.output.contains("  \(command) ")) }
        #expect(try await CuelineProcess.run(["--version"]).output == "0.1.0\n")
    }

    @Test(
        "Wrong usage is 64",
        arguments: [
            ["analyze"], ["analyze", "x.wav", "--min-silence-ms", "many"], ["frobnicate"],
            ["slice", "x.json", "--in-ms", "5"], ["analyze", "x.wav", "--format", "tiff"],
        ])
    func usage(arguments: [String]) async throws {
        let result = try await CuelineProcess.run(arguments)
        #expect(result.status == 64)
        #expect(result.output.isEmpty)
    }

    @Test(
        "Hints and languages that mean nothing are refused by name",
        arguments: [("--bpm", "0"), ("--meter", "99"), ("--language", "E1")])
    func hints(option: String, value: String) async throws {
        let result = try await CuelineProcess.run(["analyze", Fixture.recording, option, value])
        #expect(result.status == 64)
        #expect(result.error.contains(option.dropFirst(2)))
    }

    @Test("A file that is not there is 66")
    func missing() async throws {
        let result = try await CuelineProcess.run(["analyze", "/nowhere/talk.mp3"])
        #expect(result.status == 66)
        #expect(!result.error.contains("/nowhere"))
    }

    @Test("What is no recording is 65 and never a timeline", arguments: ["empty", "text", "random", "picture"])
    func broken(kind: String) async throws {
        try await withTemporaryFolder { folder in
            let file = folder + "/talk.mp3"
            switch kind {
            case "empty": try Data().write(to: URL(filePath: file))
            case "text":
                let text = String(repeating: "This is not a recording.\n", count: 200)
                try Data(text.utf8).write(to: URL(filePath: file))
            case "random":
                var state: UInt64 = 88_172_645_463_325_252
                let bytes = (0..<40_000).map { _ -> UInt8 in
                    state ^= state << 13
                    state ^= state >> 7
                    state ^= state << 17
                    return UInt8(truncatingIfNeeded: state)
                }
                try Data(bytes).write(to: URL(filePath: file))
            default:
                try await ffmpeg(["-f", "lavfi", "-i", "testsrc=d=1:s=64x48", "-c:v", "mpeg4", "-f", "mp4", file])
            }
            // Not even the stub stands in for broken input.
            for backend in ["whisper_librosa", "stub"] {
                let result = try await CuelineProcess.run(
                    ["analyze", file, "-o", folder + "/out.json"], environment: ["AUDIO_SEMANTIC_BACKEND": backend])
                #expect(result.status == 65)
                #expect(!FileManager.default.fileExists(atPath: folder + "/out.json"))
            }
        }
    }

    @Test("A path that looks like an option is a path")
    func optionLikePath() async throws {
        try await withTemporaryFolder { folder in
            try await ffmpeg(["-f", "lavfi", "-i", "sine=d=1", "\(folder)/--no-beats.wav"])
            let result = try await CuelineProcess.run(
                ["analyze", "--", "--no-beats.wav"], environment: ["AUDIO_SEMANTIC_BACKEND": "stub"], folder: folder)
            #expect(result.status == 0)
        }
    }

    @Test("An unknown backend is refused")
    func unknownBackend() async throws {
        let result = try await CuelineProcess.run(
            ["analyze", Fixture.recording], environment: ["AUDIO_SEMANTIC_BACKEND": "magic"])
        #expect(result.status == 64)
        #expect(result.error.contains("AUDIO_SEMANTIC_BACKEND"))
    }

    @Test("One bad file among several: the others are done, the status tells")
    func several() async throws {
        try await withTemporaryFolder { folder in
            try await ffmpeg(["-f", "lavfi", "-i", "sine=d=1", "\(folder)/a.wav"])
            try await ffmpeg(["-f", "lavfi", "-i", "sine=d=2", "\(folder)/b.wav"])
            try Data("no".utf8).write(to: URL(filePath: folder + "/bad.wav"))
            let result = try await CuelineProcess.run(
                ["analyze", "a.wav", "bad.wav", "b.wav", "-o", "out"], environment: ["AUDIO_SEMANTIC_BACKEND": "stub"],
                folder: folder)
            #expect(result.status == 65)
            #expect(result.error.contains("bad.wav"))
            #expect(
                try FileManager.default.contentsOfDirectory(atPath: folder + "/out").sorted()
                    == ["a.wav.json", "b.wav.json"])
        }
    }

    @Test("Standard input is a recording like any other")
    func standardInput() async throws {
        try await withTemporaryFolder { folder in
            try await ffmpeg(["-f", "lavfi", "-i", "sine=d=1.5", "\(folder)/a.wav"])
            let bytes = [UInt8](try Data(contentsOf: URL(filePath: folder + "/a.wav")))
            let stub = ["AUDIO_SEMANTIC_BACKEND": "stub"]
            let piped = try await CuelineProcess.run(["analyze", "-"], environment: stub, input: bytes)
            let named = try await CuelineProcess.run(["analyze", folder + "/a.wav"], environment: stub)
            #expect(piped.status == 0)
            #expect(piped.output == named.output)
        }
    }

    @Test("A window is cut from a timeline, and a wrong one is refused")
    func slice() async throws {
        try await withTemporaryFolder { folder in
            let timeline = folder + "/t.json"
            let stub = ["AUDIO_SEMANTIC_BACKEND": "stub"]
            _ = try await CuelineProcess.run(["analyze", Fixture.recording, "-o", timeline], environment: stub)
            let cut = try await CuelineProcess.run(["slice", timeline, "--in-ms", "4000", "--out-ms", "9000"])
            let summary = try cut.summary()
            #expect(summary.durationMs == 5000)
            #expect(summary.meta.clipRelative == true)
            #expect(summary.meta.assetDurationMs == 66_000)
            let wrong = try await CuelineProcess.run(["slice", timeline, "--in-ms", "9000", "--out-ms", "4000"])
            #expect(wrong.status == 64 && wrong.output.isEmpty)
            let unreadable = try await CuelineProcess.run(
                ["slice", folder + "/no.json", "--in-ms", "0", "--out-ms", "1"])
            #expect(unreadable.status == 66)
            let foreign = try await CuelineProcess.run(["slice", Fixture.recording, "--in-ms", "0", "--out-ms", "1"])
            #expect(foreign.status == 65)
        }
    }
}
