import Foundation
import Testing
import TimelineModel

/// The service as it runs: a real server, real children, curl.
@Suite(
    "Serve", .enabled(if: Installed.ffmpeg && Installed.find("curl") != nil, "needs ffmpeg and curl"),
    .timeLimit(.minutes(20)))
struct ServeTests {
    private let stub = ["AUDIO_SEMANTIC_BACKEND": "stub"]
    private let analyze = "/audio/semantic-timeline/analyze"

    /// The specification's request.
    private let example = """
        {"tenant_id": "t1", "env": "dev", "asset_id": "a123", "user_id": "u1", "include_beats": true,
         "include_speech_music": true}
        """

    @Test("Without a key it answers to this machine's names and to those of --allow-origin, by any port")
    func names() async throws {
        try await withTemporaryFolder { folder in
            let arguments = ["--allow-origin", "https://app.example"]
            let (_, status) = try await CuelineServer.run(library: folder + "/library", arguments: arguments) {
                server in
                for name in ["localhost:8080", "127.0.0.1", "[::1]:9", "app.example", "LOCALHOST"] {
                    let answer = try await server.curl("/health", ["-H", "Host: " + name])
                    #expect(answer.status == 200, "\(name)")
                }
                for name in ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example:8080", "[::2]", "[::1"] {
                    let answer = try await server.curl("/health", ["-H", "Host: " + name])
                    #expect(answer.status == 421, "\(name)")
                }
            }
            #expect(status == 0)
            let key = ["CUELINE_AUTH_KEY": "a key of thirty-two bytes or more"]
            _ = try await CuelineServer.run(library: folder + "/other", environment: key) { server in
                let answer = try await server.curl("/health", ["-H", "Host: api.example"])
                #expect(answer.status == 200)
            }
        }
    }

    @Test("The specification's example flow by curl on the fixture: miss, hit, clip", .enabled(if: Installed.whisper))
    func exampleFlow() async throws {
        try await withTemporaryFolder { folder in
            let example = example
            let (_, status) = try await CuelineServer.run(library: folder + "/library") { server in
                #expect(try await server.upload(Fixture.recording, id: "a123").status == 201)
                let asset = try await server.curl("/media-v2/assets/a123")
                #expect(asset["asset", "duration_ms"]?.double == 66000)
                #expect(asset["asset", "audio_channels"] == .integer(2))
                let miss = try await server.post(analyze, example)
                #expect(miss.status == 200)
                #expect(
                    miss["meta", "cache_key"]?.text == "t1|dev|a123|None|True|True|300|1000|whisper_librosa_v2|u1")
                #expect(miss["meta", "cache_hit"] == .bool(false))
                #expect(miss["meta", "backend_type"]?.text == "whisper_librosa")
                let hit = try await server.post(analyze, example)
                #expect(hit["meta", "cache_hit"] == .bool(true))
                #expect(hit["audio_semantic_artifact_id"] == miss["audio_semantic_artifact_id"])
                // Another user hears nothing again.
                let other = try await server.post(analyze, example.replacing("u1", with: "u2"))
                #expect(other["meta", "cache_hit"] == .bool(false))
                for stage in ["decode", "voice", "transcript", "scene", "loudness", "rhythm"] {
                    #expect(other["meta", "stages", stage, "cached"] == .bool(true), "\(stage)")
                    #expect(other["meta", "stages", stage, "seconds"]?.double == 0, "\(stage)")
                }
                let without = try await server.post(
                    analyze, example.replacing("\"include_beats\": true", with: "\"include_beats\": false"))
                #expect(without["meta", "stages", "transcript", "cached"] == .bool(true))

                let project = try await server.post("/video/projects", "{}")["id"]?.text ?? ""
                let sequence = try await server.post("/video/projects/\(project)/sequences", "{}")["id"]?.text ?? ""
                let track = try await server.post("/video/sequences/\(sequence)/tracks", "{}")["id"]?.text ?? ""
                let clip = try await server.post(
                    "/video/tracks/\(track)/clips", #"{"asset_id": "a123", "in_ms": 51800, "out_ms": 57200}"#)
                let cut = try await server.curl(
                    "/audio/semantic-timeline/by-clip/\(clip["id"]?.text ?? "")")
                #expect(cut["summary", "meta", "clip_relative"] == .bool(true))
                #expect(cut["summary", "duration_ms"] == .integer(5400))
                #expect(cut.text.contains("evening tide"))
            }
            #expect(status == 0)
        }
    }

