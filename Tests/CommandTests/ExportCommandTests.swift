import Foundation
import Testing
import TimelineModel

@Suite("OriginTests and PhrasesTests on the command line: export, phrases, shots", .timeLimit(.minutes(20)))
struct ExportCommandTests {
    /// Two voices, music under the second, four beats.
    private static let timeline: AudioSemanticTimelineSummary = {
        func speech(_ range: Range<Int>, _ speaker: String, _ words: [String]) -> AudioEvent {
            var event = AudioEvent(
                kind: .speech, startMs: range.lowerBound, endMs: range.upperBound, speakerID: speaker,
                transcription: words.joined(separator: " "))
            event.meta.words = words.enumerated().map { number, word in
                TimelineWord(
                    word: word, startMs: range.lowerBound + number * 400, endMs: range.lowerBound + number * 400 + 300,
                    confidence: 0.9)
            }
            return event
        }
        let events = [
            AudioEvent(kind: .silence, startMs: 0, endMs: 1_000), speech(1_000..<2_200, "S1", ["Ask", "not", "what"]),
            AudioEvent(kind: .music, startMs: 2_200, endMs: 8_000), speech(4_000..<5_000, "S2", ["Why", "not?"]),
        ]
        let beats = (0..<4).map {
            BeatEvent(timeMs: 2_500 + $0 * 500, beatIndex: $0, barIndex: 0, beatInBar: $0 + 1, confidence: 0.9)
        }
        var meta = TimelineMeta(
            modelUsed: "whisper_tiny.en", backendType: "whisper_librosa", backendVersion: "whisper_librosa_v2",
            semanticVersion: "whisper_librosa_v2.1", parameters: AnalysisParameters(), cacheKey: "k",
            semanticIdentity: "i", contentSHA256: "c", seed: 42)
        meta.summary = TimelineCounts(events: events, beats: beats)
        return AudioSemanticTimelineSummary(
            assetID: "talk", durationMs: 8_000, events: events, beats: beats, meta: meta)
    }()

