import Analysis
import Testing
import TimelineModel

@Suite("Scene layers of synthesised signals")
struct SceneAnalyzerTests {
    private func seconds(_ segments: [LayerSegment]) -> Double { segments.reduce(0) { $0 + $1.end - $1.start } }

    @Test("Digital silence is silence from end to end and nothing else")
    func digitalSilence() throws {
        let layers = SceneSignals.analyzed(SceneSignals.silence(10))
        #expect(layers.speech.isEmpty && layers.music.isEmpty && layers.other.isEmpty)
        let only = try #require(layers.silence.first)
        #expect(layers.silence.count == 1 && only.start == 0 && only.end == 10)
        #expect(only.confidence > 0.5)
    }

    @Test("White noise is other sound", arguments: [-12, -22, -32] as [Float])
    func whiteNoise(level: Float) {
        let layers = SceneSignals.analyzed(SceneSignals.noise(10, level: level))
        #expect(layers.speech.isEmpty && layers.music.isEmpty && layers.silence.isEmpty)
        #expect(seconds(layers.other) > 9.8)
    }

    @Test("Mains hum is neither speech nor music; loud hum is other sound", arguments: [-20, -35, -50] as [Float])
    func hum(level: Float) {
        let layers = SceneSignals.analyzed(SceneSignals.sine(10, hertz: 50, level: level))
        #expect(layers.speech.isEmpty && layers.music.isEmpty)
        if level > -40 { #expect(seconds(layers.other) > 9.5) }
    }

    @Test("A voice in a room with hum, a fan and a device's tone has no music", arguments: [-60, -50, -40] as [Float])
    func devices(level: Float) {
        var samples = SceneSignals.mixed(
            SceneSignals.syllables(20), SceneSignals.noise(20, level: level, seed: 8))
        for (hertz, gain) in [(50.0, 8), (100, 4), (150, 6), (440, 6), (1330, 0)] as [(Double, Float)] {
            samples = SceneSignals.mixed(samples, SceneSignals.sine(20, hertz: hertz, level: level + gain))
        }
        let voice = VoiceActivity(probabilities: [Float](repeating: 0.97, count: samples.count / VoiceActivity.hop))
        let layers = SceneSignals.analyzed(samples, voice: voice)
        #expect(seconds(layers.speech) > 19)
        #expect(layers.music.isEmpty)
    }

    @Test("Plucked chords with and without drums are music", arguments: [true, false])
    func music(withDrums: Bool) {
        let layers = SceneSignals.analyzed(SceneSignals.music(12, withDrums: withDrums))
        #expect(layers.speech.isEmpty)
        #expect(seconds(layers.music) > 11)
    }

    @Test(
        "What is decided window by window is what is decided at once",
        arguments: [(length: 1600, margin: 1600), (length: 2000, margin: 1008), (length: 3200, margin: 1600)])
    func windows(window: (length: Int, margin: Int)) {
        let floor = SceneSignals.noise(117, level: -72, seed: 6)
        let parts =
            SceneSignals.silence(7) + SceneSignals.music(30) + SceneSignals.silence(5)
            + SceneSignals.noise(3, level: -20)
            + SceneSignals.silence(9) + SceneSignals.noise(8, level: -25) + SceneSignals.music(40, withDrums: true)
            + SceneSignals.silence(15)
        let samples = SceneSignals.mixed(floor, parts)
        // A voice that comes and goes, also across borders of windows.
        let hops = samples.count / VoiceActivity.hop
        let voice = VoiceActivity(probabilities: (0..<hops).map { $0 % 250 < 100 ? 0.95 : 0.01 })
        var options = SceneDecoder.Options()
        options.networkWeight = 0.1
        let whole = SceneSignals.analyzed(samples, voice: voice, options: options)
        let pieces = SceneSignals.analyzed(samples, voice: voice, options: options, window: window)
        #expect(!whole.speech.isEmpty && !whole.music.isEmpty && !whole.silence.isEmpty && !whole.other.isEmpty)
        for layer in [\SceneLayers.speech, \.music, \.silence, \.other] {
            let (expected, found) = (whole[keyPath: layer], pieces[keyPath: layer])
            #expect(found.map(\.start) == expected.map(\.start) && found.map(\.end) == expected.map(\.end))
            for (first, second) in zip(found, expected) { #expect(abs(first.confidence - second.confidence) < 1e-6) }
        }
    }

    @Test("Nothing is left between music and the silence after it")
    func musicEnds() throws {
        let floor = SceneSignals.noise(14, level: -72, seed: 6)
        let layers = SceneSignals.analyzed(
            SceneSignals.mixed(floor, SceneSignals.music(10) + SceneSignals.silence(4)))
        #expect(layers.other.isEmpty && layers.music.count == 1)
        #expect(layers.silence.map(\.start) == layers.music.map(\.end))
    }

    @Test("Room noise between louder parts is silence")
    func roomBetweenParts() {
        let floor = SceneSignals.noise(12, level: -70, seed: 4)
        let parts = SceneSignals.noise(4, level: -20) + SceneSignals.silence(4) + SceneSignals.noise(4, level: -20)
        let layers = SceneSignals.analyzed(SceneSignals.mixed(floor, parts))
        #expect(layers.silence.count == 1)
        #expect(abs((layers.silence.first?.start ?? 0) - 4) < 0.05)
        #expect(abs((layers.silence.first?.end ?? 0) - 8) < 0.05)
        #expect(layers.other.count == 2)
    }

    @Test("A quiet room throughout is silence")
    func quietRoom() {
        let layers = SceneSignals.analyzed(SceneSignals.noise(10, level: -70))
        #expect(layers.speech.isEmpty && layers.music.isEmpty && layers.other.isEmpty)
        #expect(seconds(layers.silence) > 9.9)
    }

    @Test("Speech edges follow the waveform within 30 ms although the voice model is late")
    func speechEdges() throws {
        let floor = SceneSignals.noise(10, level: -68, seed: 8)
        let parts =
            SceneSignals.silence(2.13) + SceneSignals.syllables(2.5) + SceneSignals.silence(1.52)
            + SceneSignals.syllables(2.0, seed: 11) + SceneSignals.silence(1.85)
        let spans = [2.13...4.63, 6.15...8.15]
        let voice = SceneSignals.voice(spans, seconds: 10)
        let layers = SceneSignals.analyzed(SceneSignals.mixed(floor, parts), voice: voice)
        try #require(layers.speech.count == 2)
        for (segment, span) in zip(layers.speech, spans) {
            #expect(abs(segment.start - span.lowerBound) <= 0.03)
            #expect(abs(segment.end - span.upperBound) <= 0.03)
        }
    }

    @Test("A pause divides speech only when it reaches the least silence", arguments: [300, 600, 1000])
    func pauses(minSilenceMs: Int) {
        let parts = SceneSignals.syllables(3) + SceneSignals.silence(0.7) + SceneSignals.syllables(3, seed: 5)
        let voice = SceneSignals.voice([0...3, 3.7...6.7], seconds: 6.7)
        let layers = SceneSignals.analyzed(parts, voice: voice, minSilenceMs: minSilenceMs)
        #expect(layers.speech.count == (minSilenceMs > 700 ? 1 : 2))
    }

    @Test("Speech over music gives both layers, and the music runs on")
    func speechOverMusic() {
        let music = SceneSignals.music(16, level: -30)
        let parts = SceneSignals.silence(5) + SceneSignals.syllables(6, level: -18) + SceneSignals.silence(5)
        let voice = SceneSignals.voice([5...11], seconds: 16)
        let layers = SceneSignals.analyzed(SceneSignals.mixed(music, parts), voice: voice)
        #expect(layers.speech.count == 1)
        #expect(abs(seconds(layers.speech) - 6) < 0.5)
        #expect(seconds(layers.music) > 14)
        #expect(layers.silence.isEmpty)
    }

    @Test("Layers are the same, to the bit, whatever the blocks", arguments: [1, 7, 160, 1000, 100_000])
    func blocks(block: Int) {
        let parts =
            SceneSignals.music(25) + SceneSignals.silence(1) + SceneSignals.syllables(4)
            + SceneSignals.noise(3, level: -25)
        let whole = SceneSignals.analyzed(parts, block: parts.count)
        #expect(SceneSignals.analyzed(parts, block: block) == whole)
        #expect(!whole.music.isEmpty && !whole.silence.isEmpty)
    }

    @Test("Nothing, one sample, NaN and infinities are safe")
    func degenerate() {
        #expect(SceneSignals.analyzed([]) == SceneLayers())
        #expect(SceneSignals.analyzed([0.5]).speech.isEmpty)
        #expect(SceneSignals.analyzed([Float](repeating: 0.1, count: 900), minSilenceMs: .max).speech.isEmpty)
        let broken = SceneSignals.analyzed([Float](repeating: .nan, count: 32_000))
        #expect(broken == SceneSignals.analyzed(SceneSignals.silence(2)))
        let huge = (0..<32_000).map { $0 % 3 == 0 ? Float.infinity : Float($0 % 5) * 1e37 }
        let layers = SceneSignals.analyzed(huge, minSilenceMs: -5)
        for segment in layers.speech + layers.music + layers.silence + layers.other {
            #expect((0...1).contains(segment.confidence) && segment.start < segment.end && segment.end <= 2)
        }
    }

    @Test("A voice track shorter or longer than the recording, or broken, is safe")
    func voiceLengths() {
        let parts = SceneSignals.syllables(4) + SceneSignals.silence(2)
        let full = SceneSignals.voice([0...4], seconds: 6)
        let expected = SceneSignals.analyzed(parts, voice: full)
        let longer = VoiceActivity(probabilities: full.probabilities + [Float](repeating: 0.9, count: 500))
        #expect(SceneSignals.analyzed(parts, voice: longer) == expected)
        for count in [0, 1, 50] {
            let shorter = VoiceActivity(probabilities: Array(full.probabilities.prefix(count)))
            #expect(SceneSignals.analyzed(parts, voice: shorter).silence.count == 1)
        }
        let broken = VoiceActivity(probabilities: full.probabilities.map { _ in .nan })
        #expect(SceneSignals.analyzed(parts, voice: broken) == SceneSignals.analyzed(parts))
    }

    @Test("Silence and other sound overlap nothing; every layer is sorted")
    func exclusive() {
        let parts =
            SceneSignals.music(6) + SceneSignals.silence(0.8) + SceneSignals.syllables(3)
            + SceneSignals.noise(3, level: -24) + SceneSignals.silence(2) + SceneSignals.noise(0.4, level: -15)
            + SceneSignals.silence(1)
        let layers = SceneSignals.analyzed(parts, voice: SceneSignals.voice([6.8...9.8], seconds: 16.2))
        let claims = layers.silence + layers.other
        for (index, segment) in claims.enumerated() {
            for rival in claims[(index + 1)...] + layers.speech + layers.music {
                #expect(segment.end <= rival.start || rival.end <= segment.start)
            }
        }
        for layer in [layers.speech, layers.music, layers.silence, layers.other] {
            for (first, second) in zip(layer, layer.dropFirst()) { #expect(first.end <= second.start) }
            for segment in layer { #expect((0...1).contains(segment.confidence)) }
        }
        #expect(layers.silence.allSatisfy { $0.end - $0.start >= 0.5 - 1e-9 })
    }
}
