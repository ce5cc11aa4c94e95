/// The places for analyses: so many at once, and the waiting ones served tenant by tenant in turn, so that one tenant's
/// flood costs another no more than the analysis that is running.
package actor AnalysisPool {
    /// How much may run and wait.
    package struct Limits: Sendable, Hashable {
        /// Analyses at once.
        package var running: Int
        /// Analyses that wait, of all tenants and of one.
        package var waiting: Int
        package var waitingPerTenant: Int

        package init(running: Int, waiting: Int = 256, waitingPerTenant: Int = 64) {
            self.running = max(1, running)
            self.waiting = max(0, waiting)
            self.waitingPerTenant = max(0, waitingPerTenant)
        }
    }

    /// A place in the queue.
    package struct Ticket: Sendable, Hashable {
        fileprivate var number: Int
        fileprivate var tenant: String
    }

    private struct Waiter {
        var ticket: Ticket
        var continuation: CheckedContinuation<Void, any Error>?
    }

    private let limits: Limits
    private var runningByTenant: [String: Int] = [:]
    private var running = 0
    private var queues: [String: [Waiter]] = [:]
    /// Tenants with somebody waiting; the first is served next.
    private var turn: [String] = []
    private var nextNumber = 0
    /// Tickets that were called before anybody waited with them.
    private var called: Set<Int> = []

    package init(limits: Limits) {
        self.limits = limits
    }

    package var waitingCount: Int { queues.values.reduce(0) { $0 + $1.count } }
    package var runningCount: Int { running }

    /// Takes a place in the queue.
    ///
    /// - Parameter always: also when the queue is full (for work that was accepted before a restart).
    /// - Throws: ``SemanticTimelineError`` `overloaded` when the queue is full.
    package func enter(tenant: String, always: Bool = false) throws -> Ticket {
        let own = queues[tenant]?.count ?? 0
        let isIdle = running < limits.running && waitingCount == 0
        if !always, !isIdle, waitingCount >= limits.waiting || own >= limits.waitingPerTenant {
            throw SemanticTimelineError(
                .overloaded, "too many analyses are waiting; try again later",
                retryAfterSeconds: min(60, 2 + waitingCount / limits.running))
        }
        nextNumber += 1
        let ticket = Ticket(number: nextNumber, tenant: tenant)
        if queues[tenant] == nil { turn.append(tenant) }
        queues[tenant, default: []].append(Waiter(ticket: ticket))
        callNext()
        return ticket
    }

    /// Waits until it is the ticket's turn. Afterwards the place must be left.
    ///
    /// - Throws: `CancellationError`; then the place is left already.
    package func wait(_ ticket: Ticket) async throws {
        if called.remove(ticket.number) != nil { return }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                guard !Task.isCancelled,
                    let place = queues[ticket.tenant]?.firstIndex(where: { $0.ticket == ticket })
                else {
                    remove(ticket)
                    continuation.resume(throwing: CancellationError())
                    return
                }
                queues[ticket.tenant]?[place].continuation = continuation
            }
        } onCancel: {
            Task { await self.remove(ticket) }
        }
    }

    /// Gives up a place that nobody waits with, called or not.
    package func withdraw(_ ticket: Ticket) {
        if called.contains(ticket.number) { leave(ticket) } else { remove(ticket) }
    }

    /// Gives up a place that was called.
    package func leave(_ ticket: Ticket) {
        called.remove(ticket.number)
        running -= 1
        runningByTenant[ticket.tenant, default: 1] -= 1
        if runningByTenant[ticket.tenant] == 0 { runningByTenant[ticket.tenant] = nil }
        callNext()
    }

    private func remove(_ ticket: Ticket) {
        guard let place = queues[ticket.tenant]?.firstIndex(where: { $0.ticket == ticket }) else { return }
        let waiter = queues[ticket.tenant]?.remove(at: place)
        tidy(ticket.tenant)
        waiter?.continuation?.resume(throwing: CancellationError())
    }

    private func callNext() {
        while running < limits.running {
            // The tenant with the fewest analyses running; of those, who was served longest ago.
            guard let tenant = turn.min(by: { (runningByTenant[$0] ?? 0) < (runningByTenant[$1] ?? 0) }),
                let waiter = queues[tenant]?.first
            else { return }
            queues[tenant]?.removeFirst()
            turn.removeAll { $0 == tenant }
            if queues[tenant]?.isEmpty == false { turn.append(tenant) } else { queues[tenant] = nil }
            running += 1
            runningByTenant[tenant, default: 0] += 1
            if let continuation = waiter.continuation {
                continuation.resume()
            } else {
                called.insert(waiter.ticket.number)
            }
        }
    }

    private func tidy(_ tenant: String) {
        guard queues[tenant]?.isEmpty == true else { return }
        queues[tenant] = nil
        turn.removeAll { $0 == tenant }
    }
}