    private func withTimeline(_ body: (_ folder: String, _ path: String) async throws -> Void) async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/timeline.json"
            try TimelineJSON.encode(Self.timeline).write(to: URL(filePath: path))
            try await body(folder, path)
        }
    }

    @Test(
        "export writes each format as it begins",
        arguments: [
            ("vtt", "WEBVTT\n"), ("srt", "1\n00:00:01,000 --> "), ("otio", "{"), ("audacity", "0.000"),
            ("rttm", "SPEAKER talk 1 1.000 1.200 <NA> <NA> S1 <NA> <NA>\n"), ("jams", "{"), ("podcast", "{"),
            ("chapters", "{"), ("midi", "MThd"), ("csv", "type,start_ms,end_ms"), ("json", "{\"asset_id\":\"talk\""),
        ])
    func export(format: String, start: String) async throws {
        try await withTimeline { folder, path in
            let printed = try await CuelineProcess.run(["export", path, "--format", format])
            #expect(printed.status == 0 && printed.error.isEmpty)
            #expect(printed.output.hasPrefix(start))
            let file = folder + "/out"
            let written = try await CuelineProcess.run(["export", path, "--format", format, "-o", file])
            #expect(written.status == 0 && written.output.isEmpty)
            // Both are the same bytes; what is no text came through lossily above.
            let bytes = try Data(contentsOf: URL(filePath: file))
            #expect(String(decoding: bytes, as: UTF8.self) == printed.output)
        }
    }

    @Test("export names the recording that it is told of, and reads what the service answers")
    func media() async throws {
        try await withTimeline { folder, path in
            let named = try await CuelineProcess.run(
                ["export", path, "--format", "otio", "--media", "talk one.wav"], folder: folder)
            #expect(named.output.contains("/talk%20one.wav\""))
            let framed = try await CuelineProcess.run(["export", path, "--format", "otio", "--frame-rate", "29.97"])
            #expect(framed.output.contains("29.97002997002997"))
            let answer = folder + "/answer.json"
            let stored = try String(contentsOfFile: path, encoding: .utf8)
            try #"{"artifact_id": "art_1", "uri": "/x", "summary": \#(stored)}"#
                .write(toFile: answer, atomically: true, encoding: .utf8)
            let plain = try await CuelineProcess.run(["export", path, "--format", "vtt"])
            #expect(try await CuelineProcess.run(["export", answer, "--format", "vtt"]).output == plain.output)
            let piped = try await CuelineProcess.run(
                ["export", "-", "--format", "vtt"], input: Array(stored.utf8))
            #expect(piped.output == plain.output)
        }
    }

    @Test("What cannot be exported says why")
    func failures() async throws {
        try await withTimeline { folder, path in
            #expect(try await CuelineProcess.run(["export", path]).status == 64)
            #expect(try await CuelineProcess.run(["export", path, "--format", "avi"]).status == 64)
            #expect(try await CuelineProcess.run(["export", folder + "/none", "--format", "vtt"]).status == 66)
            try "{}".write(toFile: folder + "/junk.json", atomically: true, encoding: .utf8)
            #expect(try await CuelineProcess.run(["export", folder + "/junk.json", "--format", "vtt"]).status == 65)
        }
    }

    @Test("A device or a pipe is written into, never replaced; a full one is an error")
    func devices() async throws {
        try await withTimeline { folder, path in
            let printed = try await CuelineProcess.run(["export", path, "--format", "csv"])
            let piped = try await CuelineProcess.run(["export", path, "--format", "csv", "-o", "/dev/stdout"])
            #expect(piped.status == 0 && piped.output == printed.output)
            let link = folder + "/full"
            try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "/dev/full")
            let full = try await CuelineProcess.run(["export", path, "--format", "csv", "-o", link])
            #expect(full.status == 1 && full.error.contains("cannot be written"))
            #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == "/dev/full")
        }
    }

    @Test("phrases are told by pause and by voice")
    func phrases() async throws {
        try await withTimeline { _, path in
            let found = try await CuelineProcess.run(["phrases", path])
            #expect(found.status == 0)
            let answer: JSONValue = try TimelineJSON.decode(from: Data(found.output.utf8))
            guard case .array(let phrases)? = answer.members?["phrases"] else {
                Issue.record("no phrases: \(found.output)")
                return
            }
            #expect(phrases.compactMap { $0.members?["transcript"]?.text } == ["Ask not what", "Why not?"])
            #expect(phrases.compactMap { $0.members?["start_ms"]?.double } == [1_000, 4_000])
            #expect(phrases.compactMap { $0.members?["speaker_id"]?.text } == ["S1", "S2"])
            let none = try await CuelineProcess.run(["phrases", path, "--min-phrase-len-ms", "5000"])
            #expect(none.output.contains("\"dropped_short\":2"))
            #expect(try await CuelineProcess.run(["phrases", path, "--max-gap-ms", "-1"]).status == 64)
        }
    }

    @Test(
        "shots come from the library that analyze keeps", .enabled(if: Installed.ffmpeg, "needs ffmpeg"))
    func shots() async throws {
        try await withTemporaryFolder { folder in
            let (library, sequence) = (folder + "/library", folder + "/sequence.json")
            // The stub speaks from 0 to 5 s, again from 13.8 s, and beats every half second.
            let stub = ["AUDIO_SEMANTIC_BACKEND": "stub"]
            let heard = try await CuelineProcess.run(
                ["analyze", Fixture.recording, "--library", library, "--asset", "harbour"], environment: stub)
            #expect(heard.status == 0)
            let clips = """
                {"id": "cut", "tracks": [{"clips": [
                  {"id": "c1", "asset_id": "harbour", "start_ms": 0, "duration_ms": 2000, "source_offset_ms": 1000},
                  {"id": "c2", "asset_id": "harbour", "start_ms": 2000, "duration_ms": 2000, "source_offset_ms": 13000}]}]}
                """
            try clips.write(toFile: sequence, atomically: true, encoding: .utf8)
            func run(_ arguments: String...) async throws -> CuelineProcess {
                try await CuelineProcess.run(["shots", sequence, "--library", library] + arguments)
            }
            let made = try await run()
            #expect(made.status == 0)
            let list: JSONValue = try TimelineJSON.decode(from: Data(made.output.utf8))
            guard case .array(let shots)? = list.members?["shots"] else {
                Issue.record("no shots: \(made.output)")
                return
            }
            #expect(shots.compactMap { $0.members?["source_start_ms"]?.double } == [1_000, 13_800])
            let reasons = shots.compactMap { $0.members?["meta"]?.members?["alignment_reason"]?.text }
            #expect(reasons == ["already_in_speech", "speech_onset"])
            #expect(try await run().output == made.output)

            let edl = try await run("--format", "edl", "--frame-rate", "30000/1001", "--drop-frame")
            #expect(edl.output.contains("FCM: DROP FRAME") && edl.output.contains("harbour"))
            let plain = try await run("--alignment", "none", "--format", "edl")
            #expect(plain.output.contains("00:00:13:00 00:00:15:00 01:00:02:00 01:00:04:00"))
            for format in ["otio", "fcpxml"] {
                let file = folder + "/cut." + format
                #expect(try await run("--format", format, "-o", file).status == 0)
                let text = try String(contentsOfFile: file, encoding: .utf8)
                #expect(text.contains("harbour.flac"))
            }
            #expect(try await run("--drop-frame").status == 64)
            #expect(try await run("--frame-rate", "31.7").status == 64)
            let elsewhere = try await CuelineProcess.run(["shots", sequence, "--library", folder + "/none"])
            #expect(elsewhere.status == 66)
            let others = try await run("--tenant", "t2")
            #expect(others.status == 66 && others.error.contains("clip c1"))
        }
    }
}
