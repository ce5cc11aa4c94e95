import Foundation
import Library
import Subprocess
import SystemPackage
import TestServers
import Testing
import TimelineModel

#if canImport(Glibc)
    import Glibc
#endif

/// Servers and workers as processes, on PostgreSQL and S3.
@Suite("Servers and workers", .enabled(if: Installed.ffmpeg, "needs ffmpeg"), .timeLimit(.minutes(20)))
struct FleetTests {
    /// A library that processes share.
    private struct Shared {
        let database: String
        let environment: [String: String]

        init() async throws {
            database = try await PostgresServer.database()
            let endpoint = try await CephServer.running().endpoint
            let blobs = "s3://\(CephServer.bucket)/fleet-\(UUID().uuidString)?endpoint=\(endpoint)"
            environment = [
                "CUELINE_DATABASE": database, "CUELINE_BLOBS": blobs, "AWS_ACCESS_KEY_ID": CephServer.accessKeyID,
                "AWS_SECRET_ACCESS_KEY": CephServer.secretAccessKey,
            ]
            let client = S3Client(try S3Location(blobs, environment: environment))
            try await client.makeBucket()
            await client.close()
        }

        func serve<Value: Sendable>(
            _ folder: String, _ body: @escaping @Sendable (CuelineServer) async throws -> Value
        ) async throws -> Value {
            let (value, status) = try await CuelineServer.run(
                library: folder, arguments: ["--analyses", "0"], environment: environment, body)
            #expect(status == 0)
            return value
        }

        /// Runs a worker beside a closure, and tells it to stop.
        ///
        /// - Parameter body: is given the means to kill it.
        /// - Returns: how it ended.
        @discardableResult
        func work(
            _ folder: String, _ options: [String] = [],
            _ body: @escaping @Sendable (_ kill: @escaping @Sendable () -> Void) async throws -> Void
        ) async throws -> TerminationStatus {
            var variables: [Environment.Key: String?] = ["SWIFT_BACKTRACE": "enable=no"]
            for (name, value) in environment { variables[Environment.Key(stringLiteral: name)] = value }
            return try await Subprocess.run(
                .path(FilePath(CuelineProcess.program)),
                arguments: Arguments(
                    ["worker", "--library", folder, "--slots", "1", "--jobs", "1", "--lease", "2"] + options),
                environment: .inherit.updating(variables), input: .none, output: .discarded, error: .discarded
            ) { execution in
                let pid = execution.processIdentifier.value
                let outcome: Swift.Result<Void, any Error>
                do {
                    outcome = .success(try await body { kill(pid, SIGKILL) })
                } catch {
                    outcome = .failure(error)
                }
                try? execution.send(signal: .terminate)
                try outcome.get()
            }.terminationStatus
        }

        func jobs(_ arguments: [String]) async throws -> CuelineProcess {
            try await CuelineProcess.run(["jobs"] + arguments, environment: environment)
        }

        func wait(_ what: String, until condition: () async throws -> Bool) async throws {
            let start = ContinuousClock.now
            while try await !condition() {
                try #require(ContinuousClock.now - start < .seconds(600), "waited in vain until \(what)")
                try await Task.sleep(for: .milliseconds(20))
            }
        }

        func count(_ condition: String) async throws -> Int {
            let text = try await PostgresServer.run("SELECT count(*) FROM \(condition)", in: database)
            return Int(text.dropLast()) ?? -1
        }
    }

    /// Long enough to be divided.
    private func makeRecording(in folder: String) async throws -> String {
        let path = folder + "/long.wav"
        try await ffmpeg(
            ["-stream_loop", "-1", "-i", Fixture.recording, "-t", "1260", "-ac", "1", "-ar", "16000", path])
        return path
    }

    @Test("two workers divide a recording, one is killed with its part: the bytes are those of one process alone")
    func dividing() async throws {
        try await withTemporaryFolder { folder in
            let path = try await makeRecording(in: folder)
            let (alone, _) = try await CuelineServer.run(library: folder + "/alone") { server in
                try await analyze(path, server)
            }
            let shared = try await Shared()
            let divided = try await shared.serve(folder + "/server") { server in
                try await shared.work(folder + "/one", ["--name", "one"]) { _ in
                    let status = try await shared.work(folder + "/two", ["--name", "two"]) { kill in
                        let killing = Task {
                            try await shared.wait("the second has a part") {
                                try await shared.count("queue WHERE kind = 'piece' AND lease_owner = 'two'") > 0
                            }
                            kill()
                        }
                        let divided = try await analyze(path, server)
                        try await killing.value
                        #expect(divided == alone)
                    }
                    #expect(status == .signaled(SIGKILL))
                }
                return try await shared.count("job WHERE kind = 'piece'")
            }
            #expect(divided >= 3)
            #expect(try await shared.count("job WHERE kind = 'piece' AND attempts > 1") == 1)
            #expect(try await shared.count("job WHERE state <> 'done'") == 0)
            #expect(try await shared.count("queue") == 0)
        }
    }

