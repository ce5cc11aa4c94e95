import Subprocess

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif
#if canImport(System)
    import System
#else
    import SystemPackage
#endif

/// Runs of ffmpeg and ffprobe: how they are started and what they leave behind.
enum ToolRun {
    /// What a short run answered.
    struct Answer: Sendable {
        let succeeded: Bool
        let output: [UInt8]
        /// Standard error, bounded.
        let diagnostics: String
    }

    /// A session of its own, hardly any environment, and half a second to leave before it is killed.
    static func configuration(_ path: String, _ arguments: [String]) -> Configuration {
        var options = PlatformOptions()
        options.createSession = true
        options.teardownSequence = teardown
        return Configuration(
            executable: .path(FilePath(path)), arguments: Arguments(arguments), environment: environment,
            platformOptions: options)
    }

    /// SIGTERM, then SIGKILL 300 ms later.
    static let teardown: [TeardownStep] = [
        .send(signal: .terminate, toProcessGroup: true, allowedDurationToNextStep: .milliseconds(300))
    ]

    /// Runs a program to its end and collects what it writes.
    ///
    /// - Throws: `MediaError` with `limitExceeded` when the answer is longer than `outputLimit`, `timedOut`,
    ///   `toolMissing` when the program cannot be started; `CancellationError`. An exit status other than zero is
    ///   part of the answer.
    static func collect(
        _ path: String, _ arguments: [String], outputLimit: Int, diagnosticsLimit: Int, timeout: Duration
    ) async throws -> Answer {
        try await withThrowingTaskGroup(of: Answer?.self) { group in
            group.addTask {
                try await collect(path, arguments, outputLimit: outputLimit, diagnosticsLimit: diagnosticsLimit)
            }
            group.addTask {
                try await Task.sleep(for: timeout)
                return nil
            }
            defer { group.cancelAll() }
            guard let answer = try await group.next() ?? nil else {
                throw MediaError(.timedOut, "reading the file took too long")
            }
            return answer
        }
    }

    private static func collect(
        _ path: String, _ arguments: [String], outputLimit: Int, diagnosticsLimit: Int
    ) async throws -> Answer {
        do {
            let result = try await run(
                configuration(path, arguments), input: .none, output: .sequence, error: .sequence
            ) { execution in
                async let diagnostics = log(execution.standardError, limit: diagnosticsLimit)
                var output: [UInt8] = []
                for try await buffer in execution.standardOutput {
                    buffer.withUnsafeBytes { output.append(contentsOf: $0) }
                    if output.count > outputLimit {
                        throw MediaError(.limitExceeded, "the file describes itself at too great a length")
                    }
                }
                return (output, try await diagnostics)
            }
            try Task.checkCancellation()
            let (output, diagnostics) = result.closureResult
            return Answer(
                succeeded: result.terminationStatus.isSuccess, output: output, diagnostics: diagnostics)
        } catch let error as SubprocessError {
            try Task.checkCancellation()
            throw startError(error)
        }
    }

    /// What a failure to start or to talk to a program means to a caller.
    static func startError(_ error: SubprocessError) -> MediaError {
        if error.code == .executableNotFound || error.code == .spawnFailed {
            return MediaError(.toolMissing, "ffmpeg could not be started", underlying: error.description)
        }
        return MediaError(.decodeFailed, "reading from ffmpeg failed", underlying: error.description)
    }

    private static func log(_ stream: SubprocessOutputSequence, limit: Int) async throws -> String {
        var log = BoundedLog(limit: limit)
        for try await buffer in stream {
            buffer.withUnsafeBytes { log.append($0) }
        }
        return log.text
    }

    /// Only what finding shared libraries and temporary files needs; messages in English, without colours.
    private static var environment: Environment {
        var kept: [Environment.Key: String] = ["LC_ALL": "C", "AV_LOG_FORCE_NOCOLOR": "1"]
        let inherited = ProcessInfo.processInfo.environment
        for (name, key) in [
            ("PATH", "PATH"), ("LD_LIBRARY_PATH", "LD_LIBRARY_PATH"), ("DYLD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"),
            ("TMPDIR", "TMPDIR"),
        ] as [(String, Environment.Key)] {
            kept[key] = inherited[name]
        }
        return .custom(kept)
    }
}
