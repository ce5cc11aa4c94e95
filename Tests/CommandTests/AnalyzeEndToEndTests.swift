import Foundation
import Testing
import TimelineModel

/// The whole way, from a file to a timeline, with the real parts.
@Suite(
    "Analyze, end to end", .enabled(if: Installed.whisper, "needs ffmpeg and tiny.en: scripts/bootstrap"))
struct AnalyzeEndToEndTests {
    @Test("The fixture's words, layers, loudness and beats are found")
    func fixture() async throws {
        let truth = try Fixture.truth()
        let result = try await CuelineProcess.run(["analyze", Fixture.recording])
        #expect(result.status == 0)
        let summary = try result.summary()
        #expect(summary.violations == [])
        #expect(summary.durationMs == truth.duration_ms)
        #expect(summary.meta.backendType == "whisper_librosa")
        #expect(summary.meta.modelUsed.hasPrefix("whisper_tiny"))

        let heard = summary.events.filter { $0.kind == .speech }.compactMap(\.transcription).joined(separator: " ")
        let said = truth.speech.compactMap(\.text).joined(separator: " ")
        #expect(plainWords(heard) == plainWords(said))

        #expect(agreement(summary, .speech, truth.speech) > 0.97)
        #expect(agreement(summary, .music, truth.music) > 0.95)
        #expect(agreement(summary, .silence, truth.silence) > 0.95)
        #expect(agreement(summary, .other, truth.other) > 0.9)

        let loudness = try #require(summary.meta.loudness)
        #expect(abs((loudness.integratedLUFS ?? 0) - truth.integrated_lufs) <= 0.1)
        #expect(abs((loudness.truePeakDBTP ?? 0) - truth.true_peak_dbtp) <= 0.3)

        #expect(hits(summary.beats.map(\.timeMs), truth.beats_ms, withinMs: 40) > 0.95)
        let downbeats = summary.beats.filter { $0.beatInBar == 1 }.map(\.timeMs)
        #expect(hits(downbeats, truth.downbeats_ms, withinMs: 40) > 0.9)
        #expect(abs((summary.meta.tempoBPM ?? 0) - truth.tempo_bpm) < 0.5)
        #expect(summary.meta.meter == truth.meter)
    }

    @Test("The fixture's two voices are told apart, each with its words")
    func speakers() async throws {
        let truth = try Fixture.truth()
        let summary = try await CuelineProcess.run(["analyze", Fixture.recording]).summary()
        let speech = summary.events.filter { $0.kind == .speech }
        #expect(Set(speech.map(\.speakerID)) == ["S1", "S2"])
        #expect(speech.allSatisfy { ($0.meta.speakerConfidence ?? 0) > 0.5 })
        let first = try #require(truth.speech.first?.voice)
        let voices = ["S1": first, "S2": truth.speech.compactMap(\.voice).first { $0 != first }]
        for span in truth.speech {
            let own = speech.filter { voices[$0.speakerID ?? ""] == span.voice }
            let heard = own.reduce(0) { $0 + max(0, min($1.endMs, span.end_ms) - max($1.startMs, span.start_ms)) }
            #expect(Double(heard) > 0.9 * Double(span.end_ms - span.start_ms))
        }
        let off = try await CuelineProcess.run(
            ["analyze", Fixture.recording], environment: ["CUELINE_SPEAKERS": "off"]
        ).summary()
        #expect(off.events.allSatisfy { $0.speakerID == nil && $0.meta.speakerConfidence == nil })
        #expect(off.meta.stages["speakers"] == nil && off.meta.semanticIdentity != summary.meta.semanticIdentity)
        #expect(off.events.compactMap(\.transcription) == summary.events.compactMap(\.transcription))
    }

