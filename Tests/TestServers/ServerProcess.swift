import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A server that a test process starts for itself. It ends with the process, however that ends: a shell beside it waits for the end
/// of its standard input, which nobody else holds open.
package final class ServerProcess: @unchecked Sendable {
    /// Is started with the input that keeps it alive; used by nobody after that but to stop it.
    private let process = Process()
    private let lifeline = Pipe()
    package let folder: String

    /// - Parameters:
    ///   - script: for `bash`; `$1` is the folder. It defines the functions `start`, which runs the server in the foreground,
    ///     and `stop`, which is given the process identifier of that.
    ///   - arguments: `$2` and so on.
    package init(name: String, script: String, arguments: [String] = []) throws {
        folder = FileManager.default.temporaryDirectory.path + "/cueline-\(name)-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let frame = """
            set -u
            \(script)
            start "$@" >"$1/log" 2>&1 </dev/null &
            server=$!
            read -r _ || true
            stop "$server" >>"$1/log" 2>&1
            wait "$server" 2>/dev/null
            rm -rf "$1"
            """
        process.executableURL = URL(filePath: "/bin/bash")
        process.arguments = ["-c", frame, name, folder] + arguments
        process.standardInput = lifeline
        try process.run()
    }

    /// Waits until something that may fail for a while succeeds.
    ///
    /// - Throws: the log of the server when it does not.
    package func waitUntil(within seconds: Double = 60, _ isReady: () async throws -> Bool) async throws {
        let start = Date.now
        while Date.now.timeIntervalSince(start) < seconds {
            if (try? await isReady()) == true { return }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw StartFailure(log: log)
    }

    package var log: String {
        String(decoding: FileManager.default.contents(atPath: folder + "/log") ?? Data(), as: UTF8.self)
    }

    /// Stops the server and waits for its end.
    package func stop() {
        try? lifeline.fileHandleForWriting.close()
        process.waitUntilExit()
    }

    deinit { try? lifeline.fileHandleForWriting.close() }

    struct StartFailure: Error, CustomStringConvertible {
        var log: String
        var description: String { "the server did not start: \(log.suffix(2000))" }
    }

    /// A port that nothing listens on at the moment.
    package static func freePort() throws -> Int {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw POSIXError(.EMFILE) }
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
            }
        }
        guard isBound else { throw POSIXError(.EADDRINUSE) }
        return Int(UInt16(bigEndian: address.sin_port))
    }
}
