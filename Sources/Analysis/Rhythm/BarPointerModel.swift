#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The states of the bar-pointer model, and what moving between them costs.
///
/// A pointer runs through bars (Whiteley, Cemgil & Godsill, "Bayesian modelling of temporal structure in musical audio", ISMIR
/// 2006) with a tempo that may change at beats (Krebs, Böck & Widmer, "An efficient state-space model for joint tempo and
/// meter tracking", ISMIR 2015; Böck, Krebs & Widmer, "Joint beat and downbeat tracking with recurrent neural networks", ISMIR
/// 2016). As nothing happens between beats, states are whole beats with a length (a semi-Markov model): a metre and a position
/// in its bar, times a tempo. Beside them there is rest: no beats for as long as it lasts.
struct BarPointerModel: Sendable {
    /// A place in a bar: `position` 0 is the downbeat.
    struct Place: Sendable, Hashable {
        var meter: Int
        var position: Int
    }

    /// Eight places beside each other; those behind the last can never be.
    struct Group: Sendable {
        /// `meterPrior`, and the same for downbeats only.
        var prior = SIMD8<Float>(repeating: -1e9)
        var barPrior = SIMD8<Float>(repeating: -1e9)
        var isDownbeat = SIMDMask<SIMD8<Int32>>(repeating: false)
    }

    /// All places, metre by metre, each in the order of its bar.
    let places: [Place]
    /// The places that begin bars.
    let downbeats: [Int]
    /// The place before each place.
    let previous: [Int]
    /// Logarithm of each place's metre being what music has.
    let meterPrior: [Float]
    /// Places rounded up to whole vectors of eight.
    let laneCount: Int
    /// Tempi as periods in frames, rising: a geometric grid.
    let periods: [Float]
    /// Shorter of the two lengths in frames that a beat of each tempo may have; the longer has one more.
    let lengths: [Int]
    /// Log prior of each tempo where beats begin.
    let tempoPrior: [Float]
    /// For each tempo, the first of the tempi that it may come from, how many they are, and where their log probabilities
    /// begin in `transitionScores`.
    let transitions: [(first: Int, count: Int, offset: Int)]
    let transitionScores: [Float]
    /// Priors and kinds of the places, eight at a time.
    let groups: [Group]
    /// Frames of the longest beat.
    var longest: Int { (lengths.last ?? 0) + 1 }

    /// Tempi that are searched, in beats a minute.
    static let tempoRange = 40.0...240.0
    static let meters = [2, 3, 4, 5, 6, 7]
    /// Ratio of neighbouring tempi.
    private static let step = 1.025
    /// Tempo changes by a factor `r` from one beat to the next with a density of `exp(−rigidity · |r − 1|)`.
    private static let rigidity = 70.0
    /// Changes less likely than this, as logarithm, are not looked at.
    private static let leastTransition = -9.0
    /// Beats a minute that are likeliest where beats begin, and the spread in octaves.
    private static let commonTempo = (centre: 112.0, spread: 0.9)
    /// Logarithms of how common each metre is against four.
    private static let rarity: [Int: Float] = [2: -1.5, 3: -0.7, 4: 0, 5: -2.5, 6: -2, 7: -2.5]

    // What is heard, as gains of the logarithm.
    /// No beat counts as likelier than this.
    static let surest: Float = 0.98
    /// Added to the logit of a beat: at −`beatBias` a beat is worth as much as none.
    static let beatBias: Float = 1.3
    static let beatGainRange: ClosedRange<Float> = -2.5...5
    /// A downbeat's share of the beat stays inside of this.
    static let downbeatRange: ClosedRange<Float> = 0.03...0.97
    /// Going over to rest, coming back from it, and each frame of it: music has no more than short pauses.
    static let restCost: Float = 9
    static let restRate: Float = 0.05
    /// A bar of another metre than the one before.
    static let meterChangeCost: Float = 6

    init(hints: RhythmHints) {
        let hintedMeter = hints.usableMeter
        let meters = hintedMeter.map { [$0] } ?? Self.meters
        let places = meters.flatMap { meter in (0..<meter).map { Place(meter: meter, position: $0) } }
        self.places = places
        downbeats = places.indices.filter { places[$0].position == 0 }
        previous = places.indices.map { index in
            places[index].position == 0 ? index + places[index].meter - 1 : index - 1
        }
        meterPrior = places.map { hintedMeter == nil ? Self.rarity[$0.meter] ?? 0 : 0 }
        laneCount = (places.count + 7) / 8 * 8
        var groups = [Group](repeating: Group(), count: laneCount / 8)
        for (index, place) in places.enumerated() {
            groups[index / 8].prior[index % 8] = meterPrior[index]
            guard place.position == 0 else { continue }
            groups[index / 8].barPrior[index % 8] = meterPrior[index]
            groups[index / 8].isDownbeat[index % 8] = true
        }
        self.groups = groups
        let range = hints.usableBPM.map { $0 / 1.15...$0 * 1.15 } ?? Self.tempoRange
        let count = max(1, Int((log(range.upperBound / range.lowerBound) / log(Self.step)).rounded()) + 1)
        let periods = (0..<count).map { 60 * RhythmFrontEnd.frameRate / range.upperBound * pow(Self.step, Double($0)) }
        self.periods = periods.map(Float.init)
        lengths = periods.map { max(1, Int($0)) }
        let centre = hints.usableBPM ?? Self.commonTempo.centre
        tempoPrior = periods.map { period in
            let distance = log2(60 * RhythmFrontEnd.frameRate / period / centre) / Self.commonTempo.spread
            return Float(-0.5 * distance * distance - log(Double(count)))
        }
        var offset = 0
        let rows = Self.transitions(between: periods)
        transitions = rows.map { row in
            defer { offset += row.scores.count }
            return (row.first, row.scores.count, offset)
        }
        transitionScores = rows.flatMap(\.scores)
    }

    private static func transitions(between periods: [Double]) -> [(first: Int, scores: [Float])] {
        let reach = min(periods.count - 1, Int(-leastTransition / rigidity / (step - 1)))
        return periods.indices.map { new in
            let first = max(0, new - reach)
            let last = min(periods.count - 1, new + reach)
            let scores = (first...last).map { old in
                let sum = (max(0, old - reach)...min(periods.count - 1, old + reach))
                    .reduce(0.0) { $0 + exp(-rigidity * abs(periods[$1] / periods[old] - 1)) }
                return Float(-rigidity * abs(periods[new] / periods[old] - 1) - log(sum))
            }
            return (first, scores)
        }
    }
}
