import Foundation
import Subprocess
import Synchronization
import SystemPackage
import TimelineModel

/// A running `cueline serve`, asked by curl as a user would.
struct CuelineServer: Sendable {
    let port: Int
    let pid: pid_t

    /// Starts a server, runs a closure, stops the server with SIGTERM.
    ///
    /// - Parameter onLog: is given all of its standard error, when it has ended.
    /// - Returns: what the closure returns and the server's exit status, negative for a signal.
    static func run<Value: Sendable>(
        library: String, arguments: [String] = [], environment: [String: String] = [:], level: String = "warning",
        onLog: @Sendable (String) -> Void = { _ in },
        _ body: @escaping @Sendable (CuelineServer) async throws -> Value
    ) async throws -> (value: Value, status: Int32) {
        var variables: [Environment.Key: String?] = ["SWIFT_BACKTRACE": "enable=no"]
        for (name, value) in environment { variables[Environment.Key(stringLiteral: name)] = value }
        let result = try await Subprocess.run(
            .path(FilePath(CuelineProcess.program)),
            arguments: Arguments(
                ["serve", "--port", "0", "--library", library, "--log-level", level] + arguments),
            environment: .inherit.updating(variables), input: .none, output: .discarded, error: .sequence
        ) { execution in
            let found = Port()
            async let log: Void = found.read(execution.standardError)
            let port = try await found.wait()
            let server = CuelineServer(port: port, pid: execution.processIdentifier.value)
            let outcome: Result<Value, any Error>
            do {
                outcome = .success(try await body(server))
            } catch {
                outcome = .failure(error)
            }
            try? execution.send(signal: .terminate)
            await log
            onLog(found.text)
            return outcome
        }
        let status: Int32 =
            switch result.terminationStatus {
            case .exited(let code): Int32(code)
            case .signaled(let signal): -Int32(signal)
            }
        return (try result.closureResult.get(), status)
    }

    /// Reads a server's standard error until it says where it listens, and on.
    private final class Port: Sendable {
        private let state = Mutex<(port: Int?, ended: Bool, text: String)>((nil, false, ""))

        var text: String { state.withLock { $0.text } }

        func read(_ stream: SubprocessOutputSequence) async {
            var text = ""
            var iterator = stream.makeAsyncIterator()
            while let buffer = try? await iterator.next() {
                buffer.withUnsafeBytes { text += String(decoding: $0, as: UTF8.self) }
                let known = text
                state.withLock { state in
                    state.text = known
                    if state.port == nil, let range = known.firstRange(of: "listening on http://127.0.0.1:") {
                        let digits = known[range.upperBound...].prefix(while: \.isNumber)
                        if known[range.upperBound...].contains("\n") { state.port = Int(digits) }
                    }
                }
            }
            state.withLock { $0.ended = true }
        }

        func wait() async throws -> Int {
            while true {
                let (port, ended, text) = state.withLock { $0 }
                if let port { return port }
                if ended { throw ServerFailure(message: text) }
                try await Task.sleep(for: .milliseconds(5))
            }
        }
    }

    struct Answer: Sendable {
        var status: Int
        var text: String
        var json: JSONValue { (try? TimelineJSON.decode(JSONValue.self, from: Data(text.utf8))) ?? .null }

        subscript(_ path: String...) -> JSONValue? {
            path.reduce(Optional(json)) { $0?.members?[$1] }
        }
    }

    /// Asks with curl, as tenant t1 in env dev. Status 0: no answer.
    func curl(_ path: String, _ arguments: [String] = []) async throws -> Answer {
        let result = try await Subprocess.run(
            .name("curl"),
            arguments: Arguments(
                [
                    "--silent", "--max-time", "300", "--write-out", "\n%{http_code}", "-H", "X-Tenant-Id: t1", "-H",
                    "X-Env: dev",
                ] + arguments + ["http://127.0.0.1:\(port)\(path)"]),
            output: .string(limit: 64 << 20), error: .discarded)
        let lines = result.standardOutput.split(separator: "\n", omittingEmptySubsequences: false)
        return Answer(
            status: lines.last.flatMap { Int($0) } ?? 0, text: lines.dropLast().joined(separator: "\n"))
    }

    func post(_ path: String, _ json: String, _ arguments: [String] = []) async throws -> Answer {
        try await curl(path, ["-H", "Content-Type: application/json", "--data-binary", json] + arguments)
    }

    /// Waits until so many requests for analyses that were not known have come.
    func hasAsked(_ count: Int) async throws {
        let start = ContinuousClock.now
        while try await !curl("/metrics").text.contains("analyze_requests_total{cache=\"miss\"} \(count)") {
            guard ContinuousClock.now - start < .seconds(60) else { throw ServerFailure(message: "too few requests") }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    /// Uploads a file as an asset.
    func upload(_ file: String, id: String) async throws -> Answer {
        try await curl("/media-v2/assets", ["-F", "id=\(id)", "-F", "kind=audio", "-F", "file=@\(file)"])
    }
}

struct ServerFailure: Error {
    var message: String
}
