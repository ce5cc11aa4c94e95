import Foundation
import Media

/// A temporary folder with media made by ffmpeg; removed with the value's last reference.
final class MediaFixture: Sendable {
    let folder: URL

    /// Whether ffmpeg and ffprobe are there; suites that need them are skipped otherwise.
    static let isPossible = MediaTools().areAvailable

    init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("media-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(at: folder)
    }

    func path(_ name: String) -> String { folder.path + "/" + name }

    @discardableResult
    func write(_ bytes: some Sequence<UInt8>, to name: String) throws -> String {
        try Data(bytes).write(to: URL(fileURLWithPath: path(name)))
        return path(name)
    }

    func bytes(of name: String) throws -> Data {
        try Data(contentsOf: URL(fileURLWithPath: path(name)))
    }

    /// Keeps the first part of a file, as a broken copy does.
    @discardableResult
    func cut(_ name: String, to cutName: String, part: Double) throws -> String {
        let whole = try bytes(of: name)
        return try write(whole.prefix(Int(Double(whole.count) * part)), to: cutName)
    }

    /// Runs ffmpeg; the last argument is a file name inside the folder.
    @discardableResult
    func ffmpeg(_ arguments: [String], to name: String) throws -> String {
        guard let program = MediaTools().ffmpeg.path else { throw FixtureError.noFFmpeg }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = ["-nostdin", "-v", "error", "-y"] + arguments + ["file:" + path(name)]
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw FixtureError.ffmpegFailed(name) }
        return path(name)
    }

    /// A shell script in place of ffmpeg, and the ffprobe of the machine.
    func tools(ffmpegScript: String) throws -> MediaTools {
        let real = MediaTools()
        let script = try write("#!/bin/sh\nFFMPEG='\(real.ffmpeg.path ?? "")'\n\(ffmpegScript)\n".utf8, to: "script")
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: script)
        return MediaTools(environment: ["CUELINE_FFMPEG": script, "CUELINE_FFPROBE": real.ffprobe.path ?? ""])
    }

    /// Command lines of running processes that mention the folder. Linux only; empty elsewhere.
    func processes() -> [String] { running().map(\.line) }

    /// Those that are left when a decoder came back: of our own children at once, and of what those started within ten
    /// seconds, for what is killed with a child is gone only when a processor gets to it.
    func processesLeft() async -> [String] {
        for _ in 0..<500 {
            let left = running()
            if left.isEmpty || left.contains(where: { $0.parent == getpid() }) { return left.map(\.line) }
            try? await Task.sleep(for: .milliseconds(20))
        }
        return processes()
    }

    private func running() -> [(line: String, parent: pid_t?)] {
        let entries = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return entries.compactMap { entry in
            guard Int(entry) != nil, let line = FileManager.default.contents(atPath: "/proc/\(entry)/cmdline") else {
                return nil
            }
            let text = String(decoding: line, as: UTF8.self)
            guard text.contains(folder.path) else { return nil }
            // Behind the name, which ends with the last parenthesis: state, parent.
            let status = FileManager.default.contents(atPath: "/proc/\(entry)/stat") ?? Data()
            let fields = String(decoding: status, as: UTF8.self).split(separator: ")").last?.split(separator: " ")
            return (text, fields.flatMap { $0.count > 1 ? pid_t($0[1]) : nil })
        }
    }
}

enum FixtureError: Error {
    case noFFmpeg
    case ffmpegFailed(String)
}

/// A whole decode.
struct Decoded {
    let format: AudioFormat
    let samples: [Float]
    let warnings: [MediaWarning]

    var frameCount: Int { samples.count / format.channelCount }
    var seconds: Double { Double(frameCount) / Double(format.sampleRateHz) }

    func channel(_ channel: Int) -> [Float] {
        stride(from: channel, to: samples.count, by: format.channelCount).map { samples[$0] }
    }

    init(_ path: String, stream: Int = 0, decoder: AudioDecoder = AudioDecoder()) async throws {
        (format, samples, warnings) = try await decoder.withDecodedAudio(of: path, stream: stream) { audio in
            var samples: [Float] = []
            for try await block in audio {
                samples += block
            }
            return (audio.format, samples, audio.warnings)
        }
    }
}
