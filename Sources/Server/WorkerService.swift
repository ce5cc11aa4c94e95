import Library
import Metrics
import SemanticTimeline
import ServiceLifecycle

/// A worker as a part of a process: it works until the process is asked to stop, and then gives back what it has.
struct WorkerService: Service {
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

extension QueueStatistics {
    /// Tenants that are named; the others count together.
    private static let namedTenants = 50

    /// Sets the gauges of a queue.
    func record(into metrics: any MetricsFactory) {
        Gauge(label: "queue_jobs", dimensions: [("state", "waiting")], factory: metrics).record(waiting)
        Gauge(label: "queue_jobs", dimensions: [("state", "running")], factory: metrics).record(running)
        Gauge(label: "queue_jobs", dimensions: [("state", "dead")], factory: metrics).record(dead)
        Gauge(label: "queue_oldest_seconds", factory: metrics).record(oldestSeconds)
        for tenant in tenants.prefix(Self.namedTenants) {
            Gauge(label: "queue_tenant_jobs", dimensions: [("tenant", tenant.tenantID)], factory: metrics)
                .record(tenant.waiting + tenant.running)
        }
        let others = tenants.dropFirst(Self.namedTenants).reduce(0) { $0 + $1.waiting + $1.running }
        Gauge(label: "queue_tenant_jobs", dimensions: [("tenant", "other")], factory: metrics).record(others)
    }
}
