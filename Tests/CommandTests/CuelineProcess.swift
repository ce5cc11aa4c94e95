import Foundation
import Subprocess
import SystemPackage
import TimelineModel

/// Runs the built `cueline` as a user would.
struct CuelineProcess {
    var status: Int32
    var output: String
    var error: String

    /// The summary that was printed.
    func summary() throws -> AudioSemanticTimelineSummary {
        try TimelineJSON.decode(from: Data(output.utf8))
    }

    /// The folder with the test's own program, in which the build puts `cueline` too.
    static let program: String = {
        let test =
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
            ?? CommandLine.arguments[0]
        var folder = URL(filePath: test).deletingLastPathComponent()
        // On macOS the test bundle lies deeper in the same folder.
        while folder.path != "/", !FileManager.default.isExecutableFile(atPath: folder.path + "/cueline") {
            folder.deleteLastPathComponent()
        }
        return folder.path + "/cueline"
    }()

    /// - Parameters:
    ///   - environment: set on top of this process's own.
    ///   - folder: where it runs.
    static func run(
        _ arguments: [String], environment: [String: String] = [:], folder: String? = nil, input: [UInt8] = []
    ) async throws -> CuelineProcess {
        var variables: [Environment.Key: String?] = ["SWIFT_BACKTRACE": "enable=no"]
        for (name, value) in environment { variables[Environment.Key(stringLiteral: name)] = value }
        let result = try await Subprocess.run(
            .path(FilePath(program)), arguments: Arguments(arguments), environment: .inherit.updating(variables),
            workingDirectory: folder.map { FilePath($0) }, input: .array(input), output: .string(limit: 64 << 20),
            error: .string(limit: 1 << 20))
        let status: Int32 =
            switch result.terminationStatus {
            case .exited(let code): Int32(code)
            case .signaled(let signal): -Int32(signal)
            }
        return CuelineProcess(
            status: status, output: result.standardOutput, error: result.standardError)
    }
}

/// What this machine has, so that tests can say by name what they need.
enum Installed {
    static let ffmpeg = find("ffmpeg") != nil && find("ffprobe") != nil
    private static let cache: String = {
        let environment = ProcessInfo.processInfo.environment
        let caches = environment["XDG_CACHE_HOME"] ?? (environment["HOME"] ?? "") + "/.cache"
        return environment["CUELINE_CACHE"] ?? caches + "/cueline"
    }()
    /// The folder with the models, as the built program finds it.
    static let models = ProcessInfo.processInfo.environment["CUELINE_MODELS"] ?? cache + "/models"
    /// Whisper's models, as the built program finds them.
    static let whisper: Bool = {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: models)) ?? []
        return ffmpeg && names.contains { $0.hasPrefix("ggml-tiny") }
    }()

    static func find(_ program: String) -> String? {
        (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
            .map { "\($0)/\(program)" }.first { FileManager.default.isExecutableFile(atPath: $0) }
    }
}

/// A folder that is gone after the test.
func withTemporaryFolder<Result>(_ body: (String) async throws -> Result) async throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appending(path: "cueline-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    return try await body(folder)
}

/// Makes media with ffmpeg.
func ffmpeg(_ arguments: [String]) async throws {
    let result = try await Subprocess.run(
        .name("ffmpeg"), arguments: Arguments(["-nostdin", "-v", "error", "-y"] + arguments), output: .discarded,
        error: .string(limit: 1 << 16))
    guard result.terminationStatus.isSuccess else {
        throw FFmpegFailure(message: result.standardError)
    }
}

struct FFmpegFailure: Error {
    var message: String
}

/// The repository's own recording and its exact truth.
enum Fixture {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Fixtures").path
    static let recording = folder + "/harbour.flac"

    struct Truth: Decodable {
        struct Span: Decodable {
            var start_ms: Int
            var end_ms: Int
            var text: String?
            var voice: String?
        }
        var duration_ms: Int
        var speech: [Span]
        var music: [Span]
        var silence: [Span]
        var other: [Span]
        var beats_ms: [Int]
        var downbeats_ms: [Int]
        var tempo_bpm: Double
        var meter: Int
        var integrated_lufs: Double
        var true_peak_dbtp: Double
    }

    static func truth() throws -> Truth {
        try JSONDecoder().decode(Truth.self, from: Data(contentsOf: URL(filePath: folder + "/harbour.json")))
    }
}

/// Words as they are compared: lower case, letters and digits only.
func plainWords(_ text: String) -> [String] {
    text.lowercased().split(separator: " ").map { $0.filter { $0.isLetter || $0.isNumber } }.filter { !$0.isEmpty }
}
