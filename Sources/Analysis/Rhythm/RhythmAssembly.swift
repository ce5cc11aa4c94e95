import TimelineModel

/// Decides which decoded beats are given, and gathers them.
struct RhythmAssembly {
    let pulses: [Pulse]
    let isMeterKnown: Bool

    /// Beats that a run has at least.
    private static let fewestBeats = 4
    /// Likelihood of the beats around one that is given: where music is known to play their mean, elsewhere the root of their mean
    /// square, as a pulse is clear, too, whose every fourth beat is sure. Beats at the ends of a run have it themselves.
    private static let leastLikelihood = (inMusic: 0.1, elsewhere: 0.28)
    /// Beats to either side that count for it.
    private static let clarityReach = 6
    /// Sound at the first and last beat of a run, as a share of what is usual in it.
    private static let leastLevel: Float = 0.02
    /// Seconds that beats may lie outside of known music.
    private static let musicMargin = 0.5
    /// How much likelier downbeats must be where bars say so than where they do not, over `contrastReach` beats to
    /// either side; below, nothing is said about bars.
    private static let leastContrast = 0.08
    private static let contrastReach = 24
    private static let tempoReach = 4
    private static let tempoChange = 0.02
    /// Beats to either side whose likelihood counts for a beat's confidence.
    private static let confidenceReach = 8

    func result(music: [LayerSegment]?) -> RhythmResult {
        let inside = spans(music ?? [])
        var result = RhythmResult()
        var intervals: [Double] = []
        var meters: [Int: Int] = [:]
        for kept in runs(inside) where kept.count >= Self.fewestBeats {
            let contrasts = haveOneSound(kept) ? kept.map { _ in 0 } : contrasts(kept)
            for (index, pulse) in kept.enumerated() {
                let hasBars = isMeterKnown || contrasts[index] >= Self.leastContrast
                if hasBars { meters[pulse.place.meter, default: 0] += 1 }
                if index > 0 { intervals.append(pulse.time - kept[kept.startIndex + index - 1].time) }
                let isDownbeat = hasBars && pulse.place.position == 0
                result.beats.append(
                    TrackedBeat(
                        time: pulse.time, confidence: confidence(index, kept),
                        beatInBar: hasBars ? pulse.place.position + 1 : nil,
                        downbeatConfidence: isDownbeat ? downbeatConfidence(pulse, contrasts[index]) : nil))
            }
            result.curve += curve(kept)
        }
        intervals.sort()
        if !intervals.isEmpty { result.tempoBPM = 60 / intervals[intervals.count / 2] }
        result.meter = meters.max { ($0.value, -$0.key) < ($1.value, -$1.key) }?.key
        return result
    }

    /// Runs of beats that are clear enough for where they are.
    private func runs(_ music: [ClosedRange<Double>]) -> [ArraySlice<Pulse>] {
        var runs: [ArraySlice<Pulse>] = []
        var start = 0
        while start < pulses.count {
            let end = pulses[start...].firstIndex { $0.run != pulses[start].run } ?? pulses.count
            runs += clearParts(pulses[start..<end], music)
            start = end
        }
        return runs
    }

    private func clearParts(_ run: ArraySlice<Pulse>, _ music: [ClosedRange<Double>]) -> [ArraySlice<Pulse>] {
        var parts: [ArraySlice<Pulse>] = []
        var start: Int?
        var place = 0
        let isMusic = run.map { pulse in
            while place + 1 < music.count, music[place].upperBound < pulse.time { place += 1 }
            return place < music.count && music[place].contains(pulse.time)
        }
        for index in run.indices {
            let isInside = isMusic[index - run.startIndex]
            let least = isInside ? Self.leastLikelihood.inMusic : Self.leastLikelihood.elsewhere
            let near = near(index, in: run, reach: Self.clarityReach)
            // Clear beats of music must not carry unclear ones beyond its end.
            let isClear =
                isInside
                ? Self.mean(of: near.map(\.likelihood)) >= least
                : isClearAlone(near.indices.filter { !isMusic[$0 - run.startIndex] }.map { run[$0].likelihood })
            if isClear, start == nil { start = index }
            if !isClear || index == run.endIndex - 1, let first = start {
                parts.append(trimmed(run[first..<(isClear ? index + 1 : index)], least: least))
                start = nil
            }
        }
        return parts
    }

