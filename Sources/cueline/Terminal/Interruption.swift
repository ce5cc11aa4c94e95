import Dispatch
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What this process was told to do.
enum Interruption {
    fileprivate static let terminated = Atomic<Bool>(false)

    /// Whether it was SIGTERM that cancelled the work: a machine that shuts down, say, and not the person who waits.
    static var isTermination: Bool { terminated.load(ordering: .relaxed) }
}

/// Runs work that Ctrl-C (or a polite kill) cancels; a second Ctrl-C ends the program at once.
func withInterruption<Result: Sendable>(
    _ work: @escaping @Sendable () async throws -> Result
) async throws -> Result {
    let task = Task { try await work() }
    let signals = [SIGINT, SIGTERM]
    let sources = signals.map { number in
        signal(number, SIG_IGN)
        let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
        source.setEventHandler {
            if task.isCancelled { _exit(ExitStatus.interrupted.rawValue) }
            if number == SIGTERM { Interruption.terminated.store(true, ordering: .relaxed) }
            task.cancel()
        }
        source.resume()
        return source
    }
    defer {
        for source in sources { source.cancel() }
        for number in signals { signal(number, SIG_DFL) }
    }
    return try await task.value
}
