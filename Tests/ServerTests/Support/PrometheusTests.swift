import Metrics
import Server
import Testing

@Suite("Metrics in Prometheus' text format")
struct PrometheusTests {
    private let registry = PrometheusRegistry()

    /// The lines of samples whose name and labels begin so.
    private func samples(_ prefix: String) -> [String] {
        registry.render().split(separator: "\n").map(String.init).filter { $0.hasPrefix(prefix) }
    }

    @Test("A registry without metrics shows nothing")
    func empty() {
        #expect(registry.render().isEmpty)
    }

    @Test("Counters, gauges and histograms are sorted by name and labels")
    func text() {
        Gauge(label: "queue.depth", factory: registry).record(3)
        Counter(label: "hb.requests", dimensions: [("route", "/b"), ("method", "GET")], factory: registry)
            .increment(by: 2)
        Counter(label: "hb.requests", dimensions: [("method", "GET"), ("route", "/a")], factory: registry).increment()
        Meter(label: "active", factory: registry).increment(by: 1.5)
        #expect(
            registry.render() == """
                # TYPE active gauge
                active 1.5
                # TYPE hb_requests_total counter
                hb_requests_total{method="GET",route="/a"} 1
                hb_requests_total{method="GET",route="/b"} 2
                # TYPE queue_depth gauge
                queue_depth 3

                """)
    }

    @Test("A timer is a histogram in seconds, a bound belongs to its bucket")
    func timer() {
        let timer = Metrics.Timer(label: "work", dimensions: [("stage", "rhythm")], factory: registry)
        for nanoseconds: Int64 in [-1, 1_000_000, 1_000_001, 250_000_000, 300_000_000_000, 300_000_000_001] {
            timer.recordNanoseconds(nanoseconds)
        }
        #expect(
            registry.render() == """
                # TYPE work_seconds histogram
                work_seconds_bucket{stage="rhythm",le="0.001"} 2
                work_seconds_bucket{stage="rhythm",le="0.0025"} 3
                work_seconds_bucket{stage="rhythm",le="0.005"} 3
                work_seconds_bucket{stage="rhythm",le="0.01"} 3
                work_seconds_bucket{stage="rhythm",le="0.025"} 3
                work_seconds_bucket{stage="rhythm",le="0.05"} 3
                work_seconds_bucket{stage="rhythm",le="0.1"} 3
                work_seconds_bucket{stage="rhythm",le="0.25"} 4
                work_seconds_bucket{stage="rhythm",le="0.5"} 4
                work_seconds_bucket{stage="rhythm",le="1"} 4
                work_seconds_bucket{stage="rhythm",le="2.5"} 4
                work_seconds_bucket{stage="rhythm",le="5"} 4
                work_seconds_bucket{stage="rhythm",le="10"} 4
                work_seconds_bucket{stage="rhythm",le="30"} 4
                work_seconds_bucket{stage="rhythm",le="60"} 4
                work_seconds_bucket{stage="rhythm",le="300"} 5
                work_seconds_bucket{stage="rhythm",le="+Inf"} 6
                work_seconds_sum{stage="rhythm"} \(0.001 + 0.001000001 + 0.25 + 300 + 300.000000001)
                work_seconds_count{stage="rhythm"} 6

                """)
    }

    @Test("A recorder is a histogram of its values, but a gauge when it does not aggregate")
    func recorder() {
        let bytes = Recorder(label: "bytes", factory: registry)
        for value in [0.5, 70, 2e9, .nan, .infinity] { bytes.record(value) }
        Recorder(label: "last", aggregate: false, factory: registry).record(7)
        #expect(samples("bytes_bucket{le=\"0.1\"}") == ["bytes_bucket{le=\"0.1\"} 0"])
        #expect(samples("bytes_bucket{le=\"100\"}") == ["bytes_bucket{le=\"100\"} 2"])
        #expect(samples("bytes_bucket{le=\"1000000000\"}") == ["bytes_bucket{le=\"1000000000\"} 2"])
        #expect(samples("bytes_bucket{le=\"+Inf\"}") == ["bytes_bucket{le=\"+Inf\"} 3"])
        #expect(samples("bytes_sum") == ["bytes_sum 2000000070.5"])
        #expect(samples("bytes_count") == ["bytes_count 3"])
        #expect(samples("last") == ["last 7"])
    }

    @Test(
        "Names are made fit",
        arguments: [
            ("a.b-c/d e", "a_b_c_d_e_total"), ("1st", "_1st_total"), ("ns:x", "ns:x_total"), ("", "__total"),
            ("größe", "gr__e_total"), ("jobs_total", "jobs_total"), ("a\nb", "a_b_total"),
        ])
    func names(label: String, name: String) {
        Counter(label: label, factory: registry).increment()
        #expect(registry.render() == "# TYPE \(name) counter\n\(name) 1\n")
    }

    @Test("Labels are made fit and their values escaped")
    func labels() {
        Counter(
            label: "c", dimensions: [("a:b.c", "x\\y\"z\nw\r\n"), ("9", "ö"), ("a.b.c", "second")], factory: registry
        ).increment()
        #expect(samples("c_total{") == [#"c_total{_9="ö",a_b_c="x\\y\"z\nw"# + "\r" + #"\n"} 1"#])
    }

    @Test("A histogram's label le is its own")
    func reservedLabel() {
        Metrics.Timer(label: "t", dimensions: [("le", "x")], factory: registry).recordNanoseconds(0)
        #expect(samples("t_seconds_count") == [#"t_seconds_count{exported_le="x"} 1"#])
    }

    @Test("The same name and dimensions are the same series, in any order")
    func identity() {
        for dimensions in [[("a", "1"), ("b", "2")], [("b", "2"), ("a", "1")]] {
            let counter = Counter(label: "c", dimensions: dimensions, factory: registry)
            counter.increment()
            counter.destroy()
        }
        FloatingPointCounter(label: "c", dimensions: [("a", "1"), ("b", "2")], factory: registry).increment(by: 0.5)
        #expect(samples("c_total") == [#"c_total{a="1",b="2"} 2.5"#])
    }

    @Test("Names that different kinds would share are told apart")
    func conflicts() {
        Gauge(label: "x.total", factory: registry).record(1)
        Counter(label: "x", factory: registry).increment()
        Recorder(label: "y", factory: registry).record(1)
        Gauge(label: "y_count", factory: registry).record(5)
        #expect(samples("x_total") == ["x_total 1"])
        #expect(samples("x_counter_total") == ["x_counter_total 1"])
        #expect(samples("y_count") == ["y_count 1", "y_count_gauge 5"])
    }

    @Test("Counters take nothing that is negative, infinite or no number, and can be reset")
    func counterAmounts() {
        let whole = Counter(label: "whole", factory: registry)
        whole.increment(by: -5)
        whole.increment(by: Int64.max)
        let fraction = FloatingPointCounter(label: "fraction", factory: registry)
        for amount in [-1, .nan, .infinity, 0.25] { fraction.increment(by: amount) }
        let reset = Counter(label: "reset", factory: registry)
        reset.increment()
        reset.reset()
        #expect(samples("whole_total") == ["whole_total 9223372036854775807"])
        #expect(samples("fraction_total") == ["fraction_total 0.25"])
        #expect(samples("reset_total") == ["reset_total 0"])
    }

    @Test(
        "Gauges show any number",
        arguments: [
            (.nan, "NaN"), (.infinity, "+Inf"), (-.infinity, "-Inf"), (-0.5, "-0.5"), (1e300, "1e+300"), (-3, "-3"),
        ] as [(Double, String)])
    func numbers(value: Double, text: String) {
        Gauge(label: "g", factory: registry).record(value)
        #expect(samples("g ") == ["g \(text)"])
    }

    @Test("A name has 2000 series at most; the last one counts what has none")
    func cardinality() {
        for index in 0..<2500 {
            Counter(label: "c", dimensions: [("path", "/\(index)"), ("code", "200")], factory: registry).increment()
        }
        // Those that are known still count for themselves.
        Counter(label: "c", dimensions: [("path", "/7"), ("code", "200")], factory: registry).increment()
        Counter(label: "other", factory: registry).increment()
        #expect(samples("c_total{").count == 2000)
        #expect(samples(#"c_total{code="other""#) == [#"c_total{code="other",path="other"} 501"#])
        #expect(samples(#"c_total{code="200",path="/7"}"#) == [#"c_total{code="200",path="/7"} 2"#])
        #expect(samples("other_total") == ["other_total 1"])
    }

    @Test("Nothing is lost when many tasks count")
    func parallel() async {
        await withTaskGroup(of: Void.self) { group in
            for task in 0..<8 {
                group.addTask { [registry] in
                    for index in 0..<2000 {
                        Counter(label: "c", dimensions: [("i", "\(index % 7)")], factory: registry).increment()
                        FloatingPointCounter(label: "f", factory: registry).increment(by: 0.5)
                        Meter(label: "m", factory: registry).increment(by: task.isMultiple(of: 2) ? 1 : -1)
                        Metrics.Timer(label: "t", factory: registry).recordNanoseconds(Int64(index))
                        if index.isMultiple(of: 500) { _ = registry.render() }
                    }
                }
            }
        }
        let counted = samples("c_total{").compactMap { $0.split(separator: " ").last.flatMap { Int($0) } }
        #expect(counted.reduce(0, +) == 16_000)
        #expect(samples("f_total") == ["f_total 8000"])
        #expect(samples("m ") == ["m 0"])
        #expect(samples("t_seconds_count") == ["t_seconds_count 16000"])
    }
}
