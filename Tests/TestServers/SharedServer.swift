import Foundation
import Synchronization

/// One server for the whole process, started by the first that asks for it, on a thread that may wait.
final class SharedServer<Server: Sendable>: Sendable {
    private let task: Mutex<Task<Server, any Error>?> = Mutex(nil)
    private let start: @Sendable () throws -> Server

    init(_ start: @escaping @Sendable () throws -> Server) {
        self.start = start
    }

    func get() async throws -> Server {
        let task = task.withLock { task in
            let started =
                task
                // Outlives whoever asks first: all others wait for it, too.
                ?? Task { [start] in
                    try await withCheckedThrowingContinuation { continuation in
                        Thread.detachNewThread { continuation.resume(with: Result { try start() }) }
                    }
                }
            task = started
            return started
        }
        return try await task.value
    }
}
