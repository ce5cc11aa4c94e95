import Synchronization

/// Values that never change, kept by a key that says all they depend on, in bounded memory: what was not asked for the
/// longest goes first.
final class BoundedCache<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private struct State {
        var entries: [Key: (value: Value, cost: Int, used: Int)] = [:]
        var cost = 0
        var clock = 0
    }

    private let state = Mutex(State())
    private let limit: Int

    /// - Parameter limit: of the summed costs, in bytes or what else the caller counts.
    init(limit: Int) {
        self.limit = limit
    }

    subscript(key: Key) -> Value? {
        state.withLock { state in
            guard let value = state.entries[key]?.value else { return nil }
            state.clock += 1
            state.entries[key]?.used = state.clock
            return value
        }
    }

    func keep(_ value: Value, for key: Key, cost: Int) {
        state.withLock { state in
            guard state.entries[key] == nil, cost <= limit else { return }
            state.clock += 1
            state.entries[key] = (value, cost, state.clock)
            state.cost += cost
            guard state.cost > limit else { return }
            // Makes room for more than this one, so that the walk through all entries is rare.
            for (key, entry) in state.entries.sorted(by: { $0.value.used < $1.value.used }) {
                guard state.cost > limit * 3 / 4 else { break }
                state.entries[key] = nil
                state.cost -= entry.cost
            }
        }
    }
}
