import Foundation
import Synchronization

/// A process of another's program that ends with this one, however that ends.
final class LocalServer: Sendable {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    private struct State {
        var children: [Int32] = []
        var folders: [String] = []
    }

    /// Everything that has to go when this process exits.
    private static let state = Mutex(State())

    /// Ends all servers and removes their folders when the process exits. When it is killed instead, the kernel ends the
    /// servers, and whoever comes next removes the folders.
    private static let cleanup: Void = {
        atexit {
            let (children, folders) = LocalServer.state.withLock { ($0.children, $0.folders) }
            for child in children { kill(child, SIGKILL) }
            for folder in folders { try? FileManager.default.removeItem(atPath: folder) }
        }
    }()

    /// A new folder for a server's files: `cueline-<name>-<this process>-…`.
    static func makeFolder(_ name: String) throws -> String {
        cleanup
        let temporary = FileManager.default.temporaryDirectory.path
        let prefix = "cueline-\(name)-"
        for other in try FileManager.default.contentsOfDirectory(atPath: temporary) where other.hasPrefix(prefix) {
            guard let process = other.dropFirst(prefix.count).split(separator: "-").first.flatMap({ Int32($0) }),
                kill(process, 0) != 0, errno == ESRCH
            else { continue }
            try? FileManager.default.removeItem(atPath: temporary + "/" + other)
        }
        let folder = "\(temporary)/\(prefix)\(getpid())-\(UInt32.random(in: 0...(.max)))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        state.withLock { $0.folders.append(folder) }
        return folder
    }

    /// Starts a program and lets it run.
    ///
    /// - Parameter log: takes all that it says.
    static func start(_ command: [String], log: String, environment: [String: String] = [:]) throws {
        cleanup
        let result = Mutex<Result<Int32, any Error>?>(nil)
        let isStarted = DispatchSemaphore(value: 0)
        // The kernel takes the end of the thread that started a child for its parent's: this one does not end.
        Thread.detachNewThread {
            let started = Result { try run(command, log: log, environment: environment) }
            result.withLock { $0 = started.map(\.processIdentifier) }
            isStarted.signal()
            guard let process = try? started.get() else { return }
            process.waitUntilExit()
            state.withLock { $0.children.removeAll { $0 == process.processIdentifier } }
            while true { sleep(.max) }
        }
        isStarted.wait()
        let child = try result.withLock(\.self)?.get()
        if let child { state.withLock { $0.children.append(child) } }
    }

    private static func run(_ command: [String], log: String, environment: [String: String]) throws -> Process {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/setpriv")
        process.arguments = ["--pdeathsig", "KILL"] + command
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        guard FileManager.default.createFile(atPath: log, contents: nil),
            let file = FileHandle(forWritingAtPath: log)
        else { throw Failure(description: "no log at \(log)") }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = file
        process.standardError = file
        try process.run()
        return process
    }

    /// Runs a program to its end.
    ///
    /// - Throws: when it fails, with what it said.
    static func finish(_ command: [String], log: String) throws {
        let process = try run(command, log: log, environment: [:])
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw Failure(description: "\(command.joined(separator: " ")): \(text(of: log))")
        }
    }

    /// What a program prints.
    ///
    /// - Throws: when it fails, with that.
    static func output(of command: [String]) throws -> String {
        let log = FileManager.default.temporaryDirectory.path + "/cueline-output-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: log) }
        try finish(command, log: log)
        return text(of: log)
    }

    static func text(of log: String) -> String {
        String(decoding: FileManager.default.contents(atPath: log) ?? Data(), as: UTF8.self)
    }

    /// Waits until a server answers HTTP, however it answers.
    static func waitForHTTP(port: Int, log: String, seconds: Double = 90) throws {
        let deadline = Date(timeIntervalSinceNow: seconds)
        let log = { text(of: log).suffix(2000) }
        while Date.now < deadline {
            if answers(port: port) { return }
            usleep(50_000)
        }
        throw Failure(description: "no server at port \(port) after \(seconds) s: \(log())")
    }

    private static func answers(port: Int) -> Bool {
        let descriptor = socket(AF_INET, Socket.stream, 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var address = loopback(port)
        let isConnected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        guard isConnected else { return false }
        let request = Array("GET / HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n".utf8)
        guard send(descriptor, request, request.count, Socket.noSignal) == request.count else {
            return false
        }
        var answer = [UInt8](repeating: 0, count: 5)
        return recv(descriptor, &answer, answer.count, 0) == 5 && answer == Array("HTTP/".utf8)
    }

    /// A port that nobody listens at, and that the kernel gives to no client: those come by the thousand, and one might have
    /// it before the server does.
    static func freePort() throws -> Int {
        for _ in 0..<100 {
            let port = Int.random(in: 20_000..<32_000)
            let descriptor = socket(AF_INET, Socket.stream, 0)
            guard descriptor >= 0 else { throw Failure(description: "no socket") }
            defer { close(descriptor) }
            var address = loopback(port)
            let isBound = withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
                }
            }
            if isBound { return port }
        }
        throw Failure(description: "no port")
    }

    private static func loopback(_ port: Int) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(truncatingIfNeeded: port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return address
    }
}
