/// What a series is of, and how it was made.
enum PrometheusKind: String, Sendable, Hashable {
    case counter, gauge, recorder, timer

    /// The type's name in the text format.
    var typeName: String {
        switch self {
        case .counter: "counter"
        case .gauge: "gauge"
        case .recorder, .timer: "histogram"
        }
    }

    /// What the family's name ends in.
    var suffix: String {
        switch self {
        case .counter: "_total"
        case .gauge, .recorder: ""
        case .timer: "_seconds"
        }
    }

    /// What follows the family's name in the names of its samples.
    var sampleSuffixes: [String] {
        switch self {
        case .counter, .gauge: [""]
        case .recorder, .timer: ["", "_bucket", "_sum", "_count"]
        }
    }

    /// The upper bounds of a histogram's buckets but the last, which has none.
    var bounds: [Double] {
        switch self {
        case .counter, .gauge: []
        case .recorder: [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 50, 100, 500, 1e3, 5e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9]
        case .timer: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300]
        }
    }
}

/// A metric as the program names it.
struct PrometheusKey: Sendable, Hashable {
    struct Dimension: Sendable, Hashable {
        let name: String
        let value: String
    }

    let label: String
    let dimensions: [Dimension]
    let kind: PrometheusKind

    init(_ label: String, _ dimensions: [(String, String)], _ kind: PrometheusKind) {
        self.label = label
        self.dimensions = dimensions.map { Dimension(name: $0.0, value: $0.1) }
        self.kind = kind
    }
}

/// The series of one name.
struct PrometheusFamily: Sendable {
    let kind: PrometheusKind
    /// By their labels in the text format, without the braces.
    private(set) var series: [String: any PrometheusSeries] = [:]
    /// Counts what has no series of its own.
    private var overflow: (any PrometheusSeries)?

    init(kind: PrometheusKind) {
        self.kind = kind
    }

    /// The series of some labels; made when there is none and room for it, else one that many labels share.
    mutating func series(
        _ labels: [(name: String, value: String)], make: () -> any PrometheusSeries
    ) -> (series: any PrometheusSeries, isShared: Bool) {
        let text = PrometheusText.join(labels)
        if let known = series[text] { return (known, false) }
        // The last place is that of the shared series.
        if series.count < PrometheusRegistry.seriesLimit - 1 {
            let made = make()
            series[text] = made
            return (made, false)
        }
        if let overflow { return (overflow, true) }
        let folded = PrometheusText.join(labels.map { ($0.name, "other") })
        let shared = series[folded] ?? make()
        series[folded] = shared
        overflow = shared
        return (shared, true)
    }
}

/// All series, and the names that they have.
struct PrometheusState: Sendable {
    /// By their names in the text format.
    private(set) var families: [String: PrometheusFamily] = [:]
    /// The series of metrics that were made before, but for those without a series of their own.
    private var known: [PrometheusKey: any PrometheusSeries] = [:]
    /// The names of all samples.
    private var sampleNames: Set<String> = []

    /// The series of a metric; made when there is none.
    mutating func series(_ key: PrometheusKey, make: () -> any PrometheusSeries) -> any PrometheusSeries {
        if let series = known[key] { return series }
        let labels = PrometheusText.labels(key.dimensions, isHistogram: key.kind.sampleSuffixes.count > 1)
        let (series, isShared) = families[familyName(of: key), default: PrometheusFamily(kind: key.kind)]
            .series(labels, make: make)
        if !isShared { known[key] = series }
        return series
    }

    /// The name of a metric's family. A name that another kind has already gets the kind added.
    private mutating func familyName(of key: PrometheusKey) -> String {
        var base = PrometheusText.name(key.label)
        while true {
            let name = base.hasSuffix(key.kind.suffix) ? base : base + key.kind.suffix
            if families[name]?.kind == key.kind { return name }
            let samples = key.kind.sampleSuffixes.map { name + $0 }
            if sampleNames.isDisjoint(with: samples) {
                sampleNames.formUnion(samples)
                return name
            }
            base += "_\(key.kind.rawValue)"
        }
    }
}
