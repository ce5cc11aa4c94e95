import Library
import Metrics
import SemanticTimeline
import ServiceLifecycle
import Synchronization

/// A worker as a part of a process: it works until the process is asked to stop, and then gives back what it has.
struct WorkerService: Service, CustomStringConvertible {
    /// What logs call it.
    let description = "worker"
    let worker: JobWorker

    init(worker: JobWorker) {
        self.worker = worker
    }

    func run() async throws {
        await cancelWhenGracefulShutdown { await worker.run() }
    }
}

extension JobWorker {
    /// Counts on by what it did since the last time.
    func record(into metrics: any MetricsFactory) {
        let counts = takeCounts()
        for (outcome, count) in [("done", counts.done), ("failed", counts.failed), ("lost", counts.lost)] {
            Counter(label: "worker_jobs", dimensions: [("outcome", outcome)], factory: metrics)
                .increment(by: Int64(count))
        }
        Gauge(label: "worker_jobs_running", factory: metrics).record(runningCount)
        Counter(label: "queue_leases_lapsed", factory: metrics).increment(by: Int64(counts.lapsed))
    }
}

/// The gauges of a queue.
final class QueueGauges: Sendable {
    /// Tenants that are named; the others count together.
    private static let namedTenants = 50
    /// What the others are called, as no tenant can be.
    private static let others = "(other)"

    /// Those that were named last.
    private let named = Mutex<Set<String>>([])

    func record(_ queue: QueueStatistics, into metrics: any MetricsFactory) {
        let (waiting, running, dead) = (queue.waiting, queue.running, queue.dead)
        Gauge(label: "queue_jobs", dimensions: [("state", "waiting")], factory: metrics).record(waiting)
        Gauge(label: "queue_jobs", dimensions: [("state", "running")], factory: metrics).record(running)
        Gauge(label: "queue_jobs", dimensions: [("state", "dead")], factory: metrics).record(dead)
        Gauge(label: "queue_oldest_seconds", factory: metrics).record(queue.oldestSeconds)
        let shown = queue.tenants.prefix(Self.namedTenants)
        let gone = named.withLock { named in
            defer { named = Set(shown.map(\.tenantID)) }
            return named.subtracting(shown.map(\.tenantID))
        }
        for tenant in gone {
            Gauge(label: "queue_tenant_jobs", dimensions: [("tenant", tenant)], factory: metrics).record(0)
        }
        for tenant in shown {
            Gauge(label: "queue_tenant_jobs", dimensions: [("tenant", tenant.tenantID)], factory: metrics)
                .record(tenant.waiting + tenant.running)
        }
        let others = queue.tenants.dropFirst(Self.namedTenants).reduce(0) { $0 + $1.waiting + $1.running }
        Gauge(label: "queue_tenant_jobs", dimensions: [("tenant", Self.others)], factory: metrics).record(others)
    }
}
