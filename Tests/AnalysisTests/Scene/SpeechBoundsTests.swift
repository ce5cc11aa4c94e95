import Analysis
import Testing
import TimelineModel

/// The voice model's probabilities are given, and decide alone: 0.1 says neither yes nor no.
@Suite("Where speech begins, pauses and ends when no level tells")
struct SpeechBoundsTests {
    private static let unsure: Float = 0.1

    private static let voiceAlone = {
        var options = SceneDecoder.Options()
        options.networkWeight = 0
        options.bedVoice = .infinity
        return options
    }()

    /// What is spoken between `first` and `last` seconds of 16, over music that is as loud.
    private func overMusic(
        _ voice: [(ClosedRange<Double>, Float)], last: Double = 10, options: SceneDecoder.Options = voiceAlone
    ) -> [LayerSegment] {
        let speech = SceneSignals.silence(4) + SceneSignals.syllables(last - 4, level: -24)
        return speechLayer(
            SceneSignals.mixed(SceneSignals.music(16, level: -18), speech), voice: voice, options: options)
    }

    private func speechLayer(
        _ samples: [Float], voice: [(ClosedRange<Double>, Float)], options: SceneDecoder.Options = voiceAlone
    ) -> [LayerSegment] {
        SceneSignals.analyzed(samples, voice: probabilities(voice, count: samples.count), options: options)
            .speech
    }

    private func probabilities(_ spans: [(ClosedRange<Double>, Float)], count: Int) -> VoiceActivity {
        VoiceActivity(
            probabilities: (0...count / VoiceActivity.hop).map { hop in
                let centre = (Double(hop) + 0.5) * Double(VoiceActivity.hop) / Double(SceneSignals.rate)
                return spans.first { $0.0.contains(centre) }?.1 ?? 0.01
            })
    }

    @Test("Speech over loud music pauses where nothing speaks for a voice")
    func pause() throws {
        let found = overMusic([(4...6, 0.98), (6...7, Self.unsure), (7...10, 0.98)])
        try #require(found.count == 2)
        #expect(abs(found[0].end - 6) < 0.1 && abs(found[1].start - 7) < 0.1)
    }

    @Test("Where the network is sure that somebody speaks there is no pause over music")
    func sureOfVoice() {
        var options = Self.voiceAlone
        options.bedVoice = -.infinity
        #expect(overMusic([(4...6, 0.98), (6...7, Self.unsure), (7...10, 0.98)], options: options).count == 1)
    }

    @Test("A breath's pause over loud music divides nothing")
    func shortPause() {
        #expect(overMusic([(4...6, 0.98), (6...6.3, Self.unsure), (6.3...10, 0.98)]).count == 1)
    }

    @Test("Over loud music a beginning or an end without a voice is none, unless it is long")
    func ends() throws {
        let short = overMusic([(3...4, Self.unsure), (4...10, 0.98), (10...11, Self.unsure)])
        let only = try #require(short.first)
        #expect(short.count == 1 && abs(only.start - 4) < 0.1 && abs(only.end - 10) < 0.1)
        let long = try #require(overMusic([(2...4, Self.unsure), (4...10, 0.98)]).first)
        #expect(long.start < 2.5)
    }

    /// Noise throughout, so that no level tells where the voice begins, which is at 5 s.
    private func overNoise(leadIn: Double, _ probability: Float, start: Double = 5) -> Double? {
        let noise = SceneSignals.noise(12, level: -20, seed: 9)
        let speech = SceneSignals.silence(start) + SceneSignals.syllables(4, level: -20)
        let voice = [(start - leadIn...start, probability), (start...start + 4, 0.98)]
        return speechLayer(SceneSignals.mixed(noise, speech), voice: voice).first?.start
    }

    @Test("What leads in to a voice that begins at a step is another sound")
    func leadIn() throws {
        let start = try #require(overNoise(leadIn: 0.45, Self.unsure))
        #expect(abs(start - 5) < 0.1)
    }

    @Test("A beginning is kept where it is short, where a voice is heard in it or where it begins the recording")
    func keptLeadIn() throws {
        let short = try #require(overNoise(leadIn: 0.2, Self.unsure))
        #expect(short < 4.9)
        let heard = try #require(overNoise(leadIn: 0.45, 0.3))
        #expect(heard < 4.65)
        #expect(overNoise(leadIn: 0.45, Self.unsure, start: 0.45) == 0)
    }

    /// A word of .4 s that is heard from 3 s on, in noise: its first half loud, its second at another level.
    private func word(second level: Float, pause: Double) throws -> LayerSegment {
        let noise = SceneSignals.noise(3.4 + pause, level: -50, seed: 4)
        let word =
            SceneSignals.silence(3) + SceneSignals.sine(0.2, hertz: 300, level: -18)
            + SceneSignals.sine(0.2, hertz: 300, level: level)
        let found = speechLayer(SceneSignals.mixed(noise, word), voice: [(3...3.4, 0.98)])
        return try #require(found.count == 1 ? found.first : nil)
    }

    @Test("A short word keeps its quiet end")
    func quietEnd() throws {
        let found = try word(second: -52, pause: 3)
        #expect(abs(found.start - 3) < 0.06 && found.end > 3.27)
    }

    @Test("A word that falls in level ends where the recording ends")
    func lastWord() throws {
        let found = try word(second: -26, pause: 0)
        #expect(abs(found.start - 3) < 0.06 && abs(found.end - 3.4) < 0.03)
    }
}
