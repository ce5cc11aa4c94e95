import SemanticTimeline
import Synchronization
import Testing

@Suite("Places for analyses", .timeLimit(.minutes(5)))
struct AnalysisPoolTests {
    /// The order in which work was called.
    private final class Order: Sendable {
        private let names = Mutex<[String]>([])
        func add(_ name: String) { names.withLock { $0.append(name) } }
        var all: [String] { names.withLock { $0 } }
    }

    /// How many are at it, and how many were at the most.
    private final class Gauge: Sendable {
        private let state = Mutex((now: 0, highest: 0))
        func rise() { state.withLock { ($0.now, $0.highest) = ($0.now + 1, max($0.highest, $0.now + 1)) } }
        func fall() { state.withLock { $0.now -= 1 } }
        var highest: Int { state.withLock { $0.highest } }
    }

    @Test("A tenant that floods the queue delays another by no more than what runs")
    func fairness() async throws {
        let pool = AnalysisPool(limits: AnalysisPool.Limits(running: 1, waiting: 1000, waitingPerTenant: 1000))
        let order = Order()
        let blocker = try await pool.enter(tenant: "first")
        try await pool.wait(blocker)
        var tickets: [(String, AnalysisPool.Ticket)] = []
        for _ in 0..<50 { tickets.append(("flood", try await pool.enter(tenant: "flood"))) }
        for _ in 0..<2 { tickets.append(("small", try await pool.enter(tenant: "small"))) }
        await withTaskGroup(of: Void.self) { group in
            for (name, ticket) in tickets {
                group.addTask {
                    guard (try? await pool.wait(ticket)) != nil else { return }
                    order.add(name)
                    await pool.leave(ticket)
                }
            }
            await pool.leave(blocker)
        }
        #expect(order.all.count == 52)
        let places = order.all.indices.filter { order.all[$0] == "small" }
        #expect(places.allSatisfy { $0 < 4 })
    }

    @Test("A full queue refuses with a time to come back, for one tenant and for all")
    func limits() async throws {
        let pool = AnalysisPool(limits: AnalysisPool.Limits(running: 1, waiting: 3, waitingPerTenant: 2))
        for _ in 0..<3 { _ = try await pool.enter(tenant: "a") }
        await #expect(throws: SemanticTimelineError.self) { try await pool.enter(tenant: "a") }
        _ = try await pool.enter(tenant: "b")
        do {
            _ = try await pool.enter(tenant: "c")
            Issue.record("a full queue took one more")
        } catch let error as SemanticTimelineError {
            #expect(error.code == .overloaded)
            #expect((error.retryAfterSeconds ?? 0) > 0)
        }
        _ = try await pool.enter(tenant: "c", always: true)
        #expect(await pool.waitingCount == 4)
        #expect(await pool.runningCount == 1)
    }

    @Test("Never more run than may, whoever waits, leaves or is cancelled")
    func bound() async throws {
        let pool = AnalysisPool(limits: AnalysisPool.Limits(running: 3, waiting: 10_000, waitingPerTenant: 10_000))
        let gauge = Gauge()
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<400 {
                group.addTask {
                    guard let ticket = try? await pool.enter(tenant: "t\(number % 7)") else { return }
                    let task = Task {
                        try await pool.wait(ticket)
                        gauge.rise()
                        await Task.yield()
                        gauge.fall()
                        await pool.leave(ticket)
                    }
                    if number % 5 == 0 { task.cancel() }
                    _ = await task.result
                }
            }
        }
        #expect(gauge.highest <= 3)
        #expect(await pool.runningCount == 0)
        #expect(await pool.waitingCount == 0)
    }
}
