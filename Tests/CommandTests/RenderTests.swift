import Foundation
import Subprocess
import SystemPackage
import Testing

/// What an editor makes of an exported list, by parsers and a renderer that are not ours.
@Suite(
    "Shot lists opened for real",
    .enabled(
        if: Installed.ffmpeg && RenderedList.python != nil, "needs ffmpeg and scripts/bootstrap --with readers"),
    .timeLimit(.minutes(20)))
struct RenderTests {
    @Test("Rendered by ffmpeg from EDL and OTIO, every shot starts where the list says, in picture and in sound")
    func render() async throws {
        try await withTemporaryFolder { folder in
            try await RenderedList.makeRecordings(in: folder)
            for name in ["harbour", "bursts"] {
                try await cueline(
                    ["analyze", name + ".mov", "--library", "library", "--asset", name, "-o", name + ".json"],
                    in: folder)
            }
            try Data(Self.sequence.utf8).write(to: URL(filePath: folder + "/sequence.json"))
            let shots = ["shots", "sequence.json", "--library", "library"]
            try await cueline(shots + ["--format", "json", "-o", "free.json"], in: folder)
            var manifest = RenderedList.Manifest(
                media: ["harbour": folder + "/harbour.mov", "bursts": folder + "/bursts.mov"])
            for (name, rate, options) in [("pal", "25", []), ("drop", "30000/1001", ["--drop-frame"])] {
                for format in ["json", "edl", "otio"] {
                    try await cueline(
                        shots + ["--frame-rate", rate, "--format", format, "-o", "\(name).\(format)"] + options,
                        in: folder)
                }
                for format in ["edl", "otio"] {
                    manifest.renders.append(
                        RenderedList.Manifest.Render(
                            edit: "\(name).\(format)", rate: rate, lists: [name + ".json", "free.json"]))
                }
            }
            try JSONEncoder().encode(manifest).write(to: URL(filePath: folder + "/manifest.json"))

            let report = try await RenderedList.check(folder)
            #expect(report.wrong == [])
            let clips = report.renders.flatMap(\.lists).map { $0.shots.map(\.clip) }
            #expect(clips == Array(repeating: ["v1", "n1", "v2", "n2", "v3", "n3", "v4", "n4", "n5"], count: 8))

            // The check itself: of a list that starts every source three frames later, nothing is right.
            let shifted = try await RenderedList.check(folder, selfTest: true)
            #expect(shifted.wrong == [])
            #expect(shifted.renders.flatMap(\.lists).count == 8)
        }
    }

    private func cueline(_ arguments: [String], in folder: String) async throws {
        let result = try await CuelineProcess.run(arguments, folder: folder)
        try #require(result.status == 0, "\(arguments): \(result.error)")
    }

    /// Two tracks that share a picture: side by side, apart, and at times that are on no frame; speech, silence before
    /// a sound, bursts; less than ten frames; source and target past the first minute, where drop-frame labels skip.
    private static let sequence = """
        {"id": "render", "tracks": [
          {"id": "voice", "clips": [
            {"id": "v1", "asset_id": "harbour", "start_ms": 500.25, "duration_ms": 3000, "source_offset_ms": 1000.5},
            {"id": "v2", "asset_id": "harbour", "start_ms": 7500.75, "duration_ms": 5000, "source_offset_ms": 20000.1},
            {"id": "v3", "asset_id": "harbour", "start_ms": 16500.3, "duration_ms": 5000, "source_offset_ms": 43000},
            {"id": "v4", "asset_id": "harbour", "start_ms": 59000, "duration_ms": 4000, "source_offset_ms": 48500}]},
          {"id": "noise", "clips": [
            {"id": "n1", "asset_id": "bursts", "start_ms": 3500.25, "duration_ms": 4000.5, "source_offset_ms": 5000.3},
            {"id": "n2", "asset_id": "bursts", "start_ms": 14510.4, "duration_ms": 1989.9, "source_offset_ms": 25000},
            {"id": "n3", "asset_id": "bursts", "start_ms": 21500.3, "duration_ms": 250.7, "source_offset_ms": 33333.3},
            {"id": "n4", "asset_id": "bursts", "start_ms": 63000, "duration_ms": 6000.7, "source_offset_ms": 61234.5},
            {"id": "n5", "asset_id": "bursts", "start_ms": 70000.7, "duration_ms": 1500, "source_offset_ms": 68250}]}]}
        """
}

