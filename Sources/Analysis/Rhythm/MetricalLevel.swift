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
        let tempo = logarithm(60 * RhythmFeatures.frameRate / max(period, 1) / TempoGrid.centre) / logarithm(2)
        let energy = (period / 50).squareRoot()
        let on = onset[0..<bands].reduce(0, +) / Double(bands)
        let off = onset[3 * bands..<4 * bands].reduce(0, +) / Double(bands)
        let evidence = BarEvidence(beats: beats, activation: activation, levels: levels, harmony: harmony)
        let bars = BarModel(evidence).judge()
        return onset + [change.bass, change.rest] + alternation.map { abs($0) }
            + [tempo, tempo * tempo, energy * on, energy * (on - off)]
            + [
                bars?.score ?? 0, bars?.best.meter == 4 ? 1 : 0, bars?.best.meter == 3 ? 1 : 0,
                bars?.ambiguity ?? 0,
            ]
    }
}