    @Test(
        "The server's timeline is the command line's, byte for byte but for who asked", .enabled(if: Installed.whisper))
    func sameAsCommand() async throws {
        try await withTemporaryFolder { folder in
            let library = folder + "/library"
            let arguments = [
                "analyze", Fixture.recording, "--tenant", "t1", "--asset", "a123", "--user", "u1",
            ]
            let plain = try await CuelineProcess.run(arguments)
            let first = try await CuelineProcess.run(arguments + ["--library", library])
            #expect(plain.status == 0 && first.status == 0)
            #expect(first.output == plain.output)
            let second = try await CuelineProcess.run(
                arguments + ["--library", library], environment: ["CUELINE_FFMPEG": "/bin/false"])
            #expect(second.output == plain.output, "a hit needs no decoder")
            // What is put together from kept stages is what would be heard anew.
            for options in [["--no-beats"], ["--min-silence-ms", "900"], ["--no-speech-music"]] {
                let kept = try await CuelineProcess.run(arguments + options + ["--library", library])
                let fresh = try await CuelineProcess.run(arguments + options)
                #expect(kept.status == 0 && kept.output == fresh.output, "\(options)")
            }
            let forced = try await CuelineProcess.run(arguments + ["--library", library, "--force"])
            #expect(forced.output == plain.output)
            let roots = ["--source-root", Fixture.folder]
            let (_, _) = try await CuelineServer.run(library: library, arguments: roots) { server in
                // The server and the command line share one cache.
                let hit = try await server.post(analyze, example)
                #expect(hit["meta", "cache_hit"] == .bool(true))
            }
        }
    }

