import Foundation
import Subprocess
import SystemPackage

/// Sends Ctrl-C to a running `cueline`.
enum CuelineInterruption {
    /// Starts the program, lets it work for a moment, interrupts it and waits for it.
    ///
    /// - Returns: its exit status.
    static func interrupt(_ arguments: [String]) async throws -> Int32 {
        let result = try await Subprocess.run(
            .path(FilePath(CuelineProcess.program)), arguments: Arguments(arguments), input: .none,
            output: .discarded, error: .sequence
        ) { execution in
            // Working means that ffmpeg runs: then there is something to interrupt.
            try await waitForChild(of: execution.processIdentifier.value)
            try execution.send(signal: .interrupt)
            for try await _ in execution.standardError {}
        }
        switch result.terminationStatus {
        case .exited(let code): return Int32(code)
        case .signaled(let signal): return -Int32(signal)
        }
    }

    /// Returns when the process has a child of the name `ffmpeg`, or after ten seconds.
    private static func waitForChild(of parent: pid_t) async throws {
        let start = ContinuousClock.now
        while ContinuousClock.now - start < .seconds(10) {
            for name in (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? [] where Int32(name) != nil {
                guard let line = FileManager.default.contents(atPath: "/proc/\(name)/stat") else { continue }
                let text = String(decoding: line, as: UTF8.self)
                let fields = text.split(separator: " ")
                if fields.count > 3, fields[1] == "(ffmpeg)", pid_t(fields[3]) == parent { return }
            }
            try await Task.sleep(for: .milliseconds(20))
        }
    }
}