    /// The bytes of a recording's timeline.
    private func analyze(_ path: String, _ server: CuelineServer) async throws -> String {
        #expect(try await server.upload(path, id: "long").status == 201)
        let answer = try await server.post("/audio/semantic-timeline/analyze", #"{"asset_id": "long"}"#)
        #expect(answer.status == 200, "\(answer.text)")
        return try await server.curl(answer["uri"]?.text ?? "").text
    }

    @Test("an operator lists, shows, cancels and retries jobs") func operating() async throws {
        try await withTemporaryFolder { folder in
            let shared = try await Shared()
            let noise = folder + "/noise"
            try Data("This is no recording.".utf8).write(to: URL(filePath: noise))
            #expect(try await shared.jobs([]).output == "no jobs\n")
            try await shared.serve(folder + "/server") { server in
                #expect(try await server.upload(noise, id: "a1").status == 201)
                #expect(try await server.upload(Fixture.recording, id: "a2").status == 201)
                var started: [String] = []
                for asset in ["a1", "a2"] {
                    let answer = try await server.post(
                        "/audio/semantic-timeline/analyze", #"{"asset_id": "\#(asset)"}"#,
                        ["-H", "Prefer: respond-async"])
                    #expect(answer.status == 202)
                    started.append(answer["id"]?.text ?? "")
                }
                let ids = started
                let waiting = try await shared.jobs(["list", "--state", "queued"])
                #expect(waiting.status == 0 && ids.allSatisfy { waiting.output.contains($0) })
                #expect(try await shared.jobs(["cancel", ids[1]]).output == "\(ids[1]) is cancelled\n")
                #expect(try await server.curl("/jobs/\(ids[1])")["state"]?.text == "cancelled")
                #expect(try await shared.jobs(["retry", ids[1]]).status == 1)
                let status = try await shared.work(folder + "/worker") { _ in
                    try await shared.wait("the job has failed") {
                        try await server.curl("/jobs/\(ids[0])")["state"]?.text == "failed"
                    }
                    let shown = try await shared.jobs(["show", ids[0]])
                    #expect(shown.output.contains("audio.unsupported_media"))
                    let listed = try await shared.jobs(["--state", "failed", "--tenant", "t1"])
                    #expect(listed.output.contains(ids[0]) && !listed.output.contains(ids[1]))
                    #expect(try await shared.jobs(["retry", ids[0]]).output == "\(ids[0]) is queued again\n")
                    try await shared.wait("it has failed again") {
                        try await shared.count("job WHERE id = '\(ids[0])' AND state = 'failed' AND attempts = 1") == 1
                    }
                }
                #expect(status == .exited(0))
                let metrics = try await server.curl("/metrics").text
                #expect(metrics.contains("queue_jobs{state=\"dead\"} 1"), "\(metrics)")
            }
            #expect(try await shared.jobs(["show", "job_none"]).status == 66)
            let collected = try await CuelineProcess.run(
                ["gc", "--grace-minutes", "0", "--json"], environment: shared.environment)
            #expect(collected.status == 0 && collected.output.contains("removed_blobs"))
        }
    }

    @Test("what cannot work together is refused with what to do") func refusals() async throws {
        try await withTemporaryFolder { folder in
            let worker = try await CuelineProcess.run(["worker", "--library", folder])
            #expect(worker.status == 64 && worker.error.contains("--database"))
            let half = try await CuelineProcess.run(["serve", "--database", "postgres://127.0.0.1/x"])
            #expect(half.status == 64 && half.error.contains("--blobs"))
            let other = try await CuelineProcess.run(
                ["jobs", "--database", "mysql://127.0.0.1/x", "--blobs", folder + "/blobs"])
            #expect(other.status == 64 && other.error.contains("postgres://"))
            let away = try await CuelineProcess.run(
                ["jobs", "--database", "postgres://u:secret@127.0.0.1:1/x", "--blobs", folder + "/blobs"])
            #expect(away.status == 1 && away.error.contains("does not answer") && !away.error.contains("secret"))
            let retry = try await CuelineProcess.run(["jobs", "retry", "job_x", "--library", folder])
            #expect(retry.status == 64)
        }
    }
}
