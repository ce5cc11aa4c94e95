import Signal

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Finds the likeliest beats and bars in a stream of activations.
///
/// Viterbi decoding of `BarPointerModel` with a fixed lag: every few seconds the best path up to now is followed back, and its
/// beats older than the lag are final. Paths that differ have met long before. Memory does not grow; one decoder serves one
/// recording and one thread.
final class BarPointerDecoder {
    /// A beat that begins in a frame.
    struct Beat: Sendable, Hashable {
        var frame: Int
        var place: BarPointerModel.Place
        /// Counts the times that beats began anew after rest.
        var run: Int
    }

    let model: BarPointerModel
    /// Frames after which beats are final, and from one look back to the next.
    private let lag = 1200
    private let stride = 250
    /// Frames that are remembered.
    let depth: Int
    private let tempoCount: Int
    private let lanes: Int
    /// Best score of a path to each beat that begins in a frame, `[longest + 2][tempi][lanes]` by `frame % count`, behind a margin.
    private var scores: [Float]
    private let scoreDepth: Int
    /// Best score of each beat that ends in a frame, moved to the place that follows, `[depth][tempi][lanes]`.
    private var arrivals: [Float]
    /// Whether the longer length was the better one.
    private var isLonger: [Int8]
    /// Score of rest in each frame, and the frame in which it began.
    private var rest: [Float]
    private var restBegin: [Int]
    /// The best arrival over all metres' last beats, for each tempo.
    private var barEnds: [Float]
    private var frame = 0
    private var lastEmitted = -1
    private var run = 0

    private static let impossible: Float = -1e9
    /// Floats before the scores, so that a vector may begin one before the first.
    private static let margin = 8
    /// Frames between beats at least, where one path follows another.
    private static let leastDistance = 6

    init(hints: RhythmHints) {
        model = BarPointerModel(hints: hints)
        lanes = model.laneCount
        tempoCount = model.periods.count
        depth = lag + 2 * stride + model.longest + 2
        scoreDepth = model.longest + 2
        scores = [Float](repeating: Self.impossible, count: Self.margin + scoreDepth * tempoCount * lanes)
        arrivals = [Float](repeating: Self.impossible, count: depth * tempoCount * lanes)
        isLonger = [Int8](repeating: 0, count: depth * tempoCount * lanes)
        rest = [Float](repeating: 0, count: depth)
        restBegin = [Int](repeating: 0, count: depth)
        barEnds = [Float](repeating: Self.impossible, count: tempoCount)
    }

    /// Adds the likelihoods of one frame.
    ///
    /// - Returns: Beats that have become final, in order; mostly none.
    func append(_ activation: BeatActivations.Frame) -> [Beat] {
        settleArrivals()
        settleRest()
        settleBarEnds()
        settleBeats(activation)
        frame += 1
        guard frame % stride == 0 else { return [] }
        let found = emitted(before: frame - lag)
        rebase()
        return found
    }

    /// Ends the stream.
    ///
    /// - Returns: The beats that were still open.
    func finish() -> [Beat] {
        emitted(before: frame)
    }

    // MARK: One frame

    /// What each beat that ends where this frame begins is worth, at the place that follows it.
    private func settleArrivals() {
        let row = tempoCount * lanes
        let target = (frame % depth) * row
        scores.withUnsafeBufferPointer { scores in
            arrivals.withUnsafeMutableBufferPointer { arrivals in
                isLonger.withUnsafeMutableBufferPointer { isLonger in
                    guard let scores = scores.baseAddress, let arrivals = arrivals.baseAddress,
                        let isLonger = isLonger.baseAddress
                    else { return }
                    for tempo in 0..<tempoCount {
                        let short = scores + scoreRow(frame - model.lengths[tempo], tempo)
                        let long = scores + scoreRow(frame - model.lengths[tempo] - 1, tempo)
                        let output = arrivals + target + tempo * lanes
                        let longer = isLonger + target + tempo * lanes
                        for lane in Swift.stride(from: 0, to: lanes, by: 8) {
                            // In its bar, a place follows the one beside it.
                            let one = Self.load(short + lane - 1)
                            let other = Self.load(long + lane - 1)
                            let isBetter = other .> one
                            Self.store(one.replacing(with: other, where: isBetter), output + lane)
                            let flags = SIMD8<Int32>(repeating: 0).replacing(with: SIMD8(repeating: 1), where: isBetter)
                            UnsafeMutableRawPointer(longer + lane).storeBytes(
                                of: SIMD8<Int8>(truncatingIfNeeded: flags), as: SIMD8<Int8>.self)
                        }
                        for place in model.downbeats {
                            let from = model.previous[place]
                            output[place] = max(short[from], long[from])
                            longer[place] = long[from] > short[from] ? 1 : 0
                        }
                    }
                }
            }
        }
    }

    /// Where the scores of the beats of a tempo that begin in a frame lie. No frame before the first was ever written to.
    @inline(__always)
    private func scoreRow(_ frame: Int, _ tempo: Int) -> Int {
        Self.margin + (((frame + scoreDepth) % scoreDepth) * tempoCount + tempo) * lanes
    }

