import Analysis
import Testing
import TimelineModel

/// Programmes made on the spot, with known layers, against a checked-in baseline.
@Suite("Scene accuracy")
struct SceneAccuracyTests {
    /// F1 that this version reaches on the programmes below, rounded down. Raise it with the network; never lower it.
    /// Music is the lowest because the buzzing imitation of speech, with the fixed tones it is made of, passes for music
    /// in places; spoken language does not.
    private static let baseline = (speech: 0.98, music: 0.82, silence: 0.98, other: 0.95)

    private enum Part { case speech, music, bed, silence, other }

    private struct Programme {
        var samples: [Float] = []
        var speech: [ClosedRange<Double>] = []
        var music: [ClosedRange<Double>] = []
        var silence: [ClosedRange<Double>] = []
        var other: [ClosedRange<Double>] = []
    }

    private static let orders: [[Part]] = [
        [.speech, .silence, .music, .other, .silence, .speech],
        [.music, .bed, .music, .silence, .other, .speech],
        [.silence, .other, .speech, .other, .music, .silence],
        [.bed, .silence, .speech, .silence, .other, .music],
    ]

    private func programme(_ index: Int) -> Programme {
        var result = Programme()
        for (place, part) in Self.orders[index].enumerated() {
            let seconds = 4.0 + Double((index * 5 + place * 3) % 4)
            let start = Double(result.samples.count) / Double(SceneSignals.rate)
            let span = start...(start + seconds)
            let seed = UInt64(index * 10 + place + 1)
            let tempo = 80 + Double((index * 37 + place * 23) % 80)
            switch part {
            case .speech:
                result.samples += SceneSignals.syllables(seconds, level: -20, seed: seed)
                result.speech.append(span)
            case .music:
                let isSparse = (index + place) % 2 == 0
                result.samples += SceneSignals.music(seconds, level: -22, tempo: tempo, withDrums: !isSparse)
                result.music.append(span)
            case .bed:
                result.samples += SceneSignals.mixed(
                    SceneSignals.music(seconds, level: -33, tempo: tempo),
                    SceneSignals.syllables(seconds, level: -18, seed: seed))
                result.speech.append(span)
                result.music.append(span)
            case .silence:
                result.samples += SceneSignals.silence(seconds)
                result.silence.append(span)
            case .other:
                result.samples +=
                    place % 2 == 0
                    ? SceneSignals.noise(seconds, level: -24, seed: seed)
                    : SceneSignals.mixed(
                        SceneSignals.sine(seconds, hertz: 100, level: -28),
                        SceneSignals.noise(seconds, level: -40, seed: seed))
                result.other.append(span)
            }
        }
        let floor = SceneSignals.noise(
            Double(result.samples.count) / Double(SceneSignals.rate), level: index % 2 == 0 ? -70 : -60, seed: 77)
        result.samples = SceneSignals.mixed(result.samples, floor)
        return result
    }

    @Test("Layers of the programmes reach the baseline F1")
    func programmes() {
        var counts = [[Double]](repeating: [0, 0, 0], count: 4)
        for index in Self.orders.indices {
            let truth = programme(index)
            let seconds = Double(truth.samples.count) / Double(SceneSignals.rate)
            let voice = SceneSignals.voice(truth.speech, seconds: seconds)
            let found = SceneSignals.analyzed(truth.samples, voice: voice)
            let pairs = [
                (truth.speech, found.speech), (truth.music, found.music), (truth.silence, found.silence),
                (truth.other, found.other),
            ]
            for (layer, (expected, segments)) in pairs.enumerated() {
                for frame in 0..<Int(seconds * 100) {
                    let time = (Double(frame) + 0.5) / 100
                    let isTrue = expected.contains { $0.contains(time) }
                    let isFound = segments.contains { $0.start <= time && time < $0.end }
                    if isTrue && isFound { counts[layer][0] += 1 }
                    if !isTrue && isFound { counts[layer][1] += 1 }
                    if isTrue && !isFound { counts[layer][2] += 1 }
                }
            }
        }
        let scores = counts.map { 2 * $0[0] / (2 * $0[0] + $0[1] + $0[2]) }
        #expect(scores[0] >= Self.baseline.speech)
        #expect(scores[1] >= Self.baseline.music)
        #expect(scores[2] >= Self.baseline.silence)
        #expect(scores[3] >= Self.baseline.other)
    }
}
