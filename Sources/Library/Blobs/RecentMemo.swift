import Synchronization

/// Remembers what was learned about the keys that came up last, in bounded memory.
final class RecentMemo<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private struct State {
        var young: [Key: Value] = [:]
        var old: [Key: Value] = [:]
    }

    private let capacity: Int
    private let state = Mutex(State())

    /// - Parameter capacity: how many keys are remembered at least; never more than twice as many.
    init(capacity: Int) {
        self.capacity = capacity
    }

    subscript(key: Key) -> Value? {
        get {
            state.withLock { state in
                if let value = state.young[key] { return value }
                guard let value = state.old[key] else { return nil }
                Self.insert(value, for: key, into: &state, capacity: capacity)
                return value
            }
        }
        set {
            state.withLock { state in
                state.young[key] = nil
                state.old[key] = nil
                if let newValue { Self.insert(newValue, for: key, into: &state, capacity: capacity) }
            }
        }
    }

    private static func insert(_ value: Value, for key: Key, into state: inout State, capacity: Int) {
        if state.young.count >= capacity {
            state.old = state.young
            state.young = [:]
        }
        state.young[key] = value
    }
}
