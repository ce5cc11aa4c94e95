import Dispatch
import Synchronization

/// Waits for asynchronous work that never has to wait itself.
func blocking<Value: Sendable>(_ work: @escaping @Sendable () async throws -> Value) throws -> Value {
    let outcome = Outcome<Value>()
    Task.detached { outcome.set(await Result { try await work() }) }
    return try outcome.wait().get()
}

private final class Outcome<Value: Sendable>: Sendable {
    private let result = Mutex<Result<Value, any Error>?>(nil)
    private let done = DispatchSemaphore(value: 0)

    func set(_ value: Result<Value, any Error>) {
        result.withLock { $0 = value }
        done.signal()
    }

    func wait() -> Result<Value, any Error> {
        done.wait()
        return result.withLock { $0 } ?? .failure(CancellationError())
    }
}

extension Result where Failure == any Error {
    fileprivate init(_ work: @Sendable () async throws -> Success) async where Success: Sendable {
        do { self = .success(try await work()) } catch { self = .failure(error) }
    }
}
