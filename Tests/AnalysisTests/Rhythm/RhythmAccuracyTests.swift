import Analysis
import Testing
import TimelineModel

/// Signals made on the spot, with known beats and bars, against a checked-in baseline. Music is measured by `make bench-beats`.
@Suite("Rhythm accuracy")
struct RhythmAccuracyTests {
    /// What this version reaches, rounded down. Raise it with the network; never lower it.
    private static let baseline: [String: Figures] = [
        "clicks": Figures(f: 0.98, continuity: 0.95, downbeatF: 0),
        "loud off-beat hats": Figures(f: 0.95, continuity: 0.9, downbeatF: 0),
        "ramp": Figures(f: 0.97, continuity: 0.95, downbeatF: 0),
        "accented bars": Figures(f: 0.98, continuity: 0.95, downbeatF: 0.95),
        "bands": Figures(f: 0.95, continuity: 0.9, downbeatF: 0.8),
    ]

    private struct Figures {
        var f: Double
        var continuity: Double
        var downbeatF: Double
    }

    private struct Excerpt {
        var samples: [Float]
        var beats: [Double]
        var downbeats: [Double] = []
    }

    private static func excerpts(_ group: String) -> [Excerpt] {
        switch group {
        case "clicks":
            return [60.0, 75, 90, 100, 120, 140, 160, 180, 200].map { bpm in
                let beats = RhythmFixtures.grid(bpm: bpm, seconds: 24)
                return Excerpt(samples: RhythmFixtures.clicks(beats, seconds: 24), beats: beats)
            }
        case "loud off-beat hats":
            return [80.0, 100, 120, 128, 140].map { bpm in
                let (samples, beats) = RhythmFixtures.offBeatHats(bpm: bpm, seconds: 24, seed: UInt64(bpm))
                return Excerpt(samples: samples, beats: beats)
            }
        case "ramp":
            var beats: [Double] = []
            var time = 0.3
            while time < 29.8 {
                beats.append(time)
                time += 60 / (100 + 40 * time / 30)
            }
            return [Excerpt(samples: RhythmFixtures.clicks(beats, seconds: 30), beats: beats)]
        case "accented bars":
            return [3, 4].flatMap { meter in
                [72.0, 96, 120, 150].map { bpm in
                    let beats = RhythmFixtures.grid(bpm: bpm, seconds: 24)
                    var excerpt = Excerpt(samples: RhythmFixtures.silence(24), beats: beats)
                    for (index, time) in beats.enumerated() {
                        let isDownbeat = index % meter == 0
                        if isDownbeat { excerpt.downbeats.append(time) }
                        RhythmFixtures.addClick(
                            &excerpt.samples, at: time, hertz: isDownbeat ? 1500 : 1000, gain: isDownbeat ? 0.8 : 0.4)
                    }
                    return excerpt
                }
            }
        default:
            return [(84.0, 3), (104, 4), (118, 4), (132, 4)].map { band(bpm: $0, meter: $1) }
        }
    }

    /// Bass drum, snare and hats with a bass note and a chord for each bar.
    private static func band(bpm: Double, meter: Int) -> Excerpt {
        var noise = RhythmFixtures.Noise(seed: UInt64(bpm))
        let beats = RhythmFixtures.grid(bpm: bpm, seconds: 28)
        var excerpt = Excerpt(samples: RhythmFixtures.silence(28), beats: beats)
        let roots = [55.0, 73.4, 82.4, 61.7]
        for (index, time) in beats.enumerated() {
            let position = index % meter
            if position == 0 {
                excerpt.downbeats.append(time)
                let root = roots[index / meter % roots.count]
                for (ratio, gain) in [(1.0, 0.25), (4, 0.1), (5, 0.08), (6, 0.08)] as [(Double, Float)] {
                    RhythmFixtures.addTone(
                        &excerpt.samples, at: time, hertz: root * ratio, seconds: 60 / bpm * Double(meter), gain: gain)
                }
            }
            if position == 0 || meter == 4 && position == 2 { RhythmFixtures.addKick(&excerpt.samples, at: time) }
            if meter == 4 ? position % 2 == 1 : position > 0 {
                RhythmFixtures.addBurst(
                    &excerpt.samples, at: time, decay: 0.05, gain: 0.5, isBright: false, noise: &noise)
            }
            for half in [0, 30 / bpm] {
                RhythmFixtures.addBurst(
                    &excerpt.samples, at: time + half, decay: 0.015, gain: 0.2, isBright: true, noise: &noise)
            }
        }
        return excerpt
    }

    /// F-measure within 70 ms, each beat counted once (Dixon 2001), and the share of true beats with a found one within
    /// 17.5 % of the interval whose interval is as long, to 17.5 % (CMLt of Hainsworth 2004, in essence).
    private static func figures(_ found: [TrackedBeat], _ excerpt: Excerpt) -> Figures {
        let times = found.map(\.time)
        var continuous = 0
        for (index, time) in excerpt.beats.enumerated() {
            let interval =
                index > 0 ? time - excerpt.beats[index - 1] : excerpt.beats[min(1, excerpt.beats.count - 1)] - time
            guard let nearest = times.indices.min(by: { abs(times[$0] - time) < abs(times[$1] - time) }),
                abs(times[nearest] - time) < 0.175 * interval
            else { continue }
            let neighbour = nearest > 0 ? times[nearest] - times[nearest - 1] : interval
            if abs(neighbour / interval - 1) < 0.175 { continuous += 1 }
        }
        let downbeats = found.filter { $0.beatInBar == 1 }.map(\.time)
        return Figures(
            f: f(times, excerpt.beats), continuity: Double(continuous) / Double(excerpt.beats.count),
            downbeatF: f(downbeats, excerpt.downbeats))
    }

    private static func f(_ found: [Double], _ truth: [Double]) -> Double {
        var hits = 0
        var next = 0
        for time in truth {
            while next < found.count, found[next] < time - 0.07 { next += 1 }
            guard next < found.count, found[next] <= time + 0.07 else { continue }
            hits += 1
            next += 1
        }
        let total = found.count + truth.count
        return total > 0 ? 2 * Double(hits) / Double(total) : 0
    }

    @Test("Signals reach the baseline", arguments: baseline.keys.sorted())
    func reachesBaseline(group: String) throws {
        let required = try #require(Self.baseline[group])
        let all = Self.excerpts(group).map { excerpt in
            Self.figures(RhythmFixtures.track(excerpt.samples).beats, excerpt)
        }
        func mean(_ value: (Figures) -> Double) -> Double { all.map(value).reduce(0, +) / Double(all.count) }
        #expect(mean(\.f) >= required.f)
        #expect(mean(\.continuity) >= required.continuity)
        #expect(mean(\.downbeatF) >= required.downbeatF)
    }

    @Test("Beats on clicks are on time: no constant lateness")
    func bias() {
        let errors = Self.excerpts("clicks").flatMap { excerpt in
            RhythmFixtures.errors(RhythmFixtures.track(excerpt.samples).beats, excerpt.beats)
        }
        #expect(abs(RhythmFixtures.median(errors)) < 0.010)
    }

    @Test("Two trackers on two threads give what one gives")
    func threads() async {
        let samples = Self.excerpts("bands")[1].samples
        let alone = RhythmFixtures.track(samples)
        async let first = Task.detached { RhythmFixtures.track(samples) }.value
        async let second = Task.detached { RhythmFixtures.track(samples) }.value
        #expect(await first == alone)
        #expect(await second == alone)
        #expect(!alone.beats.isEmpty)
    }
}
