import Fuzzing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Gives a target its inputs, in a process that may end at any of them.
struct FuzzChild {
    /// What a broken promise ends the process with.
    static let brokenPromise: Int32 = 70
    /// Processor time that an input may take, in seconds.
    static let longestSeconds = 1
    /// Bytes that the process may map; what is not bounded by its input comes here.
    private static let mostMemory: UInt64 = 4 << 30

    let target: FuzzTarget
    let record: InputRecord

    /// Bounds memory, and leaves no core behind.
    static func confine() {
        var memory = rlimit(rlim_cur: rlim_t(mostMemory), rlim_max: rlim_t(mostMemory))
        var core = rlimit(rlim_cur: 0, rlim_max: 0)
        #if os(Linux)
            setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &memory)
            setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &core)
        #else
            // Darwin maps more than that for itself.
            _ = memory
            setrlimit(RLIMIT_CORE, &core)
        #endif
    }

    /// Tries the inputs of some numbers.
    func run(_ mutator: Mutator, _ numbers: Range<Int>) {
        for number in numbers { run(mutator.input(number), number: number) }
    }

    /// Tries one input. Ends the process with what it finds.
    func run(_ bytes: [UInt8], number: Int) {
        record.begin(run: number, bytes)
        // When the time is over, SIGPROF ends the process.
        var timer = itimerval()
        timer.it_value.tv_sec = Self.longestSeconds
        setitimer(Self.profiling, &timer, nil)
        let start = Self.processorNanoseconds()
        do {
            if try target.run(bytes) { record[.taken] += 1 }
        } catch {
            print("\(error)")
            fflush(nil)
            _exit(Self.brokenPromise)
        }
        let nanoseconds = Self.processorNanoseconds() &- start
        if nanoseconds > record[.slowestNanoseconds] {
            record[.slowestNanoseconds] = nanoseconds
            record[.slowestRun] = UInt64(number)
        }
        record[.done] += 1
    }

    #if os(Linux)
        private static let profiling = __itimer_which_t(ITIMER_PROF.rawValue)
    #else
        private static let profiling = ITIMER_PROF
    #endif

    private static func processorNanoseconds() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}
