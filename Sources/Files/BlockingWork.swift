import Dispatch
import Synchronization

/// Runs file work that blocks on a thread of its own, away from the cooperative pool.
package enum BlockingWork {
    private final class Flag: Sendable {
        let isRaised = Atomic<Bool>(false)
    }

    /// Does work that a cancelled task can do without.
    ///
    /// - Parameter work: Is given a question to ask now and then: whether the task was cancelled.
    /// - Throws: What `work` throws; `CancellationError` when the task was cancelled, whatever `work` did.
    package static func run<Value: Sendable>(
        _ work: @escaping @Sendable (_ isCancelled: @Sendable () -> Bool) throws -> Value
    ) async throws -> Value {
        try Task.checkCancellation()
        let flag = Flag()
        let value = try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Value, any Error>) in
                DispatchQueue.global(qos: .userInitiated).async {
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
            DispatchQueue.global(qos: .userInitiated).async { continuation.resume(returning: work()) }
        }
    }
}
