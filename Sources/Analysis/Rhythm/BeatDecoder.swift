/// The most likely sequence of beats through a span of music.
struct BeatPath: Sendable {
    /// Frames of the beats, rising.
    var frames: [Int] = []
    /// Index in the tempo grid, for each beat.
    var tempi: [Int] = []
}

/// Finds tempo and phase together by dynamic programming over (frame, tempo).
///
/// A state is a beat at a frame in a tempo. A beat scores what onset strength says about it, times the square root of
/// its period: a pulse train of unit energy, so that twice as many beats must earn their keep. Between beats the
/// interval may differ from the period a little (jitter) and the tempo may move a few steps of its grid at a cost. It is
/// the exact optimum of Ellis's beat tracker ("Beat tracking by dynamic programming", 2007) with tempo as a hidden
/// variable, as in the bar pointer models (Whiteley et al. 2006; Krebs, Böck and Widmer, ISMIR 2015).
struct BeatDecoder {
    let activation: OnsetActivation
    let grid: TempoGrid
    let tempogram: Tempogram

    /// Standard deviation of an interval: frames, plus a share of the period.
    private static let jitter = (frames: 1.2, share: 0.012)
    private static let tempoStepCost: Float = 1.2
    private static let largestTempoStep = 3
    private static let priorWeight: Float = 1
    private static let tempogramWeight: Float = 4
    private static let unlikely: Float = -1e30

    /// For each tempo: period in whole frames and the log likelihood of intervals around it.
    private struct Intervals {
        var shortest: Int
        var costs: [Float]
    }

    /// Linear in frames times tempi; keeps two bytes of each, and scores for the longest period only.
    func decode() -> BeatPath {
        let count = activation.frameCount
        let tempi = grid.periods.count
        guard count > 1, tempi > 0 else { return BeatPath() }
        let intervals = Self.makeIntervals(grid.periods)
        let longest = intervals.map { $0.shortest + $0.costs.count }.max() ?? 1
        var best = [Float](repeating: 0, count: tempi)
        // Best score of a beat `n` frames ago that goes on in tempo k, in a ring of frames.
        var outgoing = [Float](repeating: Self.unlikely, count: longest * tempi)
        var step = [Int8](repeating: 0, count: count * tempi)
        var interval = [UInt8](repeating: 0, count: count * tempi)
        var lastFrame = 0
        var lastTempo = 0
        var lastScore = Self.unlikely
        let constants = makeConstants()
        for frame in 0..<count {
            let row = tempogram.row(of: frame)
            for tempo in 0..<tempi {
                let period = grid.periods[tempo]
                let choice = intervals[tempo]
                // A sequence may begin with any beat of its first period.
                var score: Float = Double(frame) <= period + 2 ? 0 : Self.unlikely
                var chosen: UInt8 = 0
                let available = min(choice.costs.count, frame - choice.shortest + 1)
                var slot = frame - choice.shortest
                slot = slot >= 0 ? slot % longest : 0
                var index = 0
                while index < available {
                    let candidate = outgoing[slot * tempi + tempo] + choice.costs[index]
                    if candidate > score {
                        score = candidate
                        chosen = UInt8(index + 1)
                    }
                    slot = slot == 0 ? longest - 1 : slot - 1
                    index += 1
                }
                let between = frame - constants[tempo].half
                let offBeat = between >= 0 ? activation.offBeat[between] : 0
                best[tempo] =
                    score + constants[tempo].gain * (activation.beat[frame] + offBeat)
                    + constants[tempo].weight
                    * (constants[tempo].prior + Self.tempogramWeight * tempogram.value(row: row, tempo: tempo))
                interval[frame * tempi + tempo] = chosen
                if best[tempo] > lastScore, Double(count - frame) <= period + 2 {
                    lastScore = best[tempo]
                    lastFrame = frame
                    lastTempo = tempo
                }
            }
            let ring = frame % longest * tempi
            for tempo in 0..<tempi {
                var score = Self.unlikely
                var chosen = 0
                for other in max(0, tempo - Self.largestTempoStep)...min(tempi - 1, tempo + Self.largestTempoStep) {
                    let candidate = best[other] - Self.tempoStepCost * Float(abs(other - tempo))
                    if candidate > score {
                        score = candidate
                        chosen = other - tempo
                    }
                }
                outgoing[ring + tempo] = score
                step[frame * tempi + tempo] = Int8(chosen)
            }
        }
        return trace(
            frame: lastFrame, tempo: lastTempo, intervals: intervals, interval: interval, step: step)
    }

    private func trace(
        frame: Int, tempo: Int, intervals: [Intervals], interval: [UInt8], step: [Int8]
    ) -> BeatPath {
        let tempi = grid.periods.count
        var path = BeatPath()
        var (frame, tempo) = (frame, tempo)
        while true {
            path.frames.append(frame)
            path.tempi.append(tempo)
            let chosen = Int(interval[frame * tempi + tempo])
            guard chosen > 0 else { break }
            frame -= intervals[tempo].shortest + chosen - 1
            tempo += Int(step[frame * tempi + tempo])
        }
        path.frames.reverse()
        path.tempi.reverse()
        return path
    }

    private struct Constants {
        var gain: Float
        var weight: Float
        var prior: Float
        var half: Int
    }

    private func makeConstants() -> [Constants] {
        grid.periods.indices.map { tempo in
            let period = grid.periods[tempo]
            return Constants(
                gain: Float((period / 50).squareRoot()), weight: Float(period / 50),
                prior: Self.priorWeight * grid.prior[tempo], half: Int((period / 2).rounded(.toNearestOrEven)))
        }
    }

    private static func makeIntervals(_ periods: [Double]) -> [Intervals] {
        periods.map { period in
            let deviation = jitter.frames + jitter.share * period
            let reach = Int((2.5 * deviation).rounded(.up))
            let centre = Int(period.rounded())
            let shortest = max(1, centre - reach)
            return Intervals(
                shortest: shortest,
                costs: (shortest...centre + reach).map { length in
                    let distance = (Double(length) - period) / deviation
                    return Float(-0.5 * distance * distance)
                })
        }
    }
}