/// Recordings with numbered frames, and `Tests/Readers/render_list.py`, which renders lists of them.
private enum RenderedList {
    struct Manifest: Encodable {
        struct Render: Encodable {
            var edit: String
            var rate: String
            var lists: [String]
        }

        var media: [String: String]
        var renders: [Render] = []
    }

    struct Report: Decodable {
        struct Render: Decodable {
            struct List: Decodable {
                struct Shot: Decodable {
                    var clip: String
                }

                var shots: [Shot]
            }

            var lists: [List]
        }

        /// What is not as it has to be, each in a line.
        var wrong: [String]
        var renders: [Render]
    }

    private static let readers = URL(filePath: Fixture.folder).deletingLastPathComponent()
        .appending(path: "Tests/Readers").path

    /// The readers' environment, made from exactly the requirements of this checkout; nil if there is none.
    static let python: String? = {
        let environment = ProcessInfo.processInfo.environment
        let caches = environment["XDG_CACHE_HOME"] ?? (environment["HOME"] ?? "") + "/.cache"
        let folder = (environment["CUELINE_CACHE"] ?? caches + "/cueline") + "/readers"
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        let name = names.first {
            FileManager.default.contentsEqual(
                atPath: "\(folder)/\($0)/.installed", andPath: readers + "/requirements.txt")
        }
        return name.map { "\(folder)/\($0)/bin/python" }
    }()

    /// `harbour.mov` at 25 frames a second, and `bursts.mov` at 30000/1001: noise over a rising tone, never the same.
    static func makeRecordings(in folder: String) async throws {
        let encoding = ["-c:v", "ffv1", "-c:a", "pcm_s16le"]
        try await ffmpeg(
            ["-f", "lavfi", "-i", picture(rate: "25", seconds: 66), "-i", Fixture.recording] + encoding
                + [folder + "/harbour.mov"])
        let bursts = """
            anoisesrc=d=70:c=pink:r=48000:a=0.5:seed=7[noise]; \
            aevalsrc='0.1*sin(2*PI*(200+15*t)*t)':d=70:s=48000[tone]; \
            [noise][tone]amix=normalize=0,volume='if(lt(mod(1.1*t+0.4*sin(0.9*t),1.9),1.2),1,0.1)':eval=frame
            """
        try await ffmpeg(
            ["-f", "lavfi", "-i", picture(rate: "30000/1001", seconds: 70), "-f", "lavfi", "-i", bursts] + encoding
                + [folder + "/bursts.mov"])
    }

    /// Each frame's number as sixteen blocks of black and white, the lowest bit first, over their opposites.
    private static func picture(rate: String, seconds: Int) -> String {
        "color=s=128x16:r=\(rate):d=\(seconds),format=gray,"
            + "geq=lum='16+219*mod(floor(N/pow(2,floor(X/8)))+gte(Y,8),2)'"
    }

    /// Renders all edits of a folder and compares them with their lists.
    ///
    /// - Parameter selfTest: with every source later; wrong is then what is taken for right.
    static func check(_ folder: String, selfTest: Bool = false) async throws -> Report {
        let result = try await Subprocess.run(
            .path(FilePath(try #require(python))),
            arguments: Arguments(
                ["-B", readers + "/render_list.py"] + (selfTest ? ["--self-test"] : []) + [folder]),
            output: .string(limit: 1 << 20), error: .string(limit: 1 << 16))
        let report = try? JSONDecoder().decode(Report.self, from: Data(result.standardOutput.utf8))
        guard let report, result.terminationStatus.isSuccess == report.wrong.isEmpty else {
            throw FFmpegFailure(message: result.standardError)
        }
        return report
    }
}
