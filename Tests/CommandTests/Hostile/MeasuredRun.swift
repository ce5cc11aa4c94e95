import Foundation
import Synchronization
import TimelineModel

#if canImport(Glibc)
    import Glibc
#endif

/// A run of `cueline`, with the processor time that it and all its children took.
struct MeasuredRun: Sendable {
    var status: Int32
    var output: String
    var error: String
    /// Of the program and of all processes that it waited for, in seconds.
    var cpuSeconds: Double

    func summary() throws -> AudioSemanticTimelineSummary { try TimelineJSON.decode(from: Data(output.utf8)) }

    /// - Parameter environment: set on top of this process's own.
    static func cueline(_ arguments: [String], environment: [String: String] = [:]) async throws -> MeasuredRun {
        try await withTemporaryFolder { folder in
            try await withCheckedThrowingContinuation { continuation in
                // Waiting blocks, and so does not take a cooperative thread.
                Thread.detachNewThread {
                    continuation.resume(with: Result { try run(arguments, environment: environment, folder: folder) })
                }
            }
        }
    }

    private static func run(
        _ arguments: [String], environment: [String: String], folder: String
    ) throws -> MeasuredRun {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, folder + "/out", O_WRONLY | O_CREAT, 0o600)
        posix_spawn_file_actions_addopen(&actions, 2, folder + "/err", O_WRONLY | O_CREAT, 0o600)
        var variables = ProcessInfo.processInfo.environment
        variables["SWIFT_BACKTRACE"] = "enable=no"
        variables.merge(environment) { $1 }
        let argv = ([CuelineProcess.program] + arguments).map { strdup($0) } + [nil]
        let envp = variables.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { (argv + envp).forEach { free($0) } }
        var pid: pid_t = 0
        let failure = posix_spawn(&pid, CuelineProcess.program, &actions, nil, argv, envp)
        guard failure == 0 else { throw ServerFailure(message: String(cString: strerror(failure))) }
        var status: Int32 = 0
        var usage = rusage()
        while wait4(pid, &status, 0, &usage) < 0 {
            guard errno == EINTR else { throw ServerFailure(message: String(cString: strerror(errno))) }
        }
        func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
        func text(_ name: String) throws -> String {
            String(decoding: try Data(contentsOf: URL(filePath: folder + "/" + name)), as: UTF8.self)
        }
        return MeasuredRun(
            status: status & 0x7F == 0 ? status >> 8 & 0xFF : -(status & 0x7F), output: try text("out"),
            error: try text("err"), cpuSeconds: seconds(usage.ru_utime) + seconds(usage.ru_stime))
    }
}

/// Listens on a port of this machine, and tells who knocked.
final class SilentListener: Sendable {
    let port: Int
    private let descriptor: Int32

    init() throws {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        self.descriptor = descriptor
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let (bound, named) = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                (bind(descriptor, address, size), getsockname(descriptor, address, &size))
            }
        }
        guard bound == 0, named == 0, listen(descriptor, 64) == 0, fcntl(descriptor, F_SETFL, O_NONBLOCK) == 0 else {
            throw ServerFailure(message: "no port is free")
        }
        port = Int(UInt16(bigEndian: address.sin_port))
    }

    deinit { _ = close(descriptor) }

    /// How many connections were made since the last call.
    func connections() -> Int {
        var count = 0
        while true {
            let connection = accept(descriptor, nil, nil)
            guard connection >= 0 else { return count }
            _ = close(connection)
            count += 1
        }
    }
}

/// A count that tasks share.
final class Tally: Sendable {
    private let value = Mutex(0)

    var count: Int { value.withLock { $0 } }
    func add() { value.withLock { $0 += 1 } }
}

/// Random numbers from a seed (SplitMix64).
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}
