/// Numbers beats within their bars.
///
/// Viterbi decoding over (metre, position): a bar runs to its end, then another of the same metre follows at no cost, of
/// another metre or after a bar cut short at one. So a stray beat does not shift the bars for the rest of a recording.
struct BarDecoder {
    let model: BarModel
    let meters: [Int]

    /// A beat's share of the evidence: the model's scores are means over about this many beats.
    private static let beatsPerScore = 50.0
    private static let changeCost = 2.0
    /// Beats on either side that say how bars repeat.
    private static let reach = 32

    private struct State {
        var meter: Int
        var position: Int
    }

    private let isHinted: Bool

    init(_ evidence: BarEvidence, hint: Int?) {
        model = BarModel(evidence)
        meters = hint.map { [$0] } ?? BarModel.meters
        isHinted = hint != nil
    }

    /// Metre and position (0 = downbeat) of each beat; empty for fewer than two bars, and where
    /// nothing tells the beats of a bar apart.
    func decode() -> [(meter: Int, position: Int)] {
        let count = model.evidence.beatCount
        let states = meters.flatMap { meter in (0..<meter).map { State(meter: meter, position: $0) } }
        guard count >= 4, let shortest = meters.min(), count >= 2 * shortest, isHinted || model.evidence.isContrasted
        else {
            return []
        }
        let scores = makeScores(count: count, states: states)
        var best = scores[0]
        var from: [[Int]] = []
        for beat in 1..<count {
            var next = scores[beat]
            var origin = [Int](repeating: 0, count: states.count)
            let last = best.indices.max { best[$0] < best[$1] } ?? 0
            for (index, state) in states.enumerated() {
                if state.position > 0 {
                    origin[index] = index - 1
                    next[index] += best[index - 1]
                } else {
                    let regular = index + state.meter - 1
                    let changes = best[last] - Self.changeCost > best[regular]
                    origin[index] = changes ? last : regular
                    next[index] += changes ? best[last] - Self.changeCost : best[regular]
                }
            }
            from.append(origin)
            best = next
        }
        var state = best.indices.max { best[$0] < best[$1] } ?? 0
        var path = [state]
        for origin in from.reversed() {
            state = origin[state]
            path.append(state)
        }
        return path.reversed().map { (states[$0].meter, states[$0].position) }
    }

    private func makeScores(count: Int, states: [State]) -> [[Double]] {
        let roleScores = (0..<BarModel.roleCount).map { role in (0..<count).map { model.score(beat: $0, role: role) } }
        var biases: [Int: Double] = [:]
        var scores: [[Double]] = []
        for beat in 0..<count {
            if beat % Self.reach == 0 || count <= 2 * Self.reach && beat == 0 {
                let low = count <= 3 * Self.reach ? 0 : max(0, min(beat - Self.reach, count - 2 * Self.reach))
                let high = count <= 3 * Self.reach ? count : min(count, low + 3 * Self.reach)
                let local = BarModel(model.evidence, range: low..<high)
                for meter in meters { biases[meter] = local.bias(meter: meter) }
            }
            scores.append(
                states.map { state in
                    let heard = BarModel.roles(meter: state.meter, position: state.position)
                        .reduce(0) { $0 + roleScores[$1][beat] }
                    return (heard + (biases[state.meter] ?? 0)) / Self.beatsPerScore
                })
        }
        return scores
    }
}