    @inline(__always)
    private static func load(_ pointer: UnsafePointer<Float>) -> SIMD8<Float> {
        UnsafeRawPointer(pointer).loadUnaligned(as: SIMD8<Float>.self)
    }

    @inline(__always)
    private static func store(_ value: SIMD8<Float>, _ pointer: UnsafeMutablePointer<Float>) {
        UnsafeMutableRawPointer(pointer).storeBytes(of: value, as: SIMD8<Float>.self)
    }

    /// Rest goes on, or begins where the best beat ends.
    private func settleRest() {
        let slot = frame % depth
        let row = slot * tempoCount * lanes
        let best = arrivals.withUnsafeBufferPointer { arrivals -> Float in
            guard let base = arrivals.baseAddress else { return Self.impossible }
            var best = SIMD8<Float>(repeating: Self.impossible)
            for index in Swift.stride(from: row, to: row + tempoCount * lanes, by: 8) {
                let values = Self.load(base + index)
                best.replace(with: values, where: values .> best)
            }
            return best.max()
        }
        let begun = best - BarPointerModel.restCost
        let lasting = frame > 0 ? rest[(frame - 1) % depth] - BarPointerModel.restRate : 0
        rest[slot] = max(lasting, begun)
        restBegin[slot] = begun > lasting ? frame : frame > 0 ? restBegin[(frame - 1) % depth] : 0
    }

    /// The best path to each beat that begins in this frame.
    private func settleBeats(_ activation: BeatActivations.Frame) {
        let gains = Self.gains(activation)
        let source = (frame % depth) * tempoCount * lanes
        let fromRest = rest[frame % depth] - BarPointerModel.restCost
        arrivals.withUnsafeBufferPointer { arrivals in
            scores.withUnsafeMutableBufferPointer { scores in
                model.transitionScores.withUnsafeBufferPointer { transitions in
                    guard let arrivals = arrivals.baseAddress, let scores = scores.baseAddress,
                        let transitions = transitions.baseAddress
                    else { return }
                    for tempo in 0..<tempoCount {
                        let range = model.transitions[tempo]
                        let transition = transitions + range.offset
                        let base = arrivals + source + range.first * lanes
                        let output = scores + scoreRow(frame, tempo)
                        let newBar = bestBarEnd(tempo) - BarPointerModel.meterChangeCost
                        let begun = fromRest + model.tempoPrior[tempo]
                        for lane in Swift.stride(from: 0, to: lanes, by: 8) {
                            var best = SIMD8<Float>(repeating: Self.impossible)
                            var arrival = base + lane
                            for index in 0..<range.count {
                                let sum = Self.load(arrival) + transition[index]
                                best.replace(with: sum, where: sum .> best)
                                arrival += lanes
                            }
                            let group = model.groups[lane / 8]
                            let fresh = group.prior + begun
                            best.replace(with: fresh, where: fresh .> best)
                            let bar = group.barPrior + newBar
                            best.replace(with: bar, where: bar .> best)
                            let gain = SIMD8<Float>(repeating: gains.other)
                                .replacing(with: SIMD8(repeating: gains.downbeat), where: group.isDownbeat)
                            Self.store(best + gain, output + lane)
                        }
                    }
                }
            }
        }
    }

    /// The best end of any bar, for each tempo.
    private func settleBarEnds() {
        let source = (frame % depth) * tempoCount * lanes
        for tempo in 0..<tempoCount {
            var best = Self.impossible
            for place in model.downbeats { best = max(best, arrivals[source + tempo * lanes + place]) }
            barEnds[tempo] = best
        }
    }

    /// The best way to end any bar and go on in a tempo.
    private func bestBarEnd(_ tempo: Int) -> Float {
        let range = model.transitions[tempo]
        var best = Self.impossible
        for index in 0..<range.count {
            best = max(best, barEnds[range.first + index] + model.transitionScores[range.offset + index])
        }
        return best
    }

    /// What a downbeat and another beat gain in a frame with these likelihoods.
    private static func gains(_ activation: BeatActivations.Frame) -> (downbeat: Float, other: Float) {
        let beat = min(max(activation.beat, 1e-6), BarPointerModel.surest)
        let range = BarPointerModel.beatGainRange
        let gain = min(max(log(beat / (1 - beat)) + BarPointerModel.beatBias, range.lowerBound), range.upperBound)
        let shares = BarPointerModel.downbeatRange
        let share = min(max(activation.downbeat / beat, shares.lowerBound), shares.upperBound)
        return (gain + log(share), gain + log(1 - share))
    }

    // MARK: Looking back

    /// A beat of a path.
    private struct Node {
        var frame: Int
        var place: Int
        var tempo: Int
    }

