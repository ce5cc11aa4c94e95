import Foundation
import GRDB
import Library
import Synchronization
import Testing
import TimelineModel

/// Processes that are killed before, or in the middle of, each of the calls by which they change files.
@Suite(
    "Kill points", .serialized,
    .enabled(if: Installed.ffmpeg && Installed.find("curl") != nil && FaultyDisk.isPossible, "needs ffmpeg, curl, cc"),
    .timeLimit(.minutes(20)))
struct KillPointTests {
    /// Most seconds until a library that somebody died over is of use again; more where tests share their processors with who
    /// knows what. `CUELINE_IDLE_MACHINE=1` asks for what is promised.
    private let recovery = ProcessInfo.processInfo.environment["CUELINE_IDLE_MACHINE"] == nil ? 20.0 : 2.0

    /// All calls of a command one after the other, or so many of them, evenly.
    private func points(of calls: Int, atMost count: Int) -> [Int] {
        calls <= count ? Array(1...max(1, calls)) : (0..<count).map { 1 + $0 * (calls - 1) / (count - 1) }
    }

    private func makeSound(_ name: String, in folder: String, seconds: Int = 3) async throws -> String {
        let path = "\(folder)/\(name).wav"
        try await ffmpeg(["-f", "lavfi", "-i", "sine=f=\(300 + name.count * 50):r=16000:d=\(seconds)", path])
        return path
    }

    private let options = ["--no-speech-music", "--no-beats"]

    private func analyze(_ sound: String, _ library: String, _ environment: [String: String] = [:]) async throws
        -> MeasuredRun
    {
        try await MeasuredRun.cueline(["analyze", sound, "--library", library] + options, environment: environment)
    }

    /// Kills a command at one point after the other, each time beginning with a copy of a library.
    ///
    /// - Parameter heal: what is done afterwards, without faults.
    /// - Returns: how many points there were.
    private func killAtEach(
        _ arguments: [String], on base: String, in folder: String, atMost count: Int,
        heal: @escaping @Sendable (_ library: String, _ point: String) async throws -> Void
    ) async throws -> Int {
        // The number of calls that a run takes differs by a few, with the scheduling of threads.
        let disk = try await FaultyDisk(in: folder)
        let probe = folder + "/probe"
        try FileManager.default.copyItem(atPath: base, toPath: probe)
        let whole = try await MeasuredRun.cueline(
            arguments + ["--library", probe], environment: disk.environment(.kill, at: 0, below: probe))
        #expect(whole.status == 0, "\(whole.error)")
        let calls = try disk.calls()
        #expect(calls > 5)
        var killed = 0
        let points = points(of: calls, atMost: count)
        for (index, number) in points.enumerated() {
            let fault = index % 3 == 2 ? FaultyDisk.Fault.torn : .kill
            let point = "\(arguments[0]), \(fault) at \(number) of \(calls)"
            let library = folder + "/library"
            try? FileManager.default.removeItem(atPath: library)
            try FileManager.default.copyItem(atPath: base, toPath: library)
            let run = try await MeasuredRun.cueline(
                arguments + ["--library", library], environment: disk.environment(fault, at: number, below: library))
            if run.status == -SIGKILL {
                killed += 1
            } else {
                #expect(run.status == 0, "\(point): \(run.status) \(run.error)")
            }
            let (seconds, _) = try await WholeLibrary.check(library, point)
            #expect(seconds < recovery, "\(point): \(seconds) s")
            try await heal(library, point)
            try await WholeLibrary.check(library, point)
        }
        #expect(killed * 10 >= points.count * 9, "\(killed) of \(points.count)")
        return points.count
    }

    @Test(
        "kill -9 at each call of an analysis: what was there stays, nothing is torn, the next run gives the same bytes")
    func analysis() async throws {
        try await withTemporaryFolder { folder in
            let (earlier, sound) = (
                try await makeSound("earlier", in: folder), try await makeSound("sound", in: folder)
            )
            let base = folder + "/base"
            let kept = try await analyze(earlier, base).output
            let expected = try await MeasuredRun.cueline(["analyze", sound] + options).output
            let count = try await killAtEach(["analyze", sound] + options, on: base, in: folder, atMost: 90) {
                library, point in
                let again = try await analyze(sound, library)
                #expect(again.status == 0 && again.output == expected, "\(point): \(again.error)")
                let before = try await analyze(earlier, library)
                #expect(before.output == kept, "\(point)")
                _ = try await MeasuredRun.cueline(["gc", "--library", library, "--grace-minutes", "0"])
                #expect(WholeLibrary.leftovers(library) == [], "\(point)")
            }
            #expect(count >= 60)
        }
    }