    @Test("A vocabulary changes how words are written, and what the timeline is; one that is too long is refused")
    func vocabulary() async throws {
        let plain = try await CuelineProcess.run(["analyze", Fixture.recording, "--no-beats"]).summary()
        let hinted = try await CuelineProcess.run(
            ["analyze", Fixture.recording, "--no-beats", "--vocabulary", "four men, 9 men"]
        ).summary()
        let texts = [plain, hinted].map { $0.events.compactMap(\.transcription).joined(separator: " ") }
        #expect(texts[0].contains("nine men") && texts[1].contains("9 men"))
        #expect(plain.meta.semanticIdentity != hinted.meta.semanticIdentity)
        for text in [String(repeating: "a", count: 501), "a" + String(repeating: "\u{301}", count: 500), "a\nb"] {
            let result = try await CuelineProcess.run(["analyze", Fixture.recording, "--vocabulary", text])
            #expect(result.status == 64 && result.output.isEmpty && result.error.contains("vocabulary"))
        }
    }

    @Test("Without a sound speaker model everything else is heard, and a damaged one is named")
    func speakerModel() async throws {
        let installed = Installed.models
        try await withTemporaryFolder { folder in
            for name in try FileManager.default.contentsOfDirectory(atPath: installed) where name.hasPrefix("ggml-") {
                try FileManager.default.createSymbolicLink(
                    atPath: folder + "/" + name, withDestinationPath: installed + "/" + name)
            }
            let environment = ["CUELINE_MODELS": folder]
            let without = try await CuelineProcess.run(["analyze", Fixture.recording], environment: environment)
            #expect(without.status == 0)
            let summary = try without.summary()
            #expect(summary.meta.backendType == "whisper_librosa" && summary.meta.warnings.isEmpty)
            #expect(summary.events.allSatisfy { $0.speakerID == nil })

            try Data("CUELSPKR, but not really".utf8).write(to: URL(filePath: folder + "/speakers-x.bin"))
            let damaged = try await CuelineProcess.run(
                ["analyze", Fixture.recording], environment: environment
            ).summary()
            #expect(damaged.meta.backendType == "whisper_librosa")
            #expect(damaged.meta.warnings.contains { $0.hasPrefix("speakers_not_told_apart") })
            #expect(damaged.events == summary.events)

            try FileManager.default.removeItem(atPath: folder + "/speakers-x.bin")
            try FileManager.default.createDirectory(
                atPath: folder + "/speakers-x.bin", withIntermediateDirectories: true)
            let unreadable = try await CuelineProcess.run(
                ["analyze", Fixture.recording], environment: environment)
            #expect(unreadable.output == without.output)
        }
    }

    @Test("Two runs, and one or two jobs, give the same bytes")
    func sameBytes() async throws {
        let first = try await CuelineProcess.run(["analyze", Fixture.recording, "--jobs", "2"])
        let second = try await CuelineProcess.run(["analyze", Fixture.recording, "--jobs", "2"])
        let single = try await CuelineProcess.run(["analyze", Fixture.recording, "--jobs", "1"])
        #expect(first.status == 0 && !first.output.isEmpty)
        #expect(first.output == second.output)
        #expect(first.output == single.output)
    }

    @Test("Chunks that are heard again, as noise makes them unsure, have the same bytes for one, two and four jobs")
    func sameBytesInNoise() async throws {
        try await withTemporaryFolder { folder in
            let file = folder + "/noisy.wav"
            let noise = "anoisesrc=d=150:c=pink:a=0.12:seed=3:r=16000"
            try await ffmpeg(
                ["-stream_loop", "-1", "-i", Fixture.recording, "-f", "lavfi", "-i", noise]
                    + [
                        "-filter_complex", "[0:a]aresample=16000,pan=mono|c0=c0[a];[a][1:a]amix=duration=shortest",
                        file,
                    ])
            let single = try await CuelineProcess.run(["analyze", file, "--no-beats", "--jobs", "1"])
            #expect(try single.summary().violations == [])
            for jobs in ["2", "4"] {
                let several = try await CuelineProcess.run(["analyze", file, "--no-beats", "--jobs", jobs])
                #expect(several.output == single.output)
            }
        }
    }

