import Foundation
import GRDB
import Library
import Testing
import TimelineModel

/// Disks without room, with errors, and without the right to write.
@Suite(
    "Disk faults", .serialized,
    .enabled(if: Installed.ffmpeg && Installed.find("curl") != nil && FaultyDisk.isPossible, "needs ffmpeg, curl, cc"),
    .timeLimit(.minutes(20)))
struct DiskFaultTests {
    private let options = ["--no-speech-music", "--no-beats"]

    @Test(
        "At each call of an analysis: an error that says so, what was there stays, and it heals with the disk",
        arguments: [FaultyDisk.Fault.full, .eio, .readonly])
    func analysis(fault: FaultyDisk.Fault) async throws {
        try await withTemporaryFolder { folder in
            for name in ["earlier", "sound"] {
                try await ffmpeg([
                    "-f", "lavfi", "-i", "sine=f=\(100 * name.count):r=16000:d=2", "\(folder)/\(name).wav",
                ])
            }
            let (base, library, sound) = (folder + "/base", folder + "/library", folder + "/sound.wav")
            let earlier = ["analyze", folder + "/earlier.wav"] + options
            let analysis = ["analyze", sound] + options
            let kept = try await MeasuredRun.cueline(earlier + ["--library", base]).output
            let expected = try await MeasuredRun.cueline(analysis).output
            let disk = try await FaultyDisk(in: folder)
            try FileManager.default.copyItem(atPath: base, toPath: library)
            _ = try await MeasuredRun.cueline(
                analysis + ["--library", library], environment: disk.environment(fault, at: 0, below: library))
            let calls = try disk.calls()
            var failed = 0
            for number in stride(from: 1, through: calls, by: 4) {
                let point = "\(fault) at \(number) of \(calls)"
                try FileManager.default.removeItem(atPath: library)
                try FileManager.default.copyItem(atPath: base, toPath: library)
                let run = try await MeasuredRun.cueline(
                    analysis + ["--library", library], environment: disk.environment(fault, at: number, below: library))
                if run.status == 0 {
                    #expect(run.output == expected, "\(point)")
                } else {
                    failed += 1
                    #expect(run.status == 1 && run.output.isEmpty, "\(point): \(run.status)")
                    #expect(run.error.hasPrefix("cueline: ") && !run.error.contains(folder), "\(point): \(run.error)")
                }
                try await WholeLibrary.check(library, point)
                let again = try await MeasuredRun.cueline(analysis + ["--library", library])
                #expect(again.status == 0 && again.output == expected, "\(point): \(again.error)")
                #expect(try await MeasuredRun.cueline(earlier + ["--library", library]).output == kept, "\(point)")
            }
            #expect(failed > 5, "\(failed) of \(calls / 4)")
        }
    }

    @Test(
        "A database that somebody holds for longer than one waits is a 503 with a time to come back, and reading goes on"
    )
    func busy() async throws {
        try await withTemporaryFolder { folder in
            let library = folder + "/library"
            let (_, status) = try await CuelineServer.run(
                library: library, environment: ["AUDIO_SEMANTIC_BACKEND": "stub"]
            ) { server in
                #expect(try await server.post("/video/projects", #"{"id": "before"}"#).status == 201)
                var configuration = Configuration()
                configuration.allowsUnsafeTransactions = true
                let other = try DatabaseQueue(path: library + "/library.sqlite", configuration: configuration)
                try await other.writeWithoutTransaction { try $0.execute(sql: "BEGIN IMMEDIATE") }
                let refused = try await server.post("/video/projects", #"{"id": "meanwhile"}"#, ["--include"])
                #expect(refused.status == 503, "\(refused.text)")
                #expect(
                    refused.text.lowercased().contains("retry-after: ") && refused.text.contains("backend.unavailable"))
                #expect(try await server.curl("/video/projects/before").status == 200)
                try await other.writeWithoutTransaction { try $0.execute(sql: "ROLLBACK") }
                try other.close()
                #expect(try await server.post("/video/projects", #"{"id": "meanwhile"}"#).status == 201)
            }
            #expect(status == 0)
        }
    }

    @Test(
        "A server on a full disk goes on reading, says what is wrong with a code, and takes uploads again when there is room"
    )
    func server() async throws {
        try await withTemporaryFolder { folder in
            let sound = folder + "/sound.wav"
            try await ffmpeg(["-f", "lavfi", "-i", "sine=d=5:r=16000", sound])
            let disk = try await FaultyDisk(in: folder)
            let library = folder + "/library"
            var environment = try disk.environment(.full, at: 0, below: folder)
            environment["AUDIO_SEMANTIC_BACKEND"] = "stub"
            let (_, status) = try await CuelineServer.run(library: library, environment: environment) { server in
                #expect(try await server.upload(sound, id: "a").status == 201)
                let body = #"{"asset_id": "a"}"#
                let made = try await server.post("/audio/semantic-timeline/analyze", body)
                let uri = "/audio/semantic-timeline/" + (made["audio_semantic_artifact_id"]?.text ?? "")
                let timeline = try await server.curl(uri)
                #expect(timeline.status == 200)

                try disk.fail(at: 1)
                let upload = try await server.upload(sound, id: "b")
                #expect(
                    upload.status == 503 && upload["error", "code"]?.text == "backend.unavailable", "\(upload.text)")
                #expect(upload["error", "message"]?.text?.contains("full") == true, "\(upload.text)")
                let analysis = try await server.post(
                    "/audio/semantic-timeline/analyze", #"{"asset_id": "a", "include_beats": false}"#)
                #expect(
                    analysis.status == 503 && analysis["error", "code"]?.text == "backend.unavailable",
                    "\(analysis.text)")
                let row = try await server.post("/video/projects", #"{"id": "p"}"#)
                #expect(row.status == 503, "\(row.text)")
                // What is there is served.
                #expect(try await server.curl(uri).text == timeline.text)
                #expect(try await server.post("/audio/semantic-timeline/analyze", body).status == 200)
                #expect(try await server.curl("/media-v2/assets/a/content").status == 200)

                try disk.fail(at: 0)
                #expect(try await server.upload(sound, id: "b").status == 201)
                #expect(try await server.post("/video/projects", #"{"id": "p"}"#).status == 201)
                let healed = try await server.post(
                    "/audio/semantic-timeline/analyze", #"{"asset_id": "a", "include_beats": false}"#)
                #expect(healed.status == 200, "\(healed.text)")
            }
            #expect(status == 0)
            try await WholeLibrary.check(library, scope: Scope(tenantID: "t1", env: "dev"), "full")
            #expect(WholeLibrary.leftovers(library) == [])
        }
    }
}
