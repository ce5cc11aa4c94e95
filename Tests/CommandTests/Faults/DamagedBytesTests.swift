import Foundation
import Library
import Testing
import TimelineModel

/// Bits that flip in files of a library, and in models: nothing wrong is served, and what can be made anew is.
@Suite(
    "Damaged bytes", .enabled(if: Installed.ffmpeg && Installed.find("curl") != nil, "needs ffmpeg and curl"),
    .timeLimit(.minutes(20)))
struct DamagedBytesTests {
    private func flip(_ path: String, at place: UInt64) throws {
        let file = try FileHandle(forUpdating: URL(filePath: path))
        defer { try? file.close() }
        let size = try file.seekToEnd()
        try file.seek(toOffset: place % size)
        let byte = try file.read(upToCount: 1)?.first ?? 0
        try file.seek(toOffset: place % size)
        try file.write(contentsOf: [byte ^ UInt8(1 << (place >> 40 & 7))])
    }

    @Test(
        "A stored timeline, its index and stages: the same bytes again; a recording: not sent, not analysed, until it is sent again"
    )
    func blobs() async throws {
        try await withTemporaryFolder { folder in
            let sound = folder + "/sound.wav"
            try await ffmpeg(["-f", "lavfi", "-i", "sine=r=16000:d=3", sound])
            let recording = [UInt8](try Data(contentsOf: URL(filePath: sound)))
            let library = folder + "/library"
            let (_, status) = try await CuelineServer.run(library: library) { server in
                #expect(try await server.upload(sound, id: "a").status == 201)
                let body = #"{"asset_id": "a", "include_speech_music": false}"#
                let first = try await server.post("/audio/semantic-timeline/analyze", body)
                let id = first["audio_semantic_artifact_id"]?.text ?? ""
                let timeline = try await server.curl("/audio/semantic-timeline/\(id)")
                #expect(timeline.status == 200)
                let events = timeline["summary", "events"]
                let paths = (try FileManager.default.subpathsOfDirectory(atPath: library + "/blobs"))
                    .filter { $0.split(separator: "/").last?.count == 64 }.map { library + "/blobs/" + $0 }
                #expect(paths.count >= 4)
                var random = SplitMix(state: 3)
                for round in 0..<40 {
                    let path = paths[round % paths.count]
                    let bytes = try Data(contentsOf: URL(filePath: path))
                    try flip(path, at: random.next())
                    let isRecording = [UInt8](bytes) == recording
                    if isRecording {
                        let content = try await server.curl("/media-v2/assets/a/content", ["-o", folder + "/got"])
                        #expect(content.status == 500, "\(round)")
                        let again = try await server.post(
                            "/audio/semantic-timeline/analyze",
                            #"{"asset_id": "a", "include_speech_music": false, "force": true}"#)
                        #expect(
                            again.status == 502 && again["error", "code"]?.text == "audio.fetch_failed",
                            "\(round): \(again.text)")
                        // What was made of the right bytes is right.
                        #expect(try await server.curl("/audio/semantic-timeline/\(id)").text == timeline.text)
                        // The same bytes, sent under any name, mend it.
                        #expect(try await server.upload(sound, id: "again\(round)").status == 201)
                        let sent = try await server.curl("/media-v2/assets/a/content", ["-o", folder + "/got"])
                        #expect(sent.status == 200)
                        #expect([UInt8](try Data(contentsOf: URL(filePath: folder + "/got"))) == recording)
                        continue
                    }
                    let damaged = try await server.curl("/audio/semantic-timeline/\(id)")
                    if damaged.status == 200 {
                        #expect(damaged["summary", "events"] == events, "\(round)")
                    } else {
                        #expect(damaged.status == 404, "\(round): \(damaged.text)")
                    }
                    let healed = try await server.post("/audio/semantic-timeline/analyze", body)
                    #expect(healed.status == 200, "\(round): \(healed.text)")
                    let fresh = healed["audio_semantic_artifact_id"]?.text ?? ""
                    let answer = try await server.curl("/audio/semantic-timeline/\(fresh)")
                    #expect(answer.status == 200 && answer["summary", "events"] == events, "\(round): \(answer.text)")
                    try bytes.write(to: URL(filePath: path))
                }
            }
            #expect(status == 0)
            let found = try await MeasuredRun.cueline(["doctor", "--json", "--library", library])
            let json = try TimelineJSON.decode(JSONValue.self, from: Data(found.output.utf8))
            guard case .array(let findings) = json else {
                Issue.record("no findings: \(found.output)")
                return
            }
            let records = findings.first { $0.members?["name"]?.text == "library records" }
            #expect(records?.members?["ok"] == .bool(true))
        }
    }

