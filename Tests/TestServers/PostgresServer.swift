import Foundation

/// A PostgreSQL server on loopback; without `fsync`, since nothing of it outlives the tests.
public struct PostgresServer: Sendable {
    private let port: Int

    private static let shared = SharedServer { try PostgresServer() }

    private init() throws {
        let folder = try LocalServer.makeFolder("postgres")
        port = try LocalServer.freePort()
        let programs = try Self.programs()
        // The server refuses to be root's.
        var user: [String] = []
        if getuid() == 0 {
            user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--pdeathsig=KILL"]
            try LocalServer.finish(["chown", "postgres", folder], log: folder + "/chown.log")
        }
        let data = folder + "/data"
        try LocalServer.finish(
            user + [
                programs + "/initdb", "-D", data, "-U", "cueline", "-A", "trust", "--no-sync", "--locale=C.UTF-8",
            ], log: folder + "/initdb.log")
        let settings = [
            "listen_addresses=127.0.0.1", "unix_socket_directories=", "fsync=off", "full_page_writes=off",
            "max_connections=300", "shared_buffers=128MB", "autovacuum_naptime=10s",
        ]
        let log = folder + "/log"
        try LocalServer.start(
            user + [programs + "/postgres", "-D", data, "-p", "\(port)"] + settings.flatMap { ["-c", $0] }, log: log)
        let deadline = Date(timeIntervalSinceNow: 60)
        while (try? LocalServer.finish(query("postgres", "SELECT 1"), log: folder + "/psql.log")) == nil {
            guard Date.now < deadline else {
                throw LocalServer.Failure(description: "PostgreSQL does not answer: \(LocalServer.text(of: log))")
            }
            usleep(50_000)
        }
    }

    /// Where its programs are: Debian keeps them out of the way, by version.
    private static func programs() throws -> String {
        let versions = (try? FileManager.default.contentsOfDirectory(atPath: "/usr/lib/postgresql")) ?? []
        let paths = versions.compactMap(Int.init).sorted().map { "/usr/lib/postgresql/\($0)/bin" }
        let others = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map(String.init)
        guard
            let path = (paths.reversed() + others).first(where: {
                FileManager.default.isExecutableFile(atPath: $0 + "/initdb")
            })
        else {
            throw LocalServer.Failure(description: "PostgreSQL is not installed: run scripts/bootstrap --with servers")
        }
        return path
    }

    private func query(_ database: String, _ sql: String) -> [String] {
        let url = database.contains("://") ? database : "postgres://cueline@127.0.0.1:\(port)/\(database)"
        return ["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", url, "-c", sql]
    }

    /// The URL of a new, empty database of the one server of this process, which is started when it does not run.
    public static func database() async throws -> String {
        let server = try await shared.get()
        let name = "t" + UUID().uuidString.replacing("-", with: "").lowercased()
        _ = try await server.run("postgres", "CREATE DATABASE \(name)")
        return "postgres://cueline@127.0.0.1:\(server.port)/\(name)"
    }

    /// Runs SQL in a database of the server, past the library.
    ///
    /// - Returns: what `psql` prints: a line a row, its values separated by `|`.
    public static func run(_ sql: String, in url: String) async throws -> String {
        try await shared.get().run(url, sql)
    }

    private func run(_ database: String, _ sql: String) async throws -> String {
        let command = query(database, sql)
        return try await Command.run(command[0], Array(command.dropFirst()))
    }
}
