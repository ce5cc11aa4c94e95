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
            result.withLock { $0 = started }
            isStarted.signal()
            guard let child = try? started.get() else { return }
            _ = wait(child)
            state.withLock { $0.children.removeAll { $0 == child } }
            while true { sleep(.max) }
        }
        isStarted.wait()
        let child = try result.withLock(\.self)?.get()
        if let child { state.withLock { $0.children.append(child) } }
    }

    /// Starts a program with nothing to read, and with all that it says in a file.
    ///
    /// Not by Foundation's `Process`: waiting for one's end from many threads now and then never returns.
    private static func run(_ command: [String], log: String, environment: [String: String]) throws -> Int32 {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, log, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        // What is open here is no business of a server's.
        for name in (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? [] {
            if let open = Int32(name), open > 2 { _ = fcntl(open, F_SETFD, FD_CLOEXEC) }
        }
        // Threads of this process may block signals that programs rely on.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var (none, all) = (sigset_t(), sigset_t())
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
        let variables = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        var arguments = (["/usr/bin/setpriv", "--pdeathsig", "KILL"] + command).map { strdup($0) } + [nil]
        var values = variables.map { strdup("\($0)=\($1)") } + [nil]
        defer { for text in arguments + values { free(text) } }
        var child: pid_t = 0
        let status = posix_spawn(&child, "/usr/bin/setpriv", &actions, &attributes, &arguments, &values)
        guard status == 0 else {
            throw Failure(description: "\(command.joined(separator: " ")): \(String(cString: strerror(status)))")
        }
        return child
    }

    /// Waits for a child's end.
    ///
    /// - Returns: its exit status; negative for a signal.
    private static func wait(_ child: Int32) -> Int32 {
        var status: Int32 = 0
        while waitpid(child, &status, 0) < 0, errno == EINTR {}
        return status & 0x7f == 0 ? status >> 8 & 0xff : -(status & 0x7f)
    }

    /// Runs a program to its end.
    ///
    /// - Throws: when it fails, with what it said.
    static func finish(_ command: [String], log: String) throws {
        guard wait(try run(command, log: log, environment: [:])) == 0 else {
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
