#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// How well a metre and a phase of bars explain what is heard at the beats.
///
/// Log-linear in the evidence, with weights for the downbeat, for the middle of bars of four and six, for the last beat
/// before a downbeat and for the second beat of bars of three and more; a constant for each metre (4 and 3 are commoner than 5 and 7); and how alike beats are that
/// lie one and two bars apart. A conditional logit, fitted on rendered and real music with known bars.
struct BarModel: Sendable {
    static let meters = [2, 3, 4, 5, 6, 7]
    static let roleCount = 4

    /// A metre and the index of the first downbeat.
    struct Hypothesis: Sendable, Hashable {
        var meter: Int
        var offset: Int
    }

    /// What the bars of a span are, over all hypotheses.
    struct Judgement: Sendable {
        var best: Hypothesis
        /// Score of the best, and logarithm of how many hypotheses compete with it.
        var score: Double
        var ambiguity: Double
        /// Best score of each of `meters`; 0 where the span is too short for it.
        var byMeter: [Double]
    }

    let evidence: BarEvidence
    private let range: Range<Int>
    private let similarities: [Double]

    init(_ evidence: BarEvidence, range: Range<Int>? = nil) {
        self.evidence = evidence
        let span = range ?? 0..<evidence.beatCount
        self.range = span
        similarities = (0...12).map { $0 == 0 ? 0 : evidence.similarity(lag: $0, in: span) }
    }

    /// Role of a position (0 = downbeat) in a bar: 0 downbeat, 1 middle, 2 last, 3 second; a beat may have several.
    static func roles(meter: Int, position: Int) -> [Int] {
        var roles: [Int] = []
        if position == 0 { roles.append(0) }
        if meter == 4 && position == 2 || meter == 6 && position == 3 { roles.append(1) }
        if position == meter - 1 { roles.append(2) }
        if position == 1 && meter > 2 { roles.append(3) }
        return roles
    }

    /// Score of one beat in a role.
    func score(beat: Int, role: Int, weights: [Double] = RhythmWeights.bar) -> Double {
        var sum = 0.0
        for index in 0..<BarEvidence.width {
            sum += weights[role * BarEvidence.width + index] * evidence.values[beat * BarEvidence.width + index]
        }
        return sum
    }

    /// The features that do not depend on the phase: the metre's constant and how bars repeat.
    func similarityFeatures(meter: Int) -> (one: Double, two: Double) {
        let mean = similarities[2...7].reduce(0, +) / 6
        guard meter < similarities.count else { return (0, 0) }
        let two = 2 * meter < similarities.count ? similarities[2 * meter] - mean : 0
        return (similarities[meter] - mean, two)
    }

    /// Score of a metre before any phase.
    func bias(meter: Int, weights: [Double] = RhythmWeights.bar) -> Double {
        let start = Self.roleCount * BarEvidence.width
        let alike = similarityFeatures(meter: meter)
        let constant = Self.meters.firstIndex(of: meter).map { weights[start + $0] } ?? 0
        let end = start + Self.meters.count
        return constant + weights[end] * alike.one + weights[end + 1] * alike.two
    }

    /// Weighs all metres and phases against each other; nil for fewer than four beats.
    func judge() -> Judgement? {
        let count = range.count
        guard count >= 4 else { return nil }
        let scores = (0..<Self.roleCount).map { role in range.map { score(beat: $0, role: role) } }
        var all: [(Hypothesis, Double)] = []
        for meter in Self.meters where count >= 2 * meter {
            let bias = bias(meter: meter)
            for offset in 0..<meter {
                var sum = 0.0
                for beat in 0..<count {
                    for role in Self.roles(meter: meter, position: (beat + meter - offset) % meter) {
                        sum += scores[role][beat]
                    }
                }
                all.append((Hypothesis(meter: meter, offset: offset), sum / Double(count) + bias))
            }
        }
        guard let best = all.max(by: { $0.1 < $1.1 }) else { return nil }
        let competing = all.reduce(0.0) { $0 + exp($1.1 - best.1) }
        let byMeter = Self.meters.map { meter in all.filter { $0.0.meter == meter }.map(\.1).max() ?? 0 }
        return Judgement(best: best.0, score: best.1, ambiguity: log(competing), byMeter: byMeter)
    }
}
