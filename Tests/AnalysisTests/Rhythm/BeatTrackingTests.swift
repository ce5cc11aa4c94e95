import Analysis
import Testing
import TimelineModel

@Suite("Beat tracking")
struct BeatTrackingTests {
    @Test(
        "A click track gives each click as a beat, on time and at its own tempo", arguments: [60.0, 90, 120, 174, 200])
    func clickTrack(bpm: Double) throws {
        let truth = RhythmFixtures.grid(bpm: bpm, seconds: 14)
        let result = RhythmFixtures.track(RhythmFixtures.clicks(truth, seconds: 14))
        let tempo = try #require(result.tempoBPM)
        #expect(abs(tempo / bpm - 1) < 0.01)
        let errors = RhythmFixtures.errors(result.beats, truth)
        #expect(abs(RhythmFixtures.median(errors)) < 0.010)
        #expect(errors.allSatisfy { abs($0) < 0.025 })
        #expect(result.beats.count == truth.count)
        #expect(result.beats.allSatisfy { $0.confidence > 0.5 && $0.confidence <= 1 })
    }

    @Test("Beats are the bass drum, not the louder hi-hat between", arguments: [90.0, 120, 135])
    func offBeatHats(bpm: Double) {
        let (samples, truth) = RhythmFixtures.offBeatHats(bpm: bpm, seconds: 14, seed: 7)
        let errors = RhythmFixtures.errors(RhythmFixtures.track(samples).beats, truth.dropLast(2))
        #expect(errors.filter { abs($0) < 0.05 }.count > truth.count * 8 / 10)
    }

    @Test("A step in tempo is followed within two beats")
    func tempoStep() {
        var truth: [Double] = []
        var time = 0.3
        while time < 29.8 {
            truth.append(time)
            time += 60 / (time < 15 ? 100.0 : 125)
        }
        let beats = RhythmFixtures.track(RhythmFixtures.clicks(truth, seconds: 30)).beats
        let errors = RhythmFixtures.errors(beats, truth)
        #expect(errors.filter { abs($0) > 0.025 }.count <= 2)
        #expect(abs(beats.count - truth.count) <= 2)
    }

    @Test("A slowly rising tempo is followed throughout")
    func tempoRamp() {
        var truth: [Double] = []
        var time = 0.3
        while time < 29.8 {
            truth.append(time)
            time += 60 / (100 + 40 * time / 30)
        }
        let errors = RhythmFixtures.errors(RhythmFixtures.track(RhythmFixtures.clicks(truth, seconds: 30)).beats, truth)
        #expect(errors.allSatisfy { abs($0) < 0.03 })
    }

    @Test("A tempo hint decides between a tempo and its double", arguments: [100.0, 200])
    func tempoHint(bpm: Double) throws {
        var samples = RhythmFixtures.silence(14)
        for (index, time) in RhythmFixtures.grid(bpm: 200, seconds: 14).enumerated() {
            RhythmFixtures.addClick(&samples, at: time, gain: index % 2 == 0 ? 0.8 : 0.5)
        }
        let result = RhythmFixtures.track(samples, hints: RhythmHints(bpm: bpm))
        #expect(abs(try #require(result.tempoBPM) / bpm - 1) < 0.01)
    }

    @Test("Hints that no music can have are ignored")
    func uselessHints() {
        let samples = RhythmFixtures.clicks(RhythmFixtures.grid(bpm: 120, seconds: 6), seconds: 6)
        let plain = RhythmFixtures.track(samples)
        let hints = zip([Double.nan, .infinity, -120, 0, 1e300], [Int.min, 0, 1, 13, Int.max])
        for (bpm, meter) in hints {
            #expect(RhythmFixtures.track(samples, hints: RhythmHints(bpm: bpm, meter: meter)) == plain)
        }
    }
}
