import Analysis
import Testing
import TimelineModel

@Suite("Where there are beats")
struct PulseGatingTests {
    @Test("Silence, noise and hum have no beats")
    func nothing() {
        #expect(RhythmFixtures.track(RhythmFixtures.noise(16)).beats.isEmpty)
        #expect(RhythmFixtures.track(RhythmFixtures.noise(16, gain: 0.001)).beats.isEmpty)
        #expect(RhythmFixtures.track(RhythmFixtures.hum(12)).beats.isEmpty)
        #expect(RhythmFixtures.track(RhythmFixtures.silence(20)) == RhythmResult())
    }

    @Test("Silence has no beats even where somebody claims music")
    func silentMusic() {
        let music = [LayerSegment(start: 0, end: 20, confidence: 1)]
        #expect(RhythmFixtures.track(RhythmFixtures.silence(20), music: music).beats.isEmpty)
    }

    @Test("Bursts at the uneven pace of speech have no beats", arguments: [1, 2, 3] as [UInt64])
    func syllables(seed: UInt64) {
        let music: [LayerSegment]? = seed == 1 ? [] : nil
        #expect(RhythmFixtures.track(Self.speech(seconds: 36, seed: seed), music: music).beats.isEmpty)
    }

    @Test("Clicks after speech and silence have beats, and only they")
    func clicksAmongOthers() throws {
        var samples = Self.speech(seconds: 45, seed: 5)
        for index in Int(15 * RhythmFixtures.rate)..<samples.count { samples[index] = 0 }
        let truth = RhythmFixtures.grid(bpm: 120, seconds: 20).map { $0 + 20 }
        for time in truth { RhythmFixtures.addClick(&samples, at: time) }
        let beats = RhythmFixtures.track(samples, music: []).beats
        #expect(RhythmFixtures.errors(beats, truth).allSatisfy { abs($0) < 0.03 })
        #expect(beats.allSatisfy { $0.time > 15 && $0.time < 42 })
        #expect(beats.count - truth.count <= 2)
    }

    @Test("Beats of known music stay inside of it")
    func insideMusic() {
        let truth = RhythmFixtures.grid(bpm: 100, seconds: 30)
        var samples = RhythmFixtures.noise(30, gain: 0.01)
        for time in truth where time > 8 && time < 22 { RhythmFixtures.addClick(&samples, at: time) }
        let music = [LayerSegment(start: 8, end: 22, confidence: 0.9)]
        let beats = RhythmFixtures.track(samples, music: music).beats
        #expect(beats.count >= 22)
        #expect(beats.allSatisfy { $0.time > 7.5 && $0.time < 22.5 })
    }

    @Test("Segments with impossible times do no harm")
    func impossibleSegments() {
        let samples = RhythmFixtures.clicks(RhythmFixtures.grid(bpm: 120, seconds: 10), seconds: 10)
        let music = [
            LayerSegment(start: .nan, end: 5, confidence: 1), LayerSegment(start: -1e308, end: 1e308, confidence: 1),
            LayerSegment(start: 9, end: 2, confidence: 1), LayerSegment(start: 0, end: .infinity, confidence: 1),
        ]
        #expect(RhythmFixtures.track(samples, music: music).beats.count == 20)
    }

    /// Bursts of coloured noise 120 to 420 ms apart, with pauses: uneven as syllables are.
    static func speech(seconds: Double, seed: UInt64) -> [Float] {
        var noise = RhythmFixtures.Noise(seed: seed)
        var samples = RhythmFixtures.noise(seconds, gain: 0.0005)
        var time = 0.2
        while time < seconds - 0.5 {
            let gain = 0.5 + 0.3 * noise.next()
            let decay = 0.05 + 0.03 * Double(noise.next())
            RhythmFixtures.addBurst(&samples, at: time, decay: decay, gain: gain, isBright: false, noise: &noise)
            time += 0.27 + 0.15 * Double(noise.next())
            if noise.next() > 0.75 { time += 0.4 + 0.3 * Double(noise.next()) }
        }
        return samples
    }
}
