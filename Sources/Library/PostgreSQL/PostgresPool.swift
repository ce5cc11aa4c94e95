#if PostgreSQL
    import Files
    import Synchronization

    /// A few connections that take turns, used on threads of their own.
    final class PostgresPool: Sendable {
        private struct State {
            var idle: [PostgresConnection] = []
            /// Connections that are given out or may be opened.
            var free: Int
            var waiters: [(number: Int, continuation: CheckedContinuation<Bool, Never>)] = []
            var nextWaiter = 0
        }

        let url: String
        private let state: Mutex<State>

        /// - Parameters:
        ///   - url: a connection string of libpq.
        ///   - size: connections at once.
        init(url: String, size: Int) {
            self.url = url
            state = Mutex(State(free: max(1, size)))
        }

        /// Works with a connection, on a thread that may block. What has begun goes on to its end, whatever becomes of the task.
        ///
        /// - Throws: ``PostgresFailure``; what `body` throws; `CancellationError` before it began.
        func with<Value: Sendable>(
            _ body: @escaping @Sendable (PostgresConnection) throws -> Value
        ) async throws -> Value {
            try await enter()
            let url = url
            let result = await BlockingWork.runAlways { [self] in
                Result<Value, any Error> {
                    let connection: PostgresConnection
                    if let idle = state.withLock({ $0.idle.popLast() }) {
                        connection = idle
                    } else {
                        connection = try PostgresConnection(url: url)
                    }
                    defer { if connection.isReusable { state.withLock { $0.idle.append(connection) } } }
                    return try body(connection)
                }
            }
            leave()
            return try result.get()
        }

        /// Closes the connections that nobody uses: after the server was restarted they are all lost.
        func forgetIdle() {
            let idle = state.withLock { state in
                defer { state.idle = [] }
                return state.idle
            }
            withExtendedLifetime(idle) {}
        }

        private func enter() async throws {
            try Task.checkCancellation()
            let number = state.withLock { state in
                state.nextWaiter += 1
                return state.nextWaiter
            }
            let isIn = await withTaskCancellationHandler {
                await withCheckedContinuation { continuation in
                    let answer: Bool? = state.withLock { state in
                        if Task.isCancelled { return false }
                        if state.free > 0 {
                            state.free -= 1
                            return true
                        }
                        state.waiters.append((number, continuation))
                        return nil
                    }
                    if let answer { continuation.resume(returning: answer) }
                }
            } onCancel: {
                let waiter = state.withLock { state -> CheckedContinuation<Bool, Never>? in
                    guard let place = state.waiters.firstIndex(where: { $0.number == number }) else { return nil }
                    return state.waiters.remove(at: place).continuation
                }
                waiter?.resume(returning: false)
            }
            guard isIn else { throw CancellationError() }
        }

        private func leave() {
            let next = state.withLock { state -> CheckedContinuation<Bool, Never>? in
                guard !state.waiters.isEmpty else {
                    state.free += 1
                    return nil
                }
                return state.waiters.removeFirst().continuation
            }
            next?.resume(returning: true)
        }
    }
#endif