    @Test(
        "Nothing is transcribed where nobody speaks",
        arguments: [
            "silence": "anullsrc=r=44100:cl=stereo:d=12", "noise": "anoisesrc=d=12:c=white:a=0.2:seed=5:r=44100",
            "hum": "sine=f=50:r=44100:d=12", "quiet noise": "anoisesrc=d=12:c=pink:a=0.01:seed=9:r=44100",
        ])
    func nothingInvented(name: String, source: String) async throws {
        try await withTemporaryFolder { folder in
            let file = folder + "/sound.wav"
            try await ffmpeg(["-f", "lavfi", "-i", source, file])
            let summary = try await CuelineProcess.run(["analyze", file]).summary()
            #expect(summary.violations == [])
            #expect(summary.events.allSatisfy { $0.transcription == nil && $0.kind != .speech })
            #expect(summary.beats.isEmpty)
        }
    }

    @Test("Nothing is transcribed on an instrumental")
    func instrumental() async throws {
        try await withTemporaryFolder { folder in
            let file = folder + "/music.wav"
            try await ffmpeg(["-ss", "10.6", "-t", "13", "-i", Fixture.recording, file])
            let summary = try await CuelineProcess.run(["analyze", file]).summary()
            #expect(summary.events.allSatisfy { ($0.transcription ?? "").isEmpty })
            #expect(summary.events.contains { $0.kind == .music })
        }
    }

