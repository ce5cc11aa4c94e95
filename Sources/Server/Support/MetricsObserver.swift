import Metrics
import SemanticTimeline

/// Counts what the service does.
struct MetricsObserver: AnalysisObserver {
    let metrics: any MetricsFactory

    func requested(hit: Bool) {
        Counter(label: "analyze_requests", dimensions: [("cache", hit ? "hit" : "miss")], factory: metrics)
            .increment()
    }

    func finished(seconds: Double, stageSeconds: [String: Double]) {
        Counter(label: "analyses", dimensions: [("outcome", "done")], factory: metrics).increment()
        record("analysis_duration", [], seconds)
        for (stage, seconds) in stageSeconds { record("stage_duration", [("stage", stage)], seconds) }
    }

    func failed(code: String) {
        Counter(label: "analyses", dimensions: [("outcome", code)], factory: metrics).increment()
    }

    private func record(_ label: String, _ dimensions: [(String, String)], _ seconds: Double) {
        Metrics.Timer(label: label, dimensions: dimensions, factory: metrics)
            .recordNanoseconds(Int64(exactly: (min(max(seconds, 0), 1e9) * 1e9).rounded()) ?? 0)
    }
}

extension SemanticTimelineService {
    /// Sets the gauges of the queue.
    func recordPool(into metrics: any MetricsFactory) async {
        let load = await load
        Gauge(label: "analyses_running", factory: metrics).record(load.running)
        Gauge(label: "analyses_waiting", factory: metrics).record(load.waiting)
    }
}
