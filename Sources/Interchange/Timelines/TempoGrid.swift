import TimelineModel

/// Beats laid on quarter notes: ticks, the tempos that put each beat at its exact time, and bars.
struct TempoGrid {
    struct Tempo {
        var tick: Int
        /// For a quarter note.
        var microseconds: Int
    }

    struct Signature {
        var tick: Int
        var numerator: Int
        /// 2 for quarter notes, 3 for eighths.
        var denominatorPower: Int
    }

    struct Beat {
        var tick: Int
        var isDownbeat: Bool
        /// Number of the bar that begins here, from 1.
        var bar: Int?
    }

    static let ticksPerQuarter = 960
    static let clickTicks = 120
    /// A tempo has 24 bits.
    static let longestQuarter = 0xFF_FFFF
    /// Quarter notes that a pause may hold, so that its ticks fit the file.
    private static let mostQuarters = 250_000
    private static let largestNumerator = 32
    private static let latestMs = 1 << 31

    private(set) var beats: [Beat] = []
    private(set) var tempos: [Tempo] = []
    private(set) var signatures: [Signature] = []
    private(set) var endTick = 0

    /// - Parameter beats: in order, each after the one before, none before 0.
    init(beats: [BeatEvent], durationMs: Int, meter: Int?, longestBeatMs: Int) {
        let beats = Array(beats.prefix { $0.timeMs <= Self.latestMs })
        let longest = min(max(longestBeatMs, 1), 10_000)
        let firstGap = beats.count > 1 ? beats[1].timeMs - beats[0].timeMs : .max
        var usual = firstGap <= longest ? firstGap * 1000 : 500_000
        setTempo(usual)
        let lead = (beats.first?.timeMs ?? 0) * 1000
        let shift = Self.leadShift(lead, usual: usual)
        if shift > 0 {
            setTempo(lead << shift)
            endTick = Self.ticksPerQuarter >> shift
        } else if lead > 0 {
            fill(lead, near: usual)
        }
        for (index, beat) in beats.enumerated() {
            let bar = beat.beatInBar == 1 ? beat.place?.bar : nil
            self.beats.append(Beat(tick: endTick, isDownbeat: beat.beatInBar == 1, bar: bar))
            guard index + 1 < beats.count else { break }
            let length = (beats[index + 1].timeMs - beat.timeMs) * 1000
            if length <= longest * 1000 {
                setTempo(length)
                endTick += Self.ticksPerQuarter
                usual = length
            } else {
                fill(length, near: usual)
            }
        }
        addSignatures(leadShift: shift, meter: meter)
        let rest = (min(durationMs, Self.latestMs) - (beats.last?.timeMs ?? 0)) * 1000
        let quarter = tempos.last?.microseconds ?? usual
        let ticks = (max(rest, 0) * Self.ticksPerQuarter + quarter / 2) / quarter
        endTick += min(max(ticks, beats.isEmpty ? 0 : Self.clickTicks), Self.mostQuarters * Self.ticksPerQuarter)
    }

    /// How many times a lead-in too short for a quarter note halves one; 0 where there is room, or no lead-in.
    private static func leadShift(_ lead: Int, usual: Int) -> Int {
        guard lead > 0 else { return 0 }
        return (0..<5).first { (lead << $0) * 5 >= usual * 3 } ?? 5
    }

    private mutating func setTempo(_ microseconds: Int) {
        guard tempos.last?.microseconds != microseconds else { return }
        if tempos.last?.tick == endTick { tempos.removeLast() }
        if tempos.last?.microseconds != microseconds {
            tempos.append(Tempo(tick: endTick, microseconds: microseconds))
        }
    }

    /// Adds whole quarter notes that last exactly `length` microseconds together: some take one more than others.
    private mutating func fill(_ length: Int, near usual: Int) {
        var count = max((length + usual / 2) / usual, 1)
        if count > Self.mostQuarters { count = (length + Self.longestQuarter - 1) / Self.longestQuarter }
        let (quarter, longer) = length.quotientAndRemainder(dividingBy: count)
        setTempo(quarter)
        endTick += (count - longer) * Self.ticksPerQuarter
        if longer > 0 { setTempo(quarter + 1) }
        endTick += longer * Self.ticksPerQuarter
    }
}

extension TempoGrid {
    private mutating func addSignatures(leadShift: Int, meter: Int?) {
        let downbeats = beats.indices.filter { beats[$0].isDownbeat }
        let usual = usualBar(downbeats, meter: meter)
        var tick = 0
        if leadShift > 0 {
            setSignature(1, power: 2 + leadShift, at: 0)
            tick = Self.ticksPerQuarter >> leadShift
        }
        guard let first = downbeats.first else { return setSignature(usual, at: tick) }
        addBars((beats[first].tick - tick) / Self.ticksPerQuarter, usual: usual, at: tick)
        for (position, index) in downbeats.enumerated() {
            let isLast = position + 1 == downbeats.count
            let next = isLast ? beats.count : downbeats[position + 1]
            let lastTick = isLast ? beats[next - 1].tick + Self.ticksPerQuarter : beats[next].tick
            let found = quarters(from: index, to: next)
            var length = (lastTick - beats[index].tick) / Self.ticksPerQuarter
            if isLast, length == found { length = max(length, usual) }
            addBar(length, found: isLast && length == usual ? usual : found, usual: usual, at: beats[index].tick)
        }
    }

    /// Beats that follow each other without a pause from a downbeat on.
    private func quarters(from start: Int, to end: Int) -> Int {
        var index = start + 1
        while index < end, beats[index].tick - beats[index - 1].tick == Self.ticksPerQuarter { index += 1 }
        return index - start
    }

    /// The beats in most bars.
    private func usualBar(_ downbeats: [Int], meter: Int?) -> Int {
        if let meter, (1...Self.largestNumerator).contains(meter) { return meter }
        var counts: [Int: Int] = [:]
        for (index, next) in zip(downbeats, downbeats.dropFirst()) where next - index <= Self.largestNumerator {
            counts[next - index, default: 0] += 1
        }
        return counts.min { ($1.value, $0.key) < ($0.value, $1.key) }?.key ?? 4
    }

    /// A bar of `length` quarter notes that begins with `found` beats; the pause after them, if any, has its own bars.
    private mutating func addBar(_ length: Int, found: Int, usual: Int, at tick: Int) {
        let head = min(found, length)
        guard head <= Self.largestNumerator else { return addBars(length, usual: usual, at: tick) }
        setSignature(head, at: tick)
        addBars(length - head, usual: usual, at: tick + head * Self.ticksPerQuarter)
    }

    /// Bars of the usual length that fill a stretch, a shorter one first if need be.
    private mutating func addBars(_ length: Int, usual: Int, at tick: Int) {
        let odd = length % usual
        if odd > 0 { setSignature(odd, at: tick) }
        if length >= usual { setSignature(usual, at: tick + odd * Self.ticksPerQuarter) }
    }

    private mutating func setSignature(_ numerator: Int, power: Int = 2, at tick: Int) {
        if let last = signatures.last, last.numerator == numerator, last.denominatorPower == power { return }
        signatures.append(Signature(tick: tick, numerator: numerator, denominatorPower: power))
    }
}