    @Test("One sound in six formats starts its events at the same times")
    func formats() async throws {
        try await withTemporaryFolder { folder in
            var summaries: [AudioSemanticTimelineSummary] = []
            let encodings: [(String, [String])] = [
                ("wav", ["-c:a", "pcm_s16le"]), ("flac", ["-c:a", "flac"]),
                ("mp3", ["-c:a", "libmp3lame", "-b:a", "160k"]),
                ("m4a", ["-c:a", "aac", "-b:a", "160k"]), ("opus", ["-c:a", "libopus", "-b:a", "128k"]),
            ]
            for (ending, options) in encodings {
                let file = "\(folder)/sound.\(ending)"
                try await ffmpeg(["-i", Fixture.recording] + options + [file])
                summaries.append(try await CuelineProcess.run(["analyze", file]).summary())
            }
            let video = folder + "/sound.mp4"
            try await ffmpeg(
                ["-f", "lavfi", "-i", "testsrc=s=64x48:r=10:d=66", "-i", Fixture.recording]
                    + ["-c:v", "mpeg4", "-c:a", "aac", "-b:a", "160k", video])
            summaries.append(try await CuelineProcess.run(["analyze", video]).summary())

            var differences: [Int] = []
            for other in summaries.dropFirst() {
                #expect(abs(other.durationMs - summaries[0].durationMs) <= 100)
                for event in summaries[0].events {
                    let nearest = other.events.filter { $0.kind == event.kind }.map { abs($0.startMs - event.startMs) }
                    differences.append(try #require(nearest.min(), "no \(event.kind) at all"))
                }
            }
            differences.sort()
            #expect(differences[differences.count / 2] <= 5)
            #expect(differences[differences.count * 95 / 100] <= 40)
        }
    }

    @Test("Only silence and other sound when speech and music are not asked for; no beats when beats are not")
    func flags() async throws {
        let summary = try await CuelineProcess.run(["analyze", Fixture.recording, "--no-speech-music", "--no-beats"])
            .summary()
        #expect(summary.violations == [])
        #expect(Set(summary.events.map(\.kind)) == [.silence, .other])
        #expect(summary.beats.isEmpty)
        #expect(summary.meta.modelUsed == "none")
    }

    @Test("Captions come out as WebVTT and SRT")
    func captions() async throws {
        let vtt = try await CuelineProcess.run(["analyze", Fixture.recording, "--format", "vtt", "--no-beats"])
        #expect(vtt.output.hasPrefix("WEBVTT"))
        #expect(vtt.output.contains("Good morning"))
        let srt = try await CuelineProcess.run(["analyze", Fixture.recording, "--format", "srt", "--no-beats"])
        #expect(srt.output.hasPrefix("1\n00:00:0"))
    }

    @Test("Another language than English without a multilingual model is an error, not a guess")
    func language() async throws {
        try await withTemporaryFolder { folder in
            try await withEnglishModels(in: folder) { models in
                let result = try await CuelineProcess.run(
                    ["analyze", Fixture.recording, "--language", "es"], environment: ["CUELINE_MODELS": models])
                #expect(result.status == 69)
                #expect(result.output.isEmpty)
                #expect(result.error.contains("multilingual"))
            }
        }
    }

    @Test("Without a multilingual model English is assumed, and said to be")
    func assumedEnglish() async throws {
        try await withTemporaryFolder { folder in
            try await withEnglishModels(in: folder) { models in
                let summary = try await CuelineProcess.run(
                    ["analyze", Fixture.recording, "--no-beats"], environment: ["CUELINE_MODELS": models]
                ).summary()
                #expect(summary.meta.language == "en")
                #expect(summary.meta.languageAssumed == true)
            }
        }
    }

    @Test("An interruption ends the work and leaves nothing half-written")
    func interruption() async throws {
        try await withTemporaryFolder { folder in
            let long = folder + "/long.wav"
            try await ffmpeg(["-stream_loop", "30", "-i", Fixture.recording, "-c:a", "pcm_s16le", long])
            let output = folder + "/out.json"
            let status = try await CuelineInterruption.interrupt(["analyze", long, "-o", output])
            #expect(status == 130)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["long.wav"])
        }
    }

    /// A models folder with the English Whisper and Silero only.
    private func withEnglishModels(in folder: String, _ body: (String) async throws -> Void) async throws {
        let result = try await CuelineProcess.run(["models", "--json"])
        struct Model: Decodable {
            var name: String
            var path: String
        }
        for model in try JSONDecoder().decode([Model].self, from: Data(result.output.utf8))
        where model.name.contains(".en") || model.name.hasPrefix("silero") {
            try FileManager.default.createSymbolicLink(
                atPath: "\(folder)/ggml-\(model.name).bin", withDestinationPath: model.path)
        }
        try await body(folder)
    }

    /// F-measure of the milliseconds of a kind.
    private func agreement(
        _ summary: AudioSemanticTimelineSummary, _ kind: EventKind, _ truth: [Fixture.Truth.Span]
    ) -> Double {
        var heard = [Bool](repeating: false, count: summary.durationMs)
        var real = heard
        for event in summary.events where event.kind == kind {
            for time in event.startMs..<event.endMs { heard[time] = true }
        }
        for span in truth {
            for time in span.start_ms..<min(span.end_ms, real.count) { real[time] = true }
        }
        let both = zip(heard, real).count { $0 && $1 }
        let sum = heard.count { $0 } + real.count { $0 }
        return sum == 0 ? 1 : 2 * Double(both) / Double(sum)
    }

    /// F-measure of times that lie within a window of each other.
    private func hits(_ heard: [Int], _ truth: [Int], withinMs window: Int) -> Double {
        let found = truth.count { time in heard.contains { abs($0 - time) <= window } }
        let right = heard.count { time in truth.contains { abs($0 - time) <= window } }
        guard !heard.isEmpty, !truth.isEmpty else { return heard.isEmpty && truth.isEmpty ? 1 : 0 }
        let recall = Double(found) / Double(truth.count)
        let precision = Double(right) / Double(heard.count)
        return recall + precision == 0 ? 0 : 2 * recall * precision / (recall + precision)
    }
}
