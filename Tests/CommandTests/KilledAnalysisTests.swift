import Foundation
import Subprocess
import SystemPackage
import Testing
import TimelineModel

#if canImport(Glibc)
    import Glibc
#endif

/// Analyses of more than one piece, killed after their first.
@Suite(
    "Killed analyses",
    .enabled(if: Installed.ffmpeg && FileManager.default.fileExists(atPath: "/proc/self"), "needs ffmpeg and /proc"),
    .timeLimit(.minutes(20)))
struct KilledAnalysisTests {
    /// Forty minutes of the fixture: long enough that work is still going on when it is looked at.
    private func makeRecording(in folder: String) async throws -> String {
        let path = folder + "/long.wav"
        try await ffmpeg(
            ["-stream_loop", "-1", "-i", Fixture.recording, "-t", "2400", "-ac", "1", "-ar", "16000", path])
        return path
    }

    /// The state files of a library.
    private func states(_ library: String) -> [String] {
        let work = library + "/work"
        return ((try? FileManager.default.contentsOfDirectory(atPath: work)) ?? [])
            .filter { $0.hasPrefix("checkpoint-") }.map { "\(work)/\($0)/state" }
            .filter { FileManager.default.fileExists(atPath: $0) }
    }

    private func waitForState(_ library: String) async throws {
        let start = ContinuousClock.now
        while states(library).isEmpty {
            try #require(ContinuousClock.now - start < .seconds(120), "no state was put down")
            try await Task.sleep(for: .milliseconds(10))
        }
    }

    private func workFiles(_ library: String) -> [String] {
        (FileManager.default.enumerator(atPath: library + "/work")?.compactMap { $0 as? String }) ?? []
    }

    @Test("The command line, killed and started again: the same bytes, from where it was, and nothing left behind")
    func commandLine() async throws {
        try await withTemporaryFolder { folder in
            let path = try await makeRecording(in: folder)
            let library = folder + "/library"
            let options = ["--no-speech-music", "--jobs", "2"]
            let expected = try await CuelineProcess.run(["analyze", path] + options)
            #expect(expected.status == 0)
            let result = try await Subprocess.run(
                .path(FilePath(CuelineProcess.program)),
                arguments: Arguments(["analyze", path, "--library", library] + options), input: .none,
                output: .discarded, error: .discarded
            ) { execution in
                try await waitForState(library)
                try execution.send(signal: .kill)
            }
            #expect(!result.terminationStatus.isSuccess)
            let before = try Data(contentsOf: URL(filePath: try #require(states(library).first)))
            #expect(before.count > 1_000_000)
            let again = try await CuelineProcess.run(["analyze", path, "--library", library] + options)
            #expect(again.status == 0)
            #expect(again.output == expected.output)
            #expect(workFiles(library).isEmpty)
        }
    }

    @Test("A server's child, killed: the job fails, the next one goes on; the server, killed: its next start goes on")
    func server() async throws {
        try await withTemporaryFolder { folder in
            let path = try await makeRecording(in: folder)
            let library = folder + "/library"
            let body = #"{"asset_id": "long", "include_speech_music": false}"#
            let arguments = ["--source-root", folder]
            _ = try await CuelineServer.run(library: library, arguments: arguments) { server in
                _ = try await server.post(
                    "/media-v2/assets", #"{"id": "long", "kind": "audio", "source_uri": "file://\#(path)"}"#)
                async let answer = server.post("/audio/semantic-timeline/analyze", body)
                try await waitForState(library)
                for child in children(of: server.pid) { kill(child, SIGKILL) }
                let failed = try await answer
                #expect(failed.status >= 500 && failed["error", "code"]?.text == "audio.analyze_failed")
                #expect(!states(library).isEmpty)
                // Another try, and now the server itself is killed.
                async let second = server.post("/audio/semantic-timeline/analyze", body)
                try await waitForChild(of: server.pid)
                kill(server.pid, SIGKILL)
                _ = try? await second
            }
            // At once, while the child of the killed server may still hold the state: the job is taken up from there.
            let (events, status) = try await CuelineServer.run(library: library, arguments: arguments) { server in
                let job = try await server.post(
                    "/audio/semantic-timeline/analyze", body, ["-H", "Prefer: respond-async"])
                var first: Double?
                var record = job
                while !["done", "failed", "cancelled"].contains(record["state"]?.text ?? "") {
                    record = try await server.curl("/jobs/\(job["id"]?.text ?? "")")
                    first = first ?? record["work", "stages", "loudness"]?.double
                    try await Task.sleep(for: .milliseconds(20))
                }
                // A quarter at least was heard before.
                #expect((first ?? 0) > 0.2)
                let answer = try await server.post("/audio/semantic-timeline/analyze", body)
                #expect(answer.status == 200)
                let id = answer["audio_semantic_artifact_id"]?.text ?? ""
                return try await server.curl("/audio/semantic-timeline/\(id)")["summary", "events"]
            }
            #expect(status == 0)
            let expected = try await CuelineProcess.run(["analyze", path, "--no-speech-music"])
            let json = try TimelineJSON.decode(JSONValue.self, from: Data(expected.output.utf8))
            #expect(events != nil && events == json.members?["events"])
            #expect(workFiles(library).isEmpty)
        }
    }

    @Test("A job that is stopped leaves neither files nor processes, and is gone at once")
    func cancelled() async throws {
        try await withTemporaryFolder { folder in
            let path = try await makeRecording(in: folder)
            let library = folder + "/library"
            _ = try await CuelineServer.run(library: library, arguments: ["--source-root", folder]) { server in
                _ = try await server.post(
                    "/media-v2/assets", #"{"id": "long", "kind": "audio", "source_uri": "file://\#(path)"}"#)
                let job = try await server.post(
                    "/audio/semantic-timeline/analyze", #"{"asset_id": "long", "include_speech_music": false}"#,
                    ["-H", "Prefer: respond-async"])
                #expect(job.status == 202)
                try await waitForState(library)
                let tree = children(of: server.pid).flatMap { [$0] + children(of: $0) }
                #expect(tree.count >= 2)
                let gone = try await server.curl("/jobs/\(job["id"]?.text ?? "")", ["-X", "DELETE"])
                #expect(gone["state"]?.text == "cancelled")
                #expect(workFiles(library).isEmpty)
                let start = ContinuousClock.now
                while tree.contains(where: isRunning), ContinuousClock.now - start < .seconds(5) {
                    try await Task.sleep(for: .milliseconds(5))
                }
                #expect(tree.allSatisfy { !isRunning($0) })
            }
        }
    }

    private func children(of parent: pid_t) -> [pid_t] {
        let tasks = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(parent)/task")) ?? []
        return tasks.flatMap { task -> [pid_t] in
            let listed = FileManager.default.contents(atPath: "/proc/\(parent)/task/\(task)/children") ?? Data()
            return String(decoding: listed, as: UTF8.self).split(separator: " ").compactMap { pid_t($0) }
        }
    }

    /// A child that is at work: it has a child of its own.
    private func waitForChild(of parent: pid_t) async throws {
        let start = ContinuousClock.now
        while ContinuousClock.now - start < .seconds(60) {
            if children(of: parent).contains(where: { !children(of: $0).isEmpty }) { return }
            try await Task.sleep(for: .milliseconds(10))
        }
        throw ServerFailure(message: "no child was started")
    }

    private func isRunning(_ pid: pid_t) -> Bool {
        guard let line = FileManager.default.contents(atPath: "/proc/\(pid)/stat") else { return false }
        let state = String(decoding: line, as: UTF8.self).split(separator: ")").last?.split(separator: " ").first
        return state != "Z"
    }
}