    @Test("kill -9 at each call of a collection: it removes the rest the next time, and nothing else")
    func collection() async throws {
        try await withTemporaryFolder { folder in
            let base = folder + "/base"
            let kept = try await makeSound("kept", in: folder)
            let expected = try await analyze(kept, base).output
            let library = try LibraryFolder.open(base)
            for index in 0..<6 {
                _ = try await library.blobs.keep([UInt8(index)], in: Scope(tenantID: "local", env: "dev"))
            }
            let count = try await killAtEach(["gc", "--grace-minutes", "0"], on: base, in: folder, atMost: 30) {
                library, point in
                let again = try await MeasuredRun.cueline([
                    "gc", "--json", "--library", library, "--grace-minutes", "0",
                ])
                #expect(again.status == 0, "\(point): \(again.error)")
                #expect(try await analyze(kept, library).output == expected, "\(point)")
            }
            #expect(count >= 6)
        }
    }

    @Test(
        "kill -9 at each call of a migration: the library is of the old version or of the new one, with all that it held"
    )
    func migration() async throws {
        try await withTemporaryFolder { folder in
            let base = folder + "/base"
            let kept = try await makeSound("kept", in: folder)
            let expected = try await analyze(kept, base).output
            try await downgrade(base)
            let count = try await killAtEach(["gc"], on: base, in: folder, atMost: 40) { library, point in
                let again = try await analyze(kept, library)
                #expect(again.output == expected, "\(point)")
            }
            #expect(count >= 10)
        }
    }

    /// Makes a library one of the first version, without sums.
    private func downgrade(_ path: String) async throws {
        let raw = try DatabaseQueue(path: path + "/library.sqlite")
        try await raw.writeWithoutTransaction { db in
            for name in try String.fetchAll(db, sql: "SELECT name FROM sqlite_schema WHERE type = 'trigger'") {
                try db.execute(sql: "DROP TRIGGER \(name)")
            }
            for table in ["asset", "artifact", "timeline", "stage", "video_node", "job"] {
                try db.execute(sql: "ALTER TABLE \(table) DROP COLUMN row_check")
            }
            try db.execute(sql: "DELETE FROM grdb_migrations WHERE identifier = 'v2'")
            try db.checkpoint(.truncate)
        }
        try raw.close()
    }

    @Test(
        "kill -9 at 80 calls of a server that takes an upload and analyses it: what was acknowledged is there, the next server is of use at once"
    )
    func server() async throws {
        try await withTemporaryFolder { folder in
            let stub = ["AUDIO_SEMANTIC_BACKEND": "stub"]
            // Long enough for several blocks.
            let sound = try await makeSound("sound", in: folder, seconds: 20)
            let library = folder + "/library"
            let scope = Scope(tenantID: "t1", env: "dev")
            let disk = try await FaultyDisk(in: folder)
            @Sendable func work(_ server: CuelineServer, _ id: String) async throws -> Bool {
                guard try await server.upload(sound, id: id).status == 201 else { return false }
                let answer = try await server.post("/audio/semantic-timeline/analyze", #"{"asset_id": "\#(id)"}"#)
                return answer.status == 200
            }
            let environment = try disk.environment(.kill, at: 0, below: folder)
            let (calls, _) = try await CuelineServer.run(
                library: library, environment: stub.merging(environment) { $1 }
            ) { server in
                let before = try disk.calls()
                #expect(try await work(server, "first"))
                return try disk.calls() - before
            }
            #expect(calls > 20)
            var interrupted = 0
            for (index, number) in points(of: calls, atMost: 80).enumerated() {
                let fault = index % 3 == 2 ? FaultyDisk.Fault.torn : .kill
                let id = "a\(index)"
                let variables = try disk.environment(fault, at: 0, below: folder)
                let start = ContinuousClock.now
                let (answered, status) = try await CuelineServer.run(
                    library: library, environment: stub.merging(variables) { $1 }
                ) { server in
                    // The server after the one that died: of use at once.
                    if index > 0 {
                        #expect(try await server.curl("/audio/semantic-timeline/nearest").status >= 400)
                        let seconds = (ContinuousClock.now - start) / .seconds(1)
                        #expect(seconds < recovery, "\(number): \(seconds) s")
                    }
                    try disk.fail(at: try disk.calls() + number)
                    return try await work(server, id)
                }
                #expect(status == -SIGKILL || (answered && status == 0), "\(fault) at \(number): \(status)")
                if status == -SIGKILL { interrupted += 1 }
                let (_, ids) = try await WholeLibrary.check(
                    library, scope: scope, "server, \(fault) at \(number) of \(calls)")
                if answered { #expect(ids.contains(id)) }
            }
            #expect(interrupted > 50)
            let (_, status) = try await CuelineServer.run(library: library, environment: stub) { server in
                for id in ["first", "a0", "a40", "a79"] {
                    if try await server.curl("/media-v2/assets/\(id)").status == 404 {
                        #expect(try await server.upload(sound, id: id).status == 201)
                    }
                    let answer = try await server.post("/audio/semantic-timeline/analyze", #"{"asset_id": "\#(id)"}"#)
                    #expect(answer.status == 200, "\(answer.text)")
                }
            }
            #expect(status == 0)
            #expect(WholeLibrary.leftovers(library) == [])
        }
    }
}
