import Foundation
import Synchronization
import Testing
import TimelineModel

/// What is told to nobody: the log at its most talkative, error answers and the list of processes.
@Suite(
    "What shows in logs", .enabled(if: Installed.ffmpeg && Installed.find("curl") != nil, "needs ffmpeg and curl"),
    .timeLimit(.minutes(20)))
struct LogTests {
    private final class Text: Sendable {
        private let text = Mutex("")
        var value: String { text.withLock { $0 } }
        func add(_ more: String) { text.withLock { $0 += more + "\n" } }
    }

    /// Which secrets are in a text.
    private static func leaks(_ secrets: [String], in text: String) -> [String] {
        let lower = text.lowercased()
        return secrets.filter { lower.contains($0.lowercased()) }
    }

    @Test("No words, names, paths, queries, tokens, keys or passwords, on any level, whatever goes wrong")
    func everything() async throws {
        try await withTemporaryFolder { folder in
            let key = "keykeykeykey-never-shown-0123456789abcdef"
            let keys = folder + "/keys"
            try Data("kidname \(key)\n".utf8).write(to: URL(filePath: keys))
            let sources = folder + "/confidential-sources"
            try FileManager.default.createDirectory(atPath: sources, withIntermediateDirectories: true)
            let named = sources + "/merger-with-acme.flac"
            try FileManager.default.copyItem(atPath: Fixture.recording, toPath: named)
            try Data("no sound at all".utf8).write(to: URL(filePath: sources + "/broken-minutes.wav"))
            let made = try await CuelineProcess.run(
                ["token", "--tenant", "t1", "--env", "dev", "--auth-keys", keys], environment: ["CUELINE_AUTH_KEY": ""])
            let token = made.output.trimmingCharacters(in: .whitespacesAndNewlines)
            #expect(made.status == 0 && token.split(separator: ".").count == 3)
            let spoken = plainWords(try Fixture.truth().speech.compactMap(\.text).joined(separator: " "))
                .filter { $0.count > 6 && !["harbour", "recording"].contains($0) }
            let words = Set(spoken)
            #expect(words.count > 3)
            let secrets =
                Array(words) + [
                    key, token, String(token.suffix(20)), "merger-with-acme", "confidential-sources", "broken-minutes",
                    "bucket-password", "AKIDNEVERSHOWN", "query-secret", "tag-secret", "label-secret", "title-secret",
                    "vocabulary-secret", "Signature=", "secret-object",
                ]
            let (log, answers) = (Text(), Text())
            let bucket = "s3://vault/prefix?endpoint=http://127.0.0.1:9"
            let (_, status) = try await CuelineServer.run(
                library: folder + "/library",
                arguments: ["--source-root", sources, "--source-root", bucket, "--auth-keys", keys],
                environment: [
                    "AWS_ACCESS_KEY_ID": "AKIDNEVERSHOWN", "AWS_SECRET_ACCESS_KEY": "bucket-password",
                    "CUELINE_AUTH_KEY": key + "-of-the-environment", "CUELINE_DATABASE": "", "CUELINE_BLOBS": "",
                ], level: "trace", onLog: { log.add($0) }
            ) { server in
                let bearer = ["-H", "Authorization: Bearer \(token)"]
                func ask(_ path: String, _ arguments: [String] = [], isError: Bool = false) async throws
                    -> CuelineServer.Answer
                {
                    let answer = try await server.curl(path, bearer + arguments)
                    if isError {
                        #expect(answer.status >= 400, "\(path): \(answer.text)")
                        answers.add(answer.text)
                    }
                    return answer
                }
                func post(_ path: String, _ json: String, isError: Bool = false) async throws -> CuelineServer.Answer {
                    try await ask(
                        path, ["-H", "Content-Type: application/json", "--data-binary", json], isError: isError)
                }
                let analyze = "/audio/semantic-timeline/analyze"
                #expect(try await ask("/media-v2/assets", ["-F", "id=up", "-F", "file=@\(named)"]).status == 201)
                for (id, name) in [("file", "merger-with-acme.flac"), ("broken", "broken-minutes.wav")] {
                    let json = #"{"id": "\#(id)", "kind": "audio", "source_uri": "file://\#(sources)/\#(name)"}"#
                    #expect(try await post("/media-v2/assets", json).status == 201)
                }
                for id in ["up", "file"] {
                    let json = #"{"asset_id": "\#(id)", "vocabulary": "vocabulary-secret"}"#
                    #expect(try await post(analyze, json).status == 200)
                }
                _ = try await post(analyze, #"{"asset_id": "broken"}"#, isError: true)
                _ = try await ask("/media-v2/assets?tag=tag-secret&x=query-secret")
                _ = try await ask("/media-v2/assets/query-secret?redirect=query-secret", isError: true)
                _ = try await ask("/query-secret?query-secret", isError: true)
                _ = try await post("/video/projects", #"{"title": "title-secret"}"#)
                _ = try await post("/video/projects", #"{"title": ["title-secret"]}"#, isError: true)
                _ = try await post("/video/projects", #"{"title": "title-secret"#, isError: true)
                for uri in ["s3://vault/prefix/secret-object.wav", "s3://other/secret-object", "file://\(folder)/keys"]
                {
                    _ = try await post("/media-v2/assets", #"{"source_uri": "\#(uri)"}"#, isError: true)
                }
                _ = try await post("/media-v2/uploads", "{}", isError: true)
                let forged = try await server.curl(
                    "/media-v2/assets", ["-H", "Authorization: Bearer \(token.dropLast(3))abc"])
                #expect(forged.status == 401)
                answers.add(forged.text)
                try FileManager.default.removeItem(atPath: named)
                _ = try await ask("/media-v2/assets/file/content", isError: true)
                _ = try await post(analyze, #"{"asset_id": "file", "force": true}"#, isError: true)
                // The library's own bytes are lost.
                try FileManager.default.removeItem(atPath: folder + "/library/blobs")
                _ = try await ask("/media-v2/assets/up/content", isError: true)
                _ = try await post(analyze, #"{"asset_id": "up", "force": true}"#, isError: true)
                try Data("short\n".utf8).write(to: URL(filePath: keys))
                try await Task.sleep(for: .seconds(1.5))
                #expect(try await ask("/media-v2/assets").status == 200)
                for name in ["cmdline", "comm"] {
                    let shown = FileManager.default.contents(atPath: "/proc/\(server.pid)/\(name)") ?? Data()
                    #expect(!String(decoding: shown, as: UTF8.self).contains("keykey"))
                }
            }
            #expect(status == 0)
            #expect(log.value.contains(#""level":"debug""#), "the log talks")
            #expect(log.value.contains("the file of keys cannot be used"))
            let paths = [folder, "confidential-sources"]
            #expect(Self.leaks(secrets, in: log.value) == [], "\(log.value.suffix(4000))")
            #expect(Self.leaks(secrets + paths, in: answers.value) == [], "\(answers.value)")
        }
    }

    @Test("What a database or a bucket is opened with shows in no message")
    func urls() async throws {
        try await withTemporaryFolder { folder in
            for (database, blobs) in [
                (
                    "postgres://someone:db-password@127.0.0.1:9/x?connect_timeout=1",
                    "s3://b/p?endpoint=http://127.0.0.1:9"
                ),
                ("postgres://someone:db-password@127.0.0.1:9/x?sslmode=db-password", folder),
                ("mysql://someone:db-password@127.0.0.1/x", folder),
                ("postgres://someone:db-password@[::bad/x", folder),
            ] {
                let run = try await CuelineProcess.run(
                    ["serve", "--port", "0", "--library", folder + "/l", "--log-level", "trace"],
                    environment: [
                        "CUELINE_DATABASE": database, "CUELINE_BLOBS": blobs, "AWS_ACCESS_KEY_ID": "AKIDNEVERSHOWN",
                        "AWS_SECRET_ACCESS_KEY": "bucket-password", "CUELINE_AUTH_KEY": "",
                    ])
                #expect(run.status != 0)
                #expect(Self.leaks(["db-password", "bucket-password", "AKIDNEVER"], in: run.output + run.error) == [])
            }
        }
    }
}
