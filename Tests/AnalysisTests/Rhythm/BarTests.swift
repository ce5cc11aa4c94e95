import Analysis
import Testing
import TimelineModel

@Suite("Bars")
struct BarTests {
    private func accented(meter: Int, bpm: Double, firstBeat: Int = 0) -> (samples: [Float], downbeats: [Double]) {
        var samples = RhythmFixtures.silence(16)
        var downbeats: [Double] = []
        for (index, time) in RhythmFixtures.grid(bpm: bpm, seconds: 16).enumerated() {
            let isDownbeat = (index + firstBeat) % meter == 0
            if isDownbeat { downbeats.append(time) }
            RhythmFixtures.addClick(
                &samples, at: time, hertz: isDownbeat ? 1500 : 1000, gain: isDownbeat ? 0.9 : 0.4)
        }
        return (samples, downbeats)
    }

    @Test("Accented bars of three and four are found with their downbeats", arguments: [3, 4], [96.0, 140])
    func accentedBars(meter: Int, bpm: Double) {
        let (samples, downbeats) = accented(meter: meter, bpm: bpm)
        let result = RhythmFixtures.track(samples)
        #expect(result.meter == meter)
        let found = result.beats.filter { $0.beatInBar == 1 }
        #expect(found.count == downbeats.count)
        #expect(RhythmFixtures.errors(found, downbeats).allSatisfy { abs($0) < 0.05 })
    }

    @Test("Music that begins in the middle of a bar starts with its number in the bar")
    func upbeat() {
        let (samples, _) = accented(meter: 4, bpm: 120, firstBeat: 3)
        #expect(RhythmFixtures.track(samples).beats.prefix(3).map(\.beatInBar) == [4, 1, 2])
    }

    @Test("Beats are numbered through each bar")
    func numbering() {
        let (samples, _) = accented(meter: 3, bpm: 120)
        let numbers = RhythmFixtures.track(samples).beats.map(\.beatInBar)
        for (one, next) in zip(numbers, numbers.dropFirst()) {
            #expect(next == one.map { $0 % 3 + 1 })
        }
    }

    @Test("A metronome without accents has beats and no bars", arguments: [90.0, 140])
    func noBars(bpm: Double) {
        let truth = RhythmFixtures.grid(bpm: bpm, seconds: 16)
        let result = RhythmFixtures.track(RhythmFixtures.clicks(truth, seconds: 16))
        #expect(result.beats.count == truth.count)
        #expect(result.meter == nil)
        #expect(result.beats.allSatisfy { $0.beatInBar == nil })
    }

    @Test("A metre hint is kept", arguments: [2, 3, 5, 12])
    func meterHint(meter: Int) {
        let samples = RhythmFixtures.clicks(RhythmFixtures.grid(bpm: 120, seconds: 14), seconds: 14)
        let result = RhythmFixtures.track(samples, hints: RhythmHints(meter: meter))
        #expect(result.meter == meter)
        #expect(result.beats.compactMap(\.beatInBar).max() == meter)
    }
}
