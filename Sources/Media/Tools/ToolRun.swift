import Subprocess

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif
#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
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

    /// What a run may cost.
    struct Bounds: Sendable {
        /// Processor time in seconds; a run that needs more is killed.
        var cpuSeconds: Int
        /// Most bytes of address space.
        var memoryBytes = 4 << 30
        /// Most bytes of an answer that is collected.
        var outputBytes = 64 << 10
        /// How much of standard error is kept.
        var diagnosticsBytes = 4 << 10
        /// Wall time of a run whose answer is collected.
        var timeout = Duration.seconds(30)

        /// Enough for a program to say its version.
        static let report = Bounds(cpuSeconds: 10)
    }

    /// Confined, with a session of its own, hardly any environment, and half a second to leave before it is killed.
    static func configuration(
        _ confinement: Confinement, _ path: String, _ arguments: [String], reading input: InputFile?,
        within bounds: Bounds
    ) -> Configuration {
        var options = PlatformOptions()
        options.createSession = true
        options.teardownSequence = teardown
        let (program, arguments) = confinement.command(path, arguments, reading: input, within: bounds)
        return Configuration(
            executable: .path(FilePath(program)), arguments: Arguments(arguments), environment: environment,
            platformOptions: options)
    }

    /// SIGTERM, then SIGKILL 300 ms later.
    static let teardown: [TeardownStep] = [
        .send(signal: .terminate, toProcessGroup: true, allowedDurationToNextStep: .milliseconds(300))
    ]

    /// Runs a program to its end and collects what it writes.
    ///
    /// - Parameter onOutput: is given all that was written so far, each time when there is more.
    /// - Throws: `MediaError` with `limitExceeded` when the answer is longer or takes more processor time than the
    ///   bounds allow, `timedOut`, `toolMissing` when the program cannot be started, `changed`; `CancellationError`. Another
    ///   exit status than zero is part of the answer.
    static func collect(
        _ confinement: Confinement, _ path: String, _ arguments: [String], reading input: InputFile?,
        within bounds: Bounds, onOutput: @escaping @Sendable ([UInt8]) -> Void = { _ in }
    ) async throws -> Answer {
        let configuration = configuration(confinement, path, arguments, reading: input, within: bounds)
        return try await withThrowingTaskGroup(of: Answer?.self) { group in
            group.addTask { try await collect(configuration, within: bounds, onOutput: onOutput) }
            group.addTask {
                // In slices: a process that is kept from running itself has not waited for the program.
                for _ in 0..<100 { try await Task.sleep(for: bounds.timeout / 100) }
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
        _ configuration: Configuration, within bounds: Bounds, onOutput: @escaping @Sendable ([UInt8]) -> Void
    ) async throws -> Answer {
        do {
            let result = try await run(
                configuration, input: .none, output: .sequence, error: .sequence
            ) { execution in
                async let diagnostics = log(execution.standardError, limit: bounds.diagnosticsBytes)
                var output: [UInt8] = []
                for try await buffer in execution.standardOutput {
                    buffer.withUnsafeBytes { output.append(contentsOf: $0) }
                    onOutput(output)
                    if output.count > bounds.outputBytes {
                        throw MediaError(.limitExceeded, "the file describes itself at too great a length")
                    }
                }
                return (output, try await diagnostics)
            }
            try Task.checkCancellation()
            let (output, diagnostics) = result.closureResult
            if let failure = failure(result.terminationStatus, diagnostics: diagnostics) { throw failure }
            return Answer(
                succeeded: result.terminationStatus.isSuccess, output: output, diagnostics: diagnostics)
        } catch let error as SubprocessError {
            try Task.checkCancellation()
            throw startError(error)
        }
    }

    /// What an end means that is none of the program's own choosing; nil for those that are.
    ///
    /// 125 to 127 are those of `cueline-confine`.
    static func failure(_ status: TerminationStatus, diagnostics: String) -> MediaError? {
        let said = "\(status): \(diagnostics)"
        switch status {
        case .signaled(let signal) where signal == SIGXCPU:
            return MediaError(.limitExceeded, "reading the file takes more work than its size allows", underlying: said)
        // ffmpeg catches SIGTERM and SIGINT, and ends its output as if all were well.
        case .exited(255): return MediaError(.decodeFailed, "the decoder was stopped", underlying: said)
        case .exited(126): return MediaError(.changed, "the file changed while it was read", underlying: said)
        case .exited(125), .exited(127):
            return MediaError(.toolMissing, "ffmpeg could not be started", underlying: said)
        default: return nil
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
