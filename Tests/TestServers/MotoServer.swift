import Foundation

/// moto, which plays AWS: fast, and verifies no signature.
public struct MotoServer: Sendable {
    public static let accessKeyID = "test"
    public static let secretAccessKey = "test-secret"
    public static let bucket = "cueline-test"

    /// `http://127.0.0.1:port`
    public let endpoint: String

    private static let shared = SharedServer { try MotoServer() }

    /// The one of this process; started when it does not run.
    public static func running() async throws -> MotoServer { try await shared.get() }

    private init() throws {
        let folder = try LocalServer.makeFolder("moto")
        let port = try LocalServer.freePort()
        let log = folder + "/log"
        let program = try PythonServers.program("moto_server")
        try LocalServer.start([program, "-H", "127.0.0.1", "-p", String(port)], log: log)
        try LocalServer.waitForHTTP(port: port, log: log)
        endpoint = "http://127.0.0.1:\(port)"
    }
}
