import Dispatch
import Synchronization

/// Runs file work that blocks on a thread of its own, away from the cooperative pool.
package enum BlockingWork {
    /// How pressing work is.
    package enum Priority: Sendable {
        /// Somebody waits for little of it.
        case answer
        /// It comes by the gigabyte, and gives way to all else (Dispatch gives such threads a nice value of 10).
        case bulk

        fileprivate var queue: DispatchQueue {
            DispatchQueue.global(qos: self == .bulk ? .background : .userInitiated)
        }
    }

    private final class Flag: Sendable {
        let isRaised = Atomic<Bool>(false)
    }

    /// Does work that a cancelled task can do without.
    ///
    /// - Parameter work: Is given a question to ask now and then: whether the task was cancelled.
    /// - Throws: What `work` throws; `CancellationError` when the task was cancelled, whatever `work` did.
    package static func run<Value: Sendable>(
        priority: Priority = .answer, _ work: @escaping @Sendable (_ isCancelled: @Sendable () -> Bool) throws -> Value
    ) async throws -> Value {
        try Task.checkCancellation()
        let flag = Flag()
        let value = try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Value, any Error>) in
                priority.queue.async {
                    continuation.resume(
                        with: Result { try work { flag.isRaised.load(ordering: .relaxed) } })
                }
            }
        } onCancel: {
            flag.isRaised.store(true, ordering: .relaxed)
        }
        try Task.checkCancellation()
        return value
    }

    /// Does work that must be done also when the task was cancelled, such as cleaning up.
    package static func runAlways<Value: Sendable>(_ work: @escaping @Sendable () -> Value) async -> Value {
        await withCheckedContinuation { continuation in
            Priority.answer.queue.async { continuation.resume(returning: work()) }
        }
    }
}
