import Foundation
import Testing
import TimelineModel

@Suite("Several recordings, folders and patterns", .enabled(if: Installed.ffmpeg, "needs ffmpeg"))
struct SeveralFilesTests {
    private let stub = ["AUDIO_SEMANTIC_BACKEND": "stub"]

    /// Takes of one to four seconds, and what is not to be heard.
    private func makeTakes(in folder: String) async throws {
        for (name, seconds) in [
            ("b.wav", 2), ("a.flac", 1), ("deep/er/c.MP3", 3), ("deep/a.flac", 4), (".hidden/d.wav", 1),
        ] {
            let path = folder + "/takes/" + name
            try FileManager.default.createDirectory(
                at: URL(filePath: path).deletingLastPathComponent(), withIntermediateDirectories: true)
            try await ffmpeg(["-f", "lavfi", "-i", "sine=d=\(seconds)", path])
        }
        try Data("no sound".utf8).write(to: URL(filePath: folder + "/takes/notes.txt"))
    }

    private func files(in folder: String) -> [String] {
        (FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? [])
            .filter { $0.contains(".") }.sorted()
    }

    @Test("A folder is its recordings, those below it too; results keep their places, and a table sums up")
    func folder() async throws {
        try await withTemporaryFolder { folder in
            try await makeTakes(in: folder)
            let result = try await CuelineProcess.run(
                ["analyze", "takes", "-o", "out", "--jobs", "3"], environment: stub, folder: folder)
            #expect(result.status == 0)
            #expect(
                files(in: folder + "/out") == ["a.flac.json", "b.wav.json", "deep/a.flac.json", "deep/er/c.MP3.json"])
            let lines = result.output.split(separator: "\n").map(String.init)
            try #require(lines.count == 6)
            #expect(lines[0].hasPrefix("recording ") && lines[0].contains("LUFS"))
            #expect(
                lines[1...4].map { String($0.prefix { $0 != " " }) } == [
                    "a.flac", "b.wav", "deep/a.flac", "deep/er/c.MP3",
                ])
            #expect(lines[1...4].allSatisfy { $0.hasSuffix("stub: nothing was heard") })
            #expect(lines[5].hasPrefix("4 recordings, 0:10 in "))
            let quiet = try await CuelineProcess.run(
                ["analyze", "takes", "-o", "again", "--quiet"], environment: stub, folder: folder)
            #expect(quiet.output.isEmpty && files(in: folder + "/again") == files(in: folder + "/out"))
        }
    }

    @Test("A pattern that no shell expanded; timelines go into a pipe in the order of the recordings, each once")
    func pattern() async throws {
        try await withTemporaryFolder { folder in
            try await makeTakes(in: folder)
            let result = try await CuelineProcess.run(
                ["analyze", "takes/b.wav", "takes/*.[fw]*", "--jobs", "4"], environment: stub, folder: folder)
            #expect(result.status == 0)
            let lengths = try result.output.split(separator: "\n").map { line in
                try TimelineJSON.decode(AudioSemanticTimelineSummary.self, from: Data(line.utf8)).durationMs
            }
            #expect(lengths == [2000, 1000])
            // A file of that very name comes first.
            try await ffmpeg(["-f", "lavfi", "-i", "sine=d=1.5", folder + "/takes/[x].wav"])
            let named = try await CuelineProcess.run(["analyze", "takes/[x].wav"], environment: stub, folder: folder)
            #expect(try named.summary().durationMs == 1500)
        }
    }

    @Test("What cannot be meant is told before anything is heard")
    func refused() async throws {
        try await withTemporaryFolder { folder in
            try await makeTakes(in: folder)
            try FileManager.default.createDirectory(atPath: folder + "/empty", withIntermediateDirectories: true)
            for (arguments, status, word) in [
                (["empty"], 66, "empty"), (["takes/*.ogg"], 66, "*.ogg"),
                (["takes/a.flac", "takes/deep/a.flac", "-o", "out"], 64, "a.flac.json"),
                (["takes", "--asset", "x"], 64, "--asset"), (["-", "-"], 64, "Standard input"),
            ] {
                let result = try await CuelineProcess.run(["analyze"] + arguments, environment: stub, folder: folder)
                #expect(result.status == Int32(status) && result.error.contains(word) && result.output.isEmpty)
            }
            #expect(files(in: folder + "/out").isEmpty)
        }
    }

    @Test(
        "Recordings heard beside each other, with a library too, are what each is alone",
        .enabled(if: Installed.whisper, "needs tiny.en: scripts/bootstrap"))
    func beside() async throws {
        try await withTemporaryFolder { folder in
            for (name, start) in [("one", 0), ("two", 20), ("three", 35)] {
                try await ffmpeg(["-ss", "\(start)", "-t", "25", "-i", Fixture.recording, "\(folder)/\(name).flac"])
            }
            let names = ["one", "two", "three"].map { $0 + ".flac" }
            for more in [[], ["--library", "library"], ["--library", "library"]] {
                let together = try await CuelineProcess.run(
                    ["analyze", "*.flac", "-o", "out", "--jobs", "2", "--quiet"] + more, folder: folder)
                #expect(together.status == 0)
                for name in names {
                    let alone = try await CuelineProcess.run(["analyze", name, "--jobs", "1"], folder: folder)
                    let bytes = try Data(contentsOf: URL(filePath: folder + "/out/\(name).json"))
                    #expect(alone.output == String(decoding: bytes, as: UTF8.self))
                }
            }
        }
    }
}
