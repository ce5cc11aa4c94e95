import Foundation
import Library
import SemanticTimeline
import Testing
import TimelineModel

/// A server that dies at any moment leaves a library that is whole.
@Suite(
    "Crashes", .enabled(if: Installed.ffmpeg && Installed.find("curl") != nil, "needs ffmpeg and curl"),
    .timeLimit(.minutes(20)))
struct CrashTests {
    private let stub = ["AUDIO_SEMANTIC_BACKEND": "stub"]
    private let rounds = 50

    @Test("kill -9 at 50 points of upload and analysis: nothing torn, no row without its bytes, the next request heals")
    func killed() async throws {
        try await withTemporaryFolder { folder in
            let library = folder + "/library"
            let sound = folder + "/sound.wav"
            // 10 MB, so that an upload takes a while.
            try await ffmpeg(["-f", "lavfi", "-i", "anoisesrc=d=60:r=44100:a=0.1:c=pink", "-ac", "2", sound])
            var random = SystemRandomNumberGenerator()
            var interrupted = 0
            for round in 0..<rounds {
                let id = "a\(round)"
                let delay = Int.random(in: 0...250, using: &random)
                let (answered, status) = try await CuelineServer.run(library: library, environment: stub) { server in
                    async let work = Self.uploadAndAnalyze(server, sound, id: id)
                    try await Task.sleep(for: .milliseconds(delay))
                    kill(server.pid, SIGKILL)
                    return try await work
                }
                #expect(status == -SIGKILL)
                if !answered { interrupted += 1 }
                try await expectWhole(library, acknowledged: answered ? id : nil)
            }
            // Without interruptions the test would say nothing.
            #expect(interrupted > rounds / 4)

            let (_, status) = try await CuelineServer.run(library: library, environment: stub) { server in
                for round in [0, rounds / 2, rounds - 1] {
                    // What was acknowledged is there; what was not can be done again under the same id.
                    let id = "a\(round)"
                    let asset = try await server.curl("/media-v2/assets/\(id)")
                    if asset.status == 404 { #expect(try await server.upload(sound, id: id).status == 201) }
                    let answer = try await server.post(
                        "/audio/semantic-timeline/analyze", #"{"asset_id": "\#(id)"}"#)
                    #expect(answer.status == 200)
                    let timeline = try await server.curl(
                        "/audio/semantic-timeline/\(answer["audio_semantic_artifact_id"]?.text ?? "")")
                    #expect(timeline.status == 200)
                }
            }
            #expect(status == 0)
            // Nothing of the dead is left behind.
            let work = try? FileManager.default.contentsOfDirectory(atPath: library + "/work")
            #expect((work ?? []).isEmpty)
            let abandoned = try FileManager.default.contentsOfDirectory(atPath: library + "/tmp")
            #expect(abandoned.isEmpty)
        }
    }

    /// - Returns: whether both were acknowledged.
    private static func uploadAndAnalyze(
        _ server: CuelineServer, _ sound: String, id: String
    ) async throws -> Bool {
        let upload = try await server.upload(sound, id: id)
        guard upload.status == 201 else { return false }
        let answer = try await server.post("/audio/semantic-timeline/analyze", #"{"asset_id": "\#(id)"}"#)
        return answer.status == 200
    }

    /// Looks at the library itself: every row's bytes are there and are what their digest says, and what a client was
    /// told is there too.
    private func expectWhole(_ path: String, acknowledged: String?) async throws {
        let library = try LibraryFolder.open(path)
        let scope = Scope(tenantID: "t1", env: "dev")
        var cursor: Int64?
        var ids: Set<String> = []
        repeat {
            let page = try await library.database.assets(
                in: scope, matching: AssetFilter(), page: PageRequest(limit: 100, cursor: cursor))
            for asset in page.items {
                ids.insert(asset.id)
                let content = try #require(asset.content)
                #expect(try await library.blobs.verify(content.sha256, in: scope) == content.sizeBytes)
                for artifact in try await library.database.artifacts(ofAsset: asset.id, in: scope) {
                    let stored = try #require(
                        try await library.database.timeline(artifactID: artifact.id, in: scope))
                    let document = try #require(artifact.content)
                    let bytes = try await library.blobs.read(document.sha256, in: scope, range: nil)
                    let summary: AudioSemanticTimelineSummary = try TimelineJSON.decode(from: Data(bytes))
                    #expect(summary.violations == [])
                    let index = try await library.blobs.read(stored.record.indexSHA256, in: scope, range: nil)
                    #expect(TimelineIndex(serialized: index)?.documentSize == Int64(bytes.count))
                }
            }
            cursor = page.next
        } while cursor != nil
        if let acknowledged { #expect(ids.contains(acknowledged)) }
    }
}
