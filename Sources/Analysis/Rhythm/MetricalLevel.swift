#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// How much a reading of the pulse sounds like the beat that people tap.
///
/// Log-linear in what is heard on the beats and between them (onset strength in five bands at six phases, change of
/// harmony), in how every other beat differs, in tempo (a preference for moderate ones: van Noorden and Moelants 1999)
/// and in how clear the bars are that these beats would have. A conditional logit over the readings of a pulse, fitted
/// on rendered and real music with known beats.
struct MetricalLevel {
    let activation: OnsetActivation
    let levels: LevelSums
    let harmony: HarmonicChange

    private static let phases: [Double] = [0, 0.25, 1.0 / 3, 0.5, 2.0 / 3, 0.75]

    /// Score of a reading over the beats given (at least four).
    func score(_ beats: [Double]) -> Double {
        var sum = 0.0
        for (value, weight) in zip(features(beats), RhythmWeights.level) { sum += value * weight }
        return sum
    }

    /// The features, in the order of `RhythmWeights.level`.
    func features(_ beats: [Double]) -> [Double] {
        let bands = RhythmFeatures.bandCount
        let count = Double(max(beats.count, 1))
        var onset = [Double](repeating: 0, count: Self.phases.count * bands)
        var alternation = [Double](repeating: 0, count: bands + 2)
        var change = (bass: 0.0, rest: 0.0)
        let even = Double((beats.count + 1) / 2)
        let odd = Double(max(beats.count / 2, 1))
        for (index, beat) in beats.enumerated() {
            let period = BarEvidence.period(after: index, beats)
            let share = index % 2 == 0 ? 1 / even : -1 / odd
            for (phase, position) in Self.phases.enumerated() {
                let frame = Int((beat + position * period).rounded(.toNearestOrEven))
                for band in 0..<bands {
                    let value = Double(activation.value(frame: frame, band: band))
                    onset[phase * bands + band] += value / count
                    if phase == 0 { alternation[band] += share * value }
                }
            }
            let here = harmony.change(at: beat, reach: period)
            let between = harmony.change(at: beat + 0.5 * period, reach: period)
            change.bass += (here.bass - between.bass) / count
            change.rest += (here.rest - between.rest) / count
            alternation[bands] += share * here.bass
            alternation[bands + 1] += share * here.rest
        }
        let period = MetricalCandidate.median(zip(beats.dropFirst(), beats).map { $0 - $1 })
        let tempo = log2(60 * RhythmFeatures.frameRate / max(period, 1) / TempoGrid.centre)
        let energy = (period / 50).squareRoot()
        let on = onset[0..<bands].reduce(0, +) / Double(bands)
        let off = onset[3 * bands..<4 * bands].reduce(0, +) / Double(bands)
        var features = onset
        features.append(contentsOf: [change.bass, change.rest])
        features.append(contentsOf: alternation.map { abs($0) })
        features.append(contentsOf: [tempo, tempo * tempo, energy * on, energy * (on - off)])
        features.append(contentsOf: barFeatures(beats))
        return features
    }

    /// How clear the bars are: best score, metre, ambiguity, and the best scores in bars of two, three and four.
    private func barFeatures(_ beats: [Double]) -> [Double] {
        let evidence = BarEvidence(beats: beats, activation: activation, levels: levels, harmony: harmony)
        guard let bars = BarModel(evidence).judge() else { return [Double](repeating: 0, count: Self.barFeatureCount) }
        let meter = bars.best.meter
        return [bars.score, meter == 4 ? 1 : 0, meter == 3 ? 1 : 0, bars.ambiguity] + bars.byMeter.prefix(3)
    }

    private static let barFeatureCount = 7
}
