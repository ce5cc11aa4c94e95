import Synchronization

/// What the parts of one decode share: the reader, the collector of standard error and the watchdog.
final class DecodeState: Sendable {
    private struct Facts {
        var framesDecoded = 0
        var isComplete = false
        var isIterated = false
        var warnings: [MediaWarning] = []
        var log: BoundedLog
    }

    private let facts: Mutex<Facts>
    /// When the reader began to wait for ffmpeg, in nanoseconds after `origin`, plus 1; 0 while it does not wait.
    private let waitingSince = Atomic<Int64>(0)
    private let origin = ContinuousClock.now
    private let stalled = Atomic<Bool>(false)
    private let diagnosticsEnd: AsyncStream<Never>
    private let diagnosticsContinuation: AsyncStream<Never>.Continuation

    init(diagnosticsBytes: Int) {
        (diagnosticsEnd, diagnosticsContinuation) = AsyncStream.makeStream()
        facts = Mutex(Facts(log: BoundedLog(limit: diagnosticsBytes)))
    }

    var framesDecoded: Int { facts.withLock { $0.framesDecoded } }
    var isComplete: Bool { facts.withLock { $0.isComplete } }
    var warnings: [MediaWarning] { facts.withLock { $0.warnings } }
    var diagnostics: String { facts.withLock { $0.log.text } }

    /// Whether this is the first reader.
    func claim() -> Bool {
        facts.withLock { facts in
            defer { facts.isIterated = true }
            return !facts.isIterated
        }
    }

    func log(_ bytes: UnsafeRawBufferPointer) {
        facts.withLock { $0.log.append(bytes) }
    }

    /// Standard error was read to its end.
    func endDiagnostics() {
        diagnosticsContinuation.finish()
    }

    /// Waits until ffmpeg has said its last word, or the task is cancelled.
    func waitForDiagnostics() async {
        beginWaiting()
        for await _ in diagnosticsEnd {}
        endWaiting()
    }

    func count(frames: Int) {
        facts.withLock { $0.framesDecoded += frames }
    }

    func finish(warnings: [MediaWarning]) {
        facts.withLock { facts in
            facts.isComplete = true
            facts.warnings = warnings
        }
    }

    // MARK: Watching for a stall

    func beginWaiting() {
        let (seconds, attoseconds) = (ContinuousClock.now - origin).components
        waitingSince.store(seconds * 1_000_000_000 + attoseconds / 1_000_000_000 + 1, ordering: .relaxed)
    }

    func endWaiting() {
        waitingSince.store(0, ordering: .relaxed)
    }

    /// Whether the reader was given up on.
    var isStalled: Bool { stalled.load(ordering: .relaxed) }

    /// Returns when the reader has waited longer than `timeout`, or when the task is cancelled.
    ///
    /// A tick that comes late counts as two at most: where this task had to wait for a thread, so had the reader.
    ///
    /// - Returns: Whether it was a stall.
    func waitForStall(timeout: Duration) async -> Bool {
        let pause = max(min(timeout / 4, .seconds(1)), .milliseconds(10))
        var tick = ContinuousClock.now
        var wait: Int64 = 0
        var waited = Duration.zero
        while (try? await Task.sleep(for: pause)) != nil {
            let now = ContinuousClock.now
            let passed = min(now - tick, pause * 2)
            tick = now
            let current = waitingSince.load(ordering: .relaxed)
            waited = current > 0 && current == wait ? waited + passed : .zero
            wait = current
            if waited > timeout {
                stalled.store(true, ordering: .relaxed)
                return true
            }
        }
        return false
    }
}