    /// Beats of the best path up to now that begin before a frame and were not given yet.
    private func emitted(before end: Int) -> [Beat] {
        var path: [(node: Node, followsRest: Bool)] = []
        var current = bestEnd()
        while let node = current, node.frame > lastEmitted {
            let (before, followsRest) = predecessor(of: node)
            path.append((node, followsRest))
            current = before
        }
        var found: [Beat] = []
        for (node, followsRest) in path.reversed() where node.frame < end {
            guard lastEmitted < 0 || node.frame - lastEmitted >= Self.leastDistance else { continue }
            if followsRest { run += 1 }
            found.append(Beat(frame: node.frame, place: model.places[node.place], run: run))
            lastEmitted = node.frame
        }
        return found
    }

    /// The last beat of the best path; nil while there was only rest.
    private func bestEnd() -> Node? {
        guard frame > 0 else { return nil }
        var best = rest[(frame - 1) % depth]
        var node: Node?
        for tempo in 0..<tempoCount {
            for begin in max(0, frame - model.lengths[tempo] - 1)..<frame {
                let row = scoreRow(begin, tempo)
                for place in model.places.indices where scores[row + place] > best {
                    best = scores[row + place]
                    node = Node(frame: begin, place: place, tempo: tempo)
                }
            }
        }
        return node ?? restedFrom(frame - 1)
    }

    /// The beat before one on its best path, if it is remembered, and whether rest lay between.
    private func predecessor(of node: Node) -> (Node?, followsRest: Bool) {
        guard frame - node.frame < depth else { return (nil, false) }
        let slot = node.frame % depth
        let source = slot * tempoCount * lanes
        let prior = model.meterPrior[node.place]
        var best = rest[slot] - BarPointerModel.restCost + prior + model.tempoPrior[node.tempo]
        var from: (tempo: Int, place: Int)?
        let range = model.transitions[node.tempo]
        for index in 0..<range.count {
            let score = model.transitionScores[range.offset + index]
            let arrival = arrivals[source + (range.first + index) * lanes + node.place] + score
            if arrival >= best { (best, from) = (arrival, (range.first + index, node.place)) }
        }
        if model.places[node.place].position == 0 {
            for index in 0..<range.count {
                let score = model.transitionScores[range.offset + index]
                for place in model.downbeats {
                    let arrival = arrivals[source + (range.first + index) * lanes + place] + score
                    let newBar = arrival - BarPointerModel.meterChangeCost + prior
                    if newBar > best { (best, from) = (newBar, (range.first + index, place)) }
                }
            }
        }
        guard let from else { return (restedFrom(node.frame), true) }
        return (beat(endingAt: node.frame, tempo: from.tempo, before: from.place), false)
    }

    /// The beat after which the rest of a frame began; nil if that is forgotten or there was none.
    private func restedFrom(_ frame: Int) -> Node? {
        let begin = restBegin[frame % depth]
        guard begin > 0, self.frame - begin < depth else { return nil }
        let source = (begin % depth) * tempoCount * lanes
        var best = Self.impossible / 2
        var node: Node?
        for tempo in 0..<tempoCount {
            for place in model.places.indices where arrivals[source + tempo * lanes + place] > best {
                best = arrivals[source + tempo * lanes + place]
                node = beat(endingAt: begin, tempo: tempo, before: place)
            }
        }
        return node
    }

    private func beat(endingAt end: Int, tempo: Int, before place: Int) -> Node? {
        let longer = isLonger[((end % depth) * tempoCount + tempo) * lanes + place] == 1
        let begin = end - model.lengths[tempo] - (longer ? 1 : 0)
        return begin >= 0 ? Node(frame: begin, place: model.previous[place], tempo: tempo) : nil
    }

    /// Keeps the sums small: only differences matter.
    private func rebase() {
        let slot = (frame - 1) % depth
        let row = tempoCount * lanes
        let level = max(rest[slot], scores.max() ?? 0)
        rest[slot] -= level
        for index in slot * row..<(slot + 1) * row { arrivals[index] -= level }
        for index in scores.indices where scores[index] > Self.impossible / 2 { scores[index] -= level }
    }
}

extension BarPointerDecoder: Resumable {
    func save(to writer: inout StateWriter) {
        writer.write(scores)
        writer.write(arrivals)
        writer.write(isLonger)
        writer.write(rest)
        writer.write(restBegin)
        writer.write(barEnds)
        writer.write([frame, lastEmitted, run])
    }

    func restore(from reader: inout StateReader) throws {
        let sizes = [scores.count, arrivals.count, isLonger.count, rest.count, restBegin.count, barEnds.count]
        scores = try reader.values()
        arrivals = try reader.values()
        isLonger = try reader.values()
        rest = try reader.values()
        restBegin = try reader.values()
        barEnds = try reader.values()
        let numbers: [Int] = try reader.values()
        guard sizes == [scores.count, arrivals.count, isLonger.count, rest.count, restBegin.count, barEnds.count],
            numbers.count == 3
        else { throw StateReader.Mismatch() }
        (frame, lastEmitted, run) = (numbers[0], numbers[1], numbers[2])
    }
}