    @Test("The doctor finds damaged records and bytes, forgets what can be made anew, and leaves what was sent")
    func doctor() async throws {
        try await withTemporaryFolder { folder in
            let sound = folder + "/sound.wav"
            try await ffmpeg(["-f", "lavfi", "-i", "sine=r=16000:d=2", sound])
            let library = folder + "/library"
            let analysis = ["analyze", sound, "--library", library, "--no-speech-music", "--no-beats"]
            let expected = try await MeasuredRun.cueline(analysis).output
            for path in try FileManager.default.subpathsOfDirectory(atPath: library + "/blobs")
            where path.split(separator: "/").last?.count == 64 {
                try flip(library + "/blobs/" + path, at: 99)
            }
            func doctor(_ options: [String]) async throws -> [String: Bool] {
                let run = try await MeasuredRun.cueline(["doctor", "--json", "--library", library] + options)
                let json = try TimelineJSON.decode(JSONValue.self, from: Data(run.output.utf8))
                guard case .array(let findings) = json else { return [:] }
                return Dictionary(
                    findings.compactMap { one in
                        guard let name = one.members?["name"]?.text else { return nil }
                        return (name, one.members?["ok"] == .bool(true))
                    }, uniquingKeysWith: { $1 })
            }
            let before = try await doctor([])
            #expect(before["library records"] == true && before["library bytes"] == false)
            let after = try await doctor(["--repair"])
            #expect(after["library bytes"] == true)
            let again = try await MeasuredRun.cueline(analysis)
            #expect(again.status == 0 && again.output == expected, "\(again.error)")
            let nowhere = try await MeasuredRun.cueline(["doctor", "--library", folder + "/none"])
            #expect(nowhere.status == 66)
        }
    }

    @Test(
        "A model of which a bit changed is not used: the stub says why, or the exit status does",
        .enabled(if: Installed.whisper))
    func models() async throws {
        try await withTemporaryFolder { folder in
            let models = folder + "/models"
            try FileManager.default.copyItem(atPath: Installed.models, toPath: models)
            let names = try FileManager.default.contentsOfDirectory(atPath: models).filter {
                $0.hasPrefix("ggml-tiny") || $0.hasPrefix("ggml-silero")
            }
            #expect(names.count >= 2)
            for name in names {
                let path = models + "/" + name
                let bytes = try Data(contentsOf: URL(filePath: path))
                try flip(path, at: UInt64(bytes.count / 2))
                let environment = ["CUELINE_MODELS": models, "AUDIO_SEMANTIC_WHISPER_MODEL": "tiny"]
                let stub = try await MeasuredRun.cueline(["analyze", Fixture.recording], environment: environment)
                let meta = try stub.summary().meta
                #expect(meta.backendType == "stub" && meta.fallbackReason?.contains("damaged") == true, "\(name)")
                let refused = try await MeasuredRun.cueline(
                    ["analyze", Fixture.recording],
                    environment: environment.merging(["AUDIO_SEMANTIC_FALLBACK": "error"]) { $1 })
                #expect(refused.status == 69 && refused.error.contains("damaged"), "\(name): \(refused.error)")
                try bytes.write(to: URL(filePath: path))
            }
            let whole = try await MeasuredRun.cueline(
                ["analyze", Fixture.recording], environment: ["CUELINE_MODELS": models])
            #expect(try whole.summary().meta.backendType == "whisper_librosa")
        }
    }
}
