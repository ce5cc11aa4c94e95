package import Metrics
import Synchronization

/// Keeps metrics in memory and shows them in Prometheus' text format.
///
/// Counters become counters whose names end in `_total`, timers histograms in seconds whose names end in `_seconds`,
/// aggregating recorders histograms, meters and gauges gauges. Metrics of the same name and dimensions are one series.
/// A name has at most ``seriesLimit`` series: whatever more there would be is counted by one whose label values are
/// `other`. Series are never dropped, not even when a metric is destroyed, since counters must not fall.
///
/// Making a metric that is already known takes one short lock and two hashes; counters and gauges are lock-free, a
/// histogram holds a lock of its own for a few instructions.
package final class PrometheusRegistry: MetricsFactory, Sendable {
    /// Most series of a name.
    package static let seriesLimit = 2000
    /// The media type of what ``render()`` gives.
    package static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    private let state = Mutex(PrometheusState())

    /// A registry without metrics.
    package init() {}

    /// All series, sorted by name and labels.
    package func render() -> String {
        let families = state.withLock { $0.families }
        var text = ""
        for (name, family) in families.sorted(by: { $0.key < $1.key }) {
            text += "# TYPE \(name) \(family.kind.typeName)\n"
            for (labels, series) in family.series.sorted(by: { $0.key < $1.key }) {
                series.render(name: name, labels: labels, to: &text)
            }
        }
        return text
    }

    private func series<Series: PrometheusSeries>(
        _ label: String, _ dimensions: [(String, String)], _ kind: PrometheusKind, make: () -> Series
    ) -> Series {
        let made = state.withLock { $0.series(PrometheusKey(label, dimensions, kind), make: make) }
        // The kind is part of the key, and each kind has one type of series.
        return made as? Series ?? make()
    }

    private func counter(_ label: String, _ dimensions: [(String, String)]) -> PrometheusCounter {
        series(label, dimensions, .counter, make: PrometheusCounter.init)
    }

    private func gauge(_ label: String, _ dimensions: [(String, String)]) -> PrometheusGauge {
        series(label, dimensions, .gauge, make: PrometheusGauge.init)
    }

    private func histogram(
        _ label: String, _ dimensions: [(String, String)], _ kind: PrometheusKind
    ) -> PrometheusHistogram {
        series(label, dimensions, kind) { PrometheusHistogram(bounds: kind.bounds) }
    }
}

extension PrometheusRegistry {
    /// The counter of a name and dimensions.
    package func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        counter(label, dimensions)
    }

    /// The counter of a name and dimensions; the same one as of ``makeCounter(label:dimensions:)``.
    package func makeFloatingPointCounter(
        label: String, dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        counter(label, dimensions)
    }

    /// The gauge of a name and dimensions.
    package func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        gauge(label, dimensions)
    }

    /// The histogram of a name and dimensions, or the gauge if values replace each other.
    package func makeRecorder(
        label: String, dimensions: [(String, String)], aggregate: Bool
    ) -> any RecorderHandler {
        aggregate ? histogram(label, dimensions, .recorder) : gauge(label, dimensions)
    }

    /// The histogram of a name and dimensions.
    package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        histogram(label, dimensions, .timer)
    }

    /// Does nothing.
    package func destroyCounter(_ handler: any CounterHandler) {}
    /// Does nothing.
    package func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {}
    /// Does nothing.
    package func destroyMeter(_ handler: any MeterHandler) {}
    /// Does nothing.
    package func destroyRecorder(_ handler: any RecorderHandler) {}
    /// Does nothing.
    package func destroyTimer(_ handler: any TimerHandler) {}
}
