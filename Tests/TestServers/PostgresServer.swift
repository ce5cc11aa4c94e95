import Foundation

/// A PostgreSQL server on loopback, for tests; without `fsync`, since nothing of it outlives them.
package final class PostgresServer: Sendable {
    private let process: ServerProcess
    package let port: Int

    private static let script = """
        user() { if [ "$(id -u)" = 0 ]; then chown postgres "$1"; cd "$1" && shift &&
            setpriv --reuid=postgres --regid=postgres --clear-groups "$@"; else shift; "$@"; fi; }
        bin="$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)"
        [ -n "$bin" ] || bin="$(dirname "$(command -v initdb)")"
        start() {
            user "$1" "$bin/initdb" -D "$1/data" -U cueline -A trust --no-sync --locale=C.UTF-8 || return 1
            # One process in the end, so that it can be told to stop.
            if [ "$(id -u)" = 0 ]; then run="exec setpriv --reuid=postgres --regid=postgres --clear-groups"; else run=exec; fi
            $run "$bin/postgres" -D "$1/data" -p "$2" -c listen_addresses=127.0.0.1 -c "unix_socket_directories=" \\
                -c fsync=off -c synchronous_commit=on -c full_page_writes=off -c max_connections=300 \\
                -c shared_buffers=128MB -c autovacuum_naptime=10s
        }
        stop() { kill -INT "$1"; }
        """

    private init() throws {
        port = try ServerProcess.freePort()
        process = try ServerProcess(name: "postgres", script: Self.script, arguments: ["\(port)"])
    }

    /// The one server of this process.
    private static let shared = Task<PostgresServer, any Error> {
        let server = try PostgresServer()
        try await server.process.waitUntil { try await server.psql("postgres", "SELECT 1").contains("1") }
        return server
    }

    /// The URL of a new, empty database.
    package static func database() async throws -> String {
        let server = try await shared.value
        let name = "t" + UUID().uuidString.replacing("-", with: "").lowercased()
        _ = try await server.psql("postgres", "CREATE DATABASE \(name)")
        return "postgres://cueline@127.0.0.1:\(server.port)/\(name)"
    }

    /// Runs SQL in a database of the server, past the library.
    ///
    /// - Returns: what `psql` prints: a line a row, its values separated by `|`.
    package static func run(_ sql: String, in url: String) async throws -> String {
        try await shared.value.psql(url, sql)
    }

    private func psql(_ database: String, _ sql: String) async throws -> String {
        let url = database.contains("://") ? database : "postgres://cueline@127.0.0.1:\(port)/\(database)"
        return try await Command.run("psql", ["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", url, "-c", sql])
    }
}

/// Programs that tests run.
package enum Command {
    package struct Failure: Error, CustomStringConvertible {
        package var status: Int32
        package var output: String
        package var description: String { "exit status \(status): \(output)" }
    }

    /// Runs a program to its end, away from the cooperative threads.
    ///
    /// - Returns: what it printed.
    package static func run(_ program: String, _ arguments: [String]) async throws -> String {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async {
                continuation.resume(
                    with: Result {
                        let process = Process()
                        process.executableURL = URL(filePath: "/usr/bin/env")
                        process.arguments = [program] + arguments
                        let pipe = Pipe()
                        process.standardOutput = pipe
                        process.standardError = pipe
                        process.standardInput = FileHandle.nullDevice
                        try process.run()
                        let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
                        process.waitUntilExit()
                        guard process.terminationStatus == 0 else {
                            throw Failure(status: process.terminationStatus, output: output)
                        }
                        return output
                    })
            }
        }
    }
}
