/// Beats of a span of music that is decoded in one go.
struct PulseSpan {
    /// A beat, with times in frames from the start of the span.
    struct Beat: Sendable {
        var frame: Double
        /// 0…1: how periodic the music is around the beat.
        var clarity: Double
        /// Onset strength at the beat, in standard deviations.
        var strength: Double
        var meter: Int?
        /// 0 on the downbeat.
        var position: Int?
    }

    private let activation: OnsetActivation
    private let levels: LevelSums
    private let harmony: HarmonicChange
    private let grid: TempoGrid
    private let tempogram: Tempogram
    private let hints: RhythmHints

    /// Pulses that a clarity is averaged over, to either side.
    private static let clarityReach = 7
    /// The metrical level may change once in this many frames, at this cost.
    private static let blockLength = 3000
    private static let levelChangeCost = 3.0
    /// Frames that a beat may move to the onset that it belongs to.
    private static let snapReach = 2
    /// Onset strength from which a beat moves.
    private static let snapStrength: Float = 0.8
    /// Mean log magnitude below which nothing sounds.
    private static let silence = 0.02

    init(_ features: RhythmFeatures, hints: RhythmHints) {
        activation = OnsetActivation(features)
        levels = LevelSums(features)
        harmony = HarmonicChange(features)
        grid = TempoGrid(hint: hints.usableBPM)
        tempogram = Tempogram(of: activation.beat, grid: grid)
        self.hints = hints
    }

    /// The pulse as the decoder finds it, with its clarity, without a decision about level and bars.
    func pulse() -> [Beat] {
        let path = BeatDecoder(activation: activation, grid: grid, tempogram: tempogram).decode()
        guard path.frames.count >= 4 else { return [] }
        let periodicity = zip(path.frames, path.tempi).map { frame, tempo in
            Double(tempogram.value(row: tempogram.row(of: frame), tempo: tempo))
        }
        return path.frames.indices.map { index in
            let low = max(0, index - Self.clarityReach)
            let high = min(path.frames.count, index + Self.clarityReach + 1)
            let mean = periodicity[low..<high].reduce(0, +) / Double(high - low)
            return Beat(
                frame: Double(path.frames[index]), clarity: min(max(mean, 0), 1),
                strength: strength(at: path.frames[index]))
        }
    }

    /// Beats with their place in the bar.
    func beats() -> [Beat] {
        let pulse = pulse()
        let chosen = chooseLevel(pulse.map(\.frame))
        let sounding = trimmed(chosen)
        guard sounding.count >= 2 else { return [] }
        let evidence = BarEvidence(beats: sounding, activation: activation, levels: levels, harmony: harmony)
        let bars = BarDecoder(evidence, hint: hints.usableMeter).decode()
        var nearest = 0
        return sounding.indices.map { index in
            let frame = sounding[index]
            while nearest + 1 < pulse.count,
                abs(pulse[nearest + 1].frame - frame) <= abs(pulse[nearest].frame - frame)
            {
                nearest += 1
            }
            return Beat(
                frame: snapped(frame), clarity: pulse[nearest].clarity,
                strength: strength(at: Int(frame.rounded())),
                meter: bars.isEmpty ? nil : bars[index].meter, position: bars.isEmpty ? nil : bars[index].position)
        }
    }

    /// The readings of a pulse.
    func candidates(_ pulse: [Double]) -> [MetricalCandidate] {
        MetricalCandidate.all(pulse: pulse, range: grid.beatRange)
    }

    /// A judge of readings.
    var level: MetricalLevel { MetricalLevel(activation: activation, levels: levels, harmony: harmony) }

    /// Chooses a reading for each block of about half a minute, reluctant to change it from one block to the next.
    private func chooseLevel(_ pulse: [Double]) -> [Double] {
        let candidates = candidates(pulse)
        guard let first = pulse.first, let last = pulse.last, !candidates.isEmpty else { return pulse }
        let blocks = max(1, Int(((last - first) / Double(Self.blockLength)).rounded()))
        let edges = (0...blocks).map { first + (last - first) * Double($0) / Double(blocks) }
        var best = [Double](repeating: 0, count: candidates.count)
        var from: [[Int]] = []
        for block in 0..<blocks {
            let leader = best.indices.max { best[$0] < best[$1] } ?? 0
            var origin = Array(best.indices)
            var next = best
            for (index, candidate) in candidates.enumerated() {
                let isLast = block + 1 == blocks
                let inside = candidate.beats.filter { $0 >= edges[block] && ($0 < edges[block + 1] || isLast) }
                if best[leader] - Self.levelChangeCost > best[index] { origin[index] = leader }
                let carried = origin[index] == index ? best[index] : best[leader] - Self.levelChangeCost
                next[index] = carried + (inside.count >= 4 ? level.score(inside) : -1000)
            }
            from.append(origin)
            best = next
        }
        var state = best.indices.max { best[$0] < best[$1] } ?? 0
        var result: [Double] = []
        for block in (0..<blocks).reversed() {
            let limit = (result.last ?? .infinity) - 0.6 * candidates[state].period
            let isLast = block + 1 == blocks
            let isFirst = block == 0
            result.append(
                contentsOf: candidates[state].beats.reversed().filter {
                    (isFirst || $0 >= edges[block]) && (isLast || $0 < edges[block + 1]) && $0 < limit
                })
            state = from[block][state]
        }
        return result.reversed()
    }

    /// Without the beats before the first and after the last sound.
    private func trimmed(_ beats: [Double]) -> [Double] {
        let isSounding = beats.indices.map { index -> Bool in
            let reach = 0.5 * BarEvidence.period(after: index, beats)
            return (0..<RhythmFeatures.bandCount).contains { band in
                levels.mean(from: beats[index] - 5, to: beats[index] + reach, band: band) > Self.silence
            }
        }
        guard let first = isSounding.firstIndex(of: true), let last = isSounding.lastIndex(of: true) else { return [] }
        return Array(beats[first...last])
    }

    private func strength(at frame: Int) -> Double {
        let low = max(0, frame - Self.snapReach)
        let high = min(activation.frameCount, frame + Self.snapReach + 1)
        guard low < high else { return 0 }
        return Double(activation.beat[low..<high].max() ?? 0)
    }

    /// The beat at the peak of the onset strength nearby, between frames; the beat itself where there is none.
    private func snapped(_ beat: Double) -> Double {
        let centre = Int(beat.rounded())
        var peak: Int?
        for frame in centre - Self.snapReach...centre + Self.snapReach {
            guard frame >= 1, frame + 1 < activation.frameCount else { continue }
            let value = activation.beat[frame]
            let isPeak = value >= activation.beat[frame - 1] && value >= activation.beat[frame + 1]
            guard isPeak, value > Self.snapStrength else { continue }
            if value > peak.map({ activation.beat[$0] }) ?? 0 { peak = frame }
        }
        guard let peak else { return beat }
        let (before, here, after) = (
            Double(activation.beat[peak - 1]), Double(activation.beat[peak]), Double(activation.beat[peak + 1])
        )
        let curvature = before - 2 * here + after
        return Double(peak) + (curvature < 0 ? min(max(0.5 * (before - after) / curvature, -0.5), 0.5) : 0)
    }
}
