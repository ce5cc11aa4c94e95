public import Library
import Synchronization
import TimelineModel

/// A job while it lives in this process: its record, and everybody who waits for it to change.
public final class JobHandle: Sendable {
    private struct State {
        var record: JobRecord
        var revision = 1
        var waiters: [Int: CheckedContinuation<Void, Never>] = [:]
        var nextWaiter = 0
        var task: Task<Void, Never>?
        var isCancelled = false
        /// The job goes on after the service's next start.
        var isSuspended = false
        var outcome: Result<SemanticResult, SemanticTimelineError>?
    }

    private let state: Mutex<State>

    init(record: JobRecord) {
        state = Mutex(State(record: record))
    }

    public var id: String { state.withLock { $0.record.id } }

    /// Whether others may wait for it too: what has just failed, or is being stopped, must not answer the next try.
    var isUnderWay: Bool { state.withLock { !$0.record.state.isFinal && !$0.isSuspended && !$0.isCancelled } }

    /// Whether somebody asked the work to stop.
    var isCancelled: Bool { state.withLock { $0.isCancelled } }

    /// Whether nothing more will happen here: it ended, or it goes on after the service's next start.
    public var isAtRest: Bool { state.withLock { $0.record.state.isFinal || $0.isSuspended } }

    /// The record, and a number that grows with each change of it.
    public var snapshot: (record: JobRecord, revision: Int) {
        state.withLock { ($0.record, $0.revision) }
    }

    /// The first snapshot after a revision; waits for it. A job in a final state answers at once.
    ///
    /// - Throws: `CancellationError`.
    public func snapshot(after revision: Int) async throws -> (record: JobRecord, revision: Int) {
        let number = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isReady = state.withLock { state in
                    let isAtRest = state.record.state.isFinal || state.isSuspended
                    if state.revision > revision || isAtRest || Task.isCancelled { return true }
                    state.waiters[number] = continuation
                    return false
                }
                if isReady { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: number) }?.resume()
        }
        try Task.checkCancellation()
        return snapshot
    }

    /// Waits for the job's end.
    ///
    /// - Returns: its result.
    /// - Throws: the job's ``SemanticTimelineError``; `CancellationError` when the waiting task was cancelled.
    public func result() async throws -> SemanticResult {
        var seen = 0
        while true {
            seen = try await snapshot(after: seen).revision
            if isAtRest, let outcome = state.withLock({ $0.outcome }) { return try outcome.get() }
        }
    }

    /// Changes the record. Nothing happens to one in a final state, and progress never falls.
    ///
    /// - Returns: the record after it.
    @discardableResult
    func update(
        outcome: Result<SemanticResult, SemanticTimelineError>? = nil, _ change: (inout JobRecord) -> Void
    ) -> JobRecord {
        let (record, waiters) = state.withLock { state in
            guard !state.record.state.isFinal else { return (state.record, [CheckedContinuation<Void, Never>]()) }
            let progress = state.record.progress
            change(&state.record)
            state.record.progress = max(progress, state.record.progress)
            state.outcome = outcome ?? state.outcome
            state.revision += 1
            let waiters = Array(state.waiters.values)
            state.waiters = [:]
            return (state.record, waiters)
        }
        for waiter in waiters { waiter.resume() }
        return record
    }

    /// Lets go of everybody who waits; the job itself stays queued.
    func suspend(_ failure: SemanticTimelineError) {
        state.withLock { $0.isSuspended = true }
        update(outcome: .failure(failure)) { $0.state = .queued }
    }

    /// Gives the handle the task that does the work.
    func start(_ task: Task<Void, Never>) {
        let isCancelled = state.withLock { state in
            state.task = task
            return state.isCancelled
        }
        if isCancelled { task.cancel() }
    }

    /// Stops the work for good.
    func cancel() {
        state.withLock { state in
            state.isCancelled = true
            return state.task
        }?.cancel()
    }

    /// Stops the work for now.
    func interrupt() {
        state.withLock { $0.task }?.cancel()
    }

    /// Waits until the work has stopped.
    func stopped() async {
        await state.withLock { $0.task }?.value
    }
}
