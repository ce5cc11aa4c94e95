import Metrics
import Synchronization

/// A metric of one name and one set of labels.
protocol PrometheusSeries: AnyObject, Sendable {
    /// Appends the lines that show the present values.
    ///
    /// - Parameter labels: in the text format, without the braces.
    func render(name: String, labels: String, to text: inout String)
}

/// A sum that only grows.
final class PrometheusCounter: PrometheusSeries, CounterHandler, FloatingPointCounterHandler {
    // Apart, so that whole numbers stay exact beyond 2⁵³.
    private let whole = Atomic<UInt64>(0)
    private let fractional = Atomic<Double>(0)

    /// Adds a positive amount; others change nothing.
    func increment(by amount: Int64) {
        guard amount > 0 else { return }
        whole.wrappingAdd(UInt64(amount), ordering: .relaxed)
    }

    /// Adds a positive, finite amount; others change nothing.
    func increment(by amount: Double) {
        guard amount > 0, amount.isFinite else { return }
        fractional.add(amount)
    }

    func reset() {
        whole.store(0, ordering: .relaxed)
        fractional.store(0, ordering: .relaxed)
    }

    func render(name: String, labels: String, to text: inout String) {
        let (whole, fractional) = (whole.load(ordering: .relaxed), fractional.load(ordering: .relaxed))
        let value = fractional == 0 ? String(whole) : PrometheusText.number(Double(whole) + fractional)
        PrometheusText.appendSample(name, labels, value, to: &text)
    }
}

/// A value that goes up and down.
final class PrometheusGauge: PrometheusSeries, MeterHandler, RecorderHandler {
    private let value = Atomic<Double>(0)

    func set(_ newValue: Int64) { set(Double(newValue)) }
    func set(_ newValue: Double) { value.store(newValue, ordering: .relaxed) }
    func record(_ newValue: Int64) { set(newValue) }
    func record(_ newValue: Double) { set(newValue) }

    /// Adds a finite amount; others change nothing.
    func increment(by amount: Double) {
        if amount.isFinite { value.add(amount) }
    }

    /// Takes a finite amount away; others change nothing.
    func decrement(by amount: Double) { increment(by: -amount) }

    func render(name: String, labels: String, to text: inout String) {
        PrometheusText.appendSample(name, labels, PrometheusText.number(value.load(ordering: .relaxed)), to: &text)
    }
}

/// How often values fell into which range.
final class PrometheusHistogram: PrometheusSeries, RecorderHandler, TimerHandler {
    private struct State {
        /// Of the buckets alone, not of those below.
        var counts: [UInt64]
        var sum = 0.0
    }

    private let bounds: [Double]
    private let state: Mutex<State>

    /// - Parameter bounds: The buckets' upper bounds, ascending; one more bucket takes what is larger.
    init(bounds: [Double]) {
        self.bounds = bounds
        state = Mutex(State(counts: Array(repeating: 0, count: bounds.count + 1)))
    }

    func record(_ value: Int64) { record(Double(value)) }

    /// Counts a finite value; others change nothing.
    func record(_ value: Double) {
        guard value.isFinite else { return }
        let bucket = bounds.firstIndex { value <= $0 } ?? bounds.count
        state.withLock { state in
            state.counts[bucket] &+= 1
            state.sum += value
        }
    }

    /// Counts a duration in seconds; a negative one is zero.
    func recordNanoseconds(_ duration: Int64) { record(Double(max(duration, 0)) / 1e9) }

    func render(name: String, labels: String, to text: inout String) {
        let (counts, sum) = state.withLock { ($0.counts, $0.sum) }
        let prefix = labels.isEmpty ? "" : labels + ","
        var count: UInt64 = 0
        for (bound, inBucket) in zip(bounds.map(PrometheusText.number) + ["+Inf"], counts) {
            count &+= inBucket
            PrometheusText.appendSample(name + "_bucket", prefix + "le=\"\(bound)\"", String(count), to: &text)
        }
        PrometheusText.appendSample(name + "_sum", labels, PrometheusText.number(sum), to: &text)
        PrometheusText.appendSample(name + "_count", labels, String(count), to: &text)
    }
}

extension Atomic<Double> {
    /// Adds without losing what other threads add meanwhile.
    fileprivate borrowing func add(_ amount: Double) {
        var expected = load(ordering: .relaxed)
        while true {
            let (exchanged, original) = weakCompareExchange(
                expected: expected, desired: expected + amount, ordering: .relaxed)
            if exchanged { return }
            expected = original
        }
    }
}
