import Analysis
import Testing
import TimelineModel

@Suite("Rhythm of a stream")
struct RhythmStreamingTests {
    @Test("The size of the blocks does not change a bit", arguments: [1, 219, 220, 4096, 30_011])
    func blockSizes(block: Int) {
        var samples = RhythmFixtures.noise(8, gain: 0.01)
        for time in RhythmFixtures.grid(bpm: 110, seconds: 8) { RhythmFixtures.addKick(&samples, at: time) }
        let whole = RhythmFixtures.track(samples)
        #expect(!whole.beats.isEmpty)
        #expect(RhythmFixtures.track(samples, block: block) == whole)
    }

    @Test("The same recording gives the same result")
    func determinism() {
        let samples = RhythmFixtures.clicks(RhythmFixtures.grid(bpm: 97, seconds: 15), seconds: 15)
        #expect(RhythmFixtures.track(samples) == RhythmFixtures.track(samples))
    }

    @Test("Nothing, and next to nothing, gives no beats", arguments: [0, 1, 100, 1023, 5000])
    func shortInput(count: Int) {
        let samples = [Float](repeating: 0.5, count: count)
        let music = [LayerSegment(start: 0, end: 10, confidence: 1)]
        #expect(RhythmFixtures.track(samples).beats.isEmpty)
        #expect(RhythmFixtures.track(samples, music: music).beats.isEmpty)
    }

    @Test("NaN, infinities and huge samples give finite beats in order")
    func wildSamples() {
        var samples = RhythmFixtures.clicks(RhythmFixtures.grid(bpm: 120, seconds: 12), seconds: 12)
        for (index, value) in [Float.nan, .infinity, -.infinity, 3e38, -3e38].enumerated() {
            samples[40_000 + 7_000 * index] = value
        }
        let music = [LayerSegment(start: 0, end: 12, confidence: 1)]
        let beats = RhythmFixtures.track(samples, music: music).beats
        #expect(beats.count > 10)
        #expect(beats.allSatisfy { $0.time.isFinite && $0.time >= 0 && (0...1).contains($0.confidence) })
        #expect(zip(beats, beats.dropFirst()).allSatisfy { $0.time < $1.time })
    }
}
