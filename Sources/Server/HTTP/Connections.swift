import NIOCore
import Synchronization

/// The connections that are open. Where there are as many as may be, a new one takes the place of the one that has
/// waited longest for a request; so idle ones, and those that never finish a request, cannot keep others out.
package final class Connections: Sendable {
    private struct Entry {
        let channel: any Channel
        /// nil while a request is answered.
        var waitingSince: ContinuousClock.Instant?
    }

    private let limit: Int
    private let entries = Mutex<[ObjectIdentifier: Entry]>([:])

    /// How many there are.
    package var count: Int { entries.withLock { $0.count } }

    package init(limit: Int) {
        self.limit = limit
    }

    /// Notes a new connection, which may close another one or itself.
    func opened(_ channel: any Channel) {
        let closing = entries.withLock { entries -> (any Channel)? in
            entries[ObjectIdentifier(channel)] = Entry(channel: channel, waitingSince: .now)
            guard entries.count > limit else { return nil }
            let oldest = entries.compactMap { id, entry in entry.waitingSince.map { (id, $0) } }.min { $0.1 < $1.1 }
            guard let (id, _) = oldest else { return channel }
            return entries.removeValue(forKey: id)?.channel
        }
        closing?.close(promise: nil)
    }

    func closed(_ channel: any Channel) {
        entries.withLock { _ = $0.removeValue(forKey: ObjectIdentifier(channel)) }
    }

    /// Notes that a connection has a request, or waits for one.
    func note(_ channel: any Channel, isWaiting: Bool) {
        entries.withLock { $0[ObjectIdentifier(channel)]?.waitingSince = isWaiting ? .now : nil }
    }
}
