import Fuzzing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// This program again, as a child that writes to a file.
struct ChildProcess {
    enum Ending: Equatable {
        case exited(Int32)
        case killed(Int32)
    }

    let pid: pid_t

    /// - Parameter output: the file for what it prints.
    init?(arguments: [String], output: String) {
        #if os(Linux)
            let program = "/proc/self/exe"
        #else
            let program = CommandLine.arguments[0]
        #endif
        var words: [UnsafeMutablePointer<CChar>?] = ([CommandLine.arguments[0]] + arguments).map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        // A trace of the stack takes seconds.
        setenv("SWIFT_BACKTRACE", "enable=no", 1)
        var pid: pid_t = 0
        #if os(Linux)
            var actions = posix_spawn_file_actions_t()
        #else
            var actions: posix_spawn_file_actions_t?
        #endif
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        guard posix_spawn(&pid, program, &actions, nil, &words, environ) == 0 else { return nil }
        self.pid = pid
    }

    /// How it ended; nil while it runs.
    func ending() -> Ending? {
        var status: Int32 = 0
        guard waitpid(pid, &status, WNOHANG) == pid else { return nil }
        clearFuzzScratch(ofProcess: pid)
        let signal = status & 0x7F
        return signal == 0 ? .exited(status >> 8 & 0xFF) : .killed(signal)
    }

    func kill() { _ = signalProcess(pid, SIGKILL) }
}

private func signalProcess(_ pid: pid_t, _ number: Int32) -> Int32 { kill(pid, number) }