    /// Whether beats outside of known music are clear by themselves; too few say nothing.
    private func isClearAlone(_ likelihoods: [Double]) -> Bool {
        likelihoods.count >= Self.fewestBeats
            && Self.mean(of: likelihoods.map { $0 * $0 }).squareRoot() >= Self.leastLikelihood.elsewhere
    }

    private func near(_ index: Int, in run: ArraySlice<Pulse>, reach: Int) -> ArraySlice<Pulse> {
        run[max(run.startIndex, index - reach)...min(run.endIndex - 1, index + reach)]
    }

    private static func mean(of values: [Double]) -> Double {
        values.reduce(0, +) / Double(max(1, values.count))
    }

    /// Known music with its margins.
    private func spans(_ music: [LayerSegment]) -> [ClosedRange<Double>] {
        music.filter { $0.start < $0.end && !$0.start.isNaN }
            .map { $0.start - Self.musicMargin...$0.end + Self.musicMargin }
            .sorted { $0.lowerBound < $1.lowerBound }
    }

    /// Without the beats at either end that are unlikely or that hardly anything sounds at.
    private func trimmed(_ run: ArraySlice<Pulse>, least: Double) -> ArraySlice<Pulse> {
        let levels = run.compactMap { $0.sound?.reduce(0, +) }.sorted()
        let audible = levels.isEmpty ? 0 : levels[levels.count / 2] * Self.leastLevel
        func isClear(_ pulse: Pulse) -> Bool {
            pulse.likelihood >= least && (pulse.sound?.reduce(0, +) ?? audible) >= audible
        }
        guard let first = run.firstIndex(where: isClear), let last = run.lastIndex(where: isClear) else { return [] }
        return run[first...last]
    }

    /// The tempo of a run: medians over `tempoReach` intervals to either side, told where they have changed by
    /// `tempoChange`.
    private func curve(_ run: ArraySlice<Pulse>) -> [TempoPoint] {
        let times = run.map(\.time)
        let intervals = zip(times, times.dropFirst()).map { $1 - $0 }
        var points: [TempoPoint] = []
        for index in intervals.indices {
            let near = intervals[max(0, index - Self.tempoReach)...min(intervals.count - 1, index + Self.tempoReach)]
                .sorted()
            let middle = (near[(near.count - 1) / 2] + near[near.count / 2]) / 2
            let bpm = (6000 / middle).rounded() / 100
            if let last = points.last?.bpm, abs(bpm / last - 1) < Self.tempoChange { continue }
            points.append(TempoPoint(timeMs: Int((times[index] * 1000).rounded()), bpm: bpm))
        }
        if let end = times.last { points.append(TempoPoint(timeMs: Int((end * 1000).rounded()), bpm: nil)) }
        return points
    }

    /// Whether downbeats sound like all other beats, so that nothing tells where bars begin: a metronome without accents.
    private func haveOneSound(_ run: ArraySlice<Pulse>) -> Bool {
        let downbeats = run.filter { $0.place.position == 0 }.compactMap(\.sound)
        let others = run.filter { $0.place.position != 0 }.compactMap(\.sound)
        return !downbeats.isEmpty && !others.isEmpty && !BeatSounds.differ(downbeats, others)
    }

    /// For each beat, how much likelier downbeats are around it where its bars say so.
    private func contrasts(_ run: ArraySlice<Pulse>) -> [Double] {
        let pulses = Array(run)
        return pulses.indices.map { index in
            let near = max(0, index - Self.contrastReach)...min(pulses.count - 1, index + Self.contrastReach)
            var on = (sum: 0.0, count: 0.0)
            var off = (sum: 0.0, count: 0.0)
            for pulse in pulses[near] {
                if pulse.place.position == 0 {
                    on = (on.sum + pulse.downbeatShare, on.count + 1)
                } else {
                    off = (off.sum + pulse.downbeatShare, off.count + 1)
                }
            }
            return on.count > 0 && off.count > 0 ? on.sum / on.count - off.sum / off.count : 0
        }
    }

    /// How likely the beat itself is a downbeat, and how much its bars stand out, as a geometric mean.
    private func downbeatConfidence(_ pulse: Pulse, _ contrast: Double) -> Double {
        (pulse.downbeatShare * min(max(contrast, 0), 1)).squareRoot()
    }

    /// The beat's own likelihood and that of those around it, as a geometric mean.
    private func confidence(_ index: Int, _ run: ArraySlice<Pulse>) -> Double {
        let place = run.startIndex + index
        let around = Self.mean(of: near(place, in: run, reach: Self.confidenceReach).map(\.likelihood))
        return (run[place].likelihood * around).squareRoot()
    }
}