    @Test("Broken input is a clear error and never an artifact")
    func brokenInput() async throws {
        try await withTemporaryFolder { folder in
            var random = SystemRandomNumberGenerator()
            let noise = (0..<40_000).map { _ in UInt8.random(in: 0...255, using: &random) }
            try Data(noise).write(to: URL(filePath: folder + "/noise.wav"))
            try Data("#EXTM3U\nfile:///etc/passwd\n".utf8).write(to: URL(filePath: folder + "/list.wav"))
            let (_, status) = try await CuelineServer.run(library: folder + "/library", environment: stub) { server in
                for name in ["noise", "list"] {
                    #expect(try await server.upload("\(folder)/\(name).wav", id: name).status == 201)
                    let answer = try await server.post(analyze, #"{"asset_id": "\#(name)"}"#)
                    #expect(answer.status == 415, "\(name): \(answer.text)")
                    #expect(answer["error", "code"]?.text == "audio.unsupported_media")
                    #expect(!answer.text.contains(folder))
                    #expect(try await server.curl("/media-v2/assets/\(name)")["artifacts"] == .array([]))
                }
            }
            #expect(status == 0)
        }
    }

    @Test("200 clients at once for one new key: one analysis, 200 equal answers")
    func singleFlight() async throws {
        try await withTemporaryFolder { folder in
            let (_, _) = try await CuelineServer.run(library: folder + "/library", environment: stub) { server in
                #expect(try await server.upload(Fixture.recording, id: "a123").status == 201)
                let answers = try await withThrowingTaskGroup(of: CuelineServer.Answer.self) { group in
                    for _ in 0..<200 { group.addTask { try await server.post(analyze, example) } }
                    return try await group.reduce(into: []) { $0.append($1) }
                }
                #expect(answers.allSatisfy { $0.status == 200 })
                #expect(Set(answers.map { $0["audio_semantic_artifact_id"]?.text }).count == 1)
                let metrics = try await server.curl("/metrics").text
                #expect(metrics.contains("analyses_total{outcome=\"done\"} 1"))
            }
        }
    }

    @Test("A child that is killed is one failed job: who waits is told, a retry works")
    func killedChild() async throws {
        try await withTemporaryFolder { folder in
            let hold = try HeldDecoder(folder)
            let (_, status) = try await CuelineServer.run(
                library: folder + "/library", environment: stub.merging(hold.environment) { $1 }
            ) { server in
                #expect(try await server.upload(Fixture.recording, id: "a123").status == 201)
                async let first = server.post(analyze, example)
                async let second = server.post(analyze, example)
                let child = try await Processes.child(of: server.pid)
                // Both wait: one that asks later would be answered by an analysis of its own.
                try await server.hasAsked(2)
                kill(child, SIGKILL)
                for answer in [try await first, try await second] {
                    #expect(answer.status == 500 && answer["error", "code"]?.text == "audio.analyze_failed")
                }
                try hold.release()
                #expect(try await server.post(analyze, example).status == 200)
            }
            #expect(status == 0)
        }
    }

    @Test("A job is cancelled at once, its process gone; a stopped server takes its jobs up again")
    func cancelAndRestart() async throws {
        try await withTemporaryFolder { folder in
            let long = folder + "/long.flac"
            try await ffmpeg(["-f", "lavfi", "-i", "anoisesrc=d=2400:r=44100:a=0.1", long])
            let asynchronous = ["-H", "Prefer: respond-async"]
            let (job, _) = try await CuelineServer.run(library: folder + "/library", environment: stub) { server in
                #expect(try await server.upload(long, id: "a123").status == 201)
                let first = try await server.post(analyze, example, asynchronous)
                #expect(first.status == 202)
                let child = try await Processes.child(of: server.pid)
                let cancelled = try await server.curl("/jobs/\(first["id"]?.text ?? "")", ["-X", "DELETE"])
                #expect(cancelled["state"]?.text == "cancelled")
                #expect(kill(child, 0) != 0)
                let second = try await server.post(analyze, example, asynchronous)
                _ = try await Processes.child(of: server.pid)
                return second["id"]?.text ?? ""
            }
            let (state, status) = try await CuelineServer.run(library: folder + "/library", environment: stub) {
                server in
                // The stream ends when the job does.
                let events = try await server.curl("/jobs/\(job)/events", ["--no-buffer"]).text
                #expect(events.contains("event: done"))
                return try await server.curl("/jobs/\(job)")["state"]?.text
            }
            #expect(state == "done" && status == 0)
        }
    }

    @Test("Without speech, music and beats a real timeline of silence and other sound comes out, not a stub")
    func flagsOff() async throws {
        try await withTemporaryFolder { folder in
            let (_, _) = try await CuelineServer.run(library: folder + "/library") { server in
                #expect(try await server.upload(Fixture.recording, id: "a123").status == 201)
                let answer = try await server.post(
                    analyze, #"{"asset_id": "a123", "include_beats": false, "include_speech_music": false}"#)
                #expect(answer["meta", "backend_type"]?.text == "whisper_librosa")
                #expect(answer["meta", "backend_info", "backend_version"] == answer["meta", "backend_version"])
                let timeline = try await server.curl(
                    "/audio/semantic-timeline/\(answer["audio_semantic_artifact_id"]?.text ?? "")")
                #expect(timeline["summary", "beats"] == .array([]))
                guard case .array(let events)? = timeline["summary", "events"] else {
                    Issue.record("no events")
                    return
                }
                let kinds = Set(events.compactMap { $0.members?["kind"]?.text })
                #expect(kinds == ["silence", "other"])
            }
        }
    }

    @Test("A server that is killed takes its analysis along; one that is stopped ends its streams")
    func deathAndStop() async throws {
        try await withTemporaryFolder { folder in
            let hold = try HeldDecoder(folder)
            let environment = stub.merging(hold.environment) { $1 }
            let asynchronous = ["-H", "Prefer: respond-async"]
            let (child, killed) = try await CuelineServer.run(library: folder + "/library", environment: environment) {
                server in
                #expect(try await server.upload(Fixture.recording, id: "a123").status == 201)
                _ = try await server.post(analyze, example, asynchronous)
                let child = try await Processes.child(of: server.pid)
                kill(server.pid, SIGKILL)
                return child
            }
            #expect(killed == -SIGKILL)
            let start = ContinuousClock.now
            while kill(child, 0) == 0, ContinuousClock.now - start < .seconds(60) {
                try await Task.sleep(for: .milliseconds(20))
            }
            #expect(kill(child, 0) != 0)

            let (text, stopped) = try await CuelineServer.run(library: folder + "/library", environment: environment) {
                server in
                // The job of before is taken up at the start.
                let job = try await server.post(analyze, example, asynchronous)["id"]?.text ?? ""
                let heard = folder + "/events"
                async let events = server.curl("/jobs/\(job)/events", ["--no-buffer", "-o", heard])
                // Stopped when the stream has begun: curl itself may take its time.
                let start = ContinuousClock.now
                while FileManager.default.contents(atPath: heard)?.isEmpty != false,
                    ContinuousClock.now - start < .seconds(60)
                { try await Task.sleep(for: .milliseconds(20)) }
                kill(server.pid, SIGTERM)
                _ = try await events
                return String(decoding: FileManager.default.contents(atPath: heard) ?? Data(), as: UTF8.self)
            }
            #expect(text.contains("event: progress"))
            #expect(stopped == 0)
        }
    }

    @Test("Without ffmpeg the stub fills the asset's own duration; where nobody knows it, the request fails")
    func withoutFFmpeg() async throws {
        try await withTemporaryFolder { folder in
            let none = ["CUELINE_FFMPEG": "/nonexistent", "CUELINE_FFPROBE": "/nonexistent"]
            let (_, status) = try await CuelineServer.run(library: folder + "/library", environment: none) { server in
                let known = try await server.curl(
                    "/media-v2/assets",
                    ["-F", "id=known", "-F", "duration_ms=21000", "-F", "file=@\(Fixture.recording)"])
                #expect(known.status == 201)
                let stub = try await server.post(analyze, #"{"asset_id": "known"}"#)
                #expect(stub.status == 200 && stub["meta", "backend_type"]?.text == "stub")
                #expect(stub["meta", "fallback_reason"]?.text?.contains("CUELINE_FFMPEG") == true)
                #expect(stub["meta", "backend_info", "dependencies", "ffmpeg", "available"] == .bool(false))
                #expect(stub["meta", "backend_info", "dependencies", "librosa", "error"]?.text != nil)
                #expect(try await server.upload(Fixture.recording, id: "unknown").status == 201)
                let unknown = try await server.post(analyze, #"{"asset_id": "unknown"}"#)
                #expect(unknown.status == 503 && unknown["error", "code"]?.text == "backend.unavailable")
                #expect(try await server.curl("/ready")["degraded"] == .bool(true))
            }
            #expect(status == 0)
        }
    }

    @Test("A second server on one library is refused; without a key only loopback is listened to")
    func refusals() async throws {
        try await withTemporaryFolder { folder in
            let (_, _) = try await CuelineServer.run(library: folder + "/library", environment: stub) { _ in
                let second = try await CuelineProcess.run(
                    ["serve", "--port", "0", "--library", folder + "/library"], environment: stub)
                #expect(second.status == 1 && second.error.contains("another server"))
            }
            let open = try await CuelineProcess.run(
                ["serve", "--host", "0.0.0.0", "--library", folder + "/other"],
                environment: ["CUELINE_AUTH_KEY": ""])
            #expect(open.status == 64)
            let short = try await CuelineProcess.run(
                ["serve", "--port", "0", "--library", folder + "/other"], environment: ["CUELINE_AUTH_KEY": "short"])
            #expect(short.status == 64)
            let unknown = try await CuelineProcess.run(
                ["serve", "--port", "0", "--library", folder + "/other"],
                environment: ["AUDIO_SEMANTIC_BACKEND": "librosa"])
            #expect(unknown.status == 64 && unknown.error.contains("AUDIO_SEMANTIC_BACKEND"))
        }
    }
}

/// An ffmpeg that begins no work until it is released, so that an analysis lasts as long as a test needs, however busy the machine.
struct HeldDecoder {
    private let mark: String
    let environment: [String: String]

    init(_ folder: String) throws {
        mark = folder + "/hold"
        let program = folder + "/ffmpeg"
        let real = try #require(Installed.find("ffmpeg"))
        let script = """
            #!/bin/sh
            case "$*" in *-version*) ;; *) while [ -e '\(mark)' ]; do sleep 0.05; done ;; esac
            exec '\(real)' "$@"
            """
        try Data().write(to: URL(filePath: mark))
        try Data(script.utf8).write(to: URL(filePath: program))
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program)
        environment = ["CUELINE_FFMPEG": program]
    }

    func release() throws {
        try FileManager.default.removeItem(atPath: mark)
    }
}

/// Looks at other processes.
enum Processes {
    /// The first child of a process that runs an analysis; waits for it, with patience for a busy machine.
    static func child(of parent: pid_t) async throws -> pid_t {
        let start = ContinuousClock.now
        while ContinuousClock.now - start < .seconds(180) {
            for name in (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? [] {
                guard let pid = pid_t(name), let line = FileManager.default.contents(atPath: "/proc/\(pid)/stat") else {
                    continue
                }
                let fields = String(decoding: line, as: UTF8.self).split(separator: " ")
                guard fields.count > 3, fields[1] == "(cueline)", pid_t(fields[3]) == parent else { continue }
                let command = FileManager.default.contents(atPath: "/proc/\(pid)/cmdline") ?? Data()
                if command.split(separator: 0).contains(Data("work".utf8)) { return pid }
            }
            try await Task.sleep(for: .milliseconds(10))
        }
        throw ServerFailure(message: "no analysis was started")
    }
}
