import Analysis
import Testing
import TimelineModel

/// Activations made up frame by frame: what the decoder does whatever the network.
@Suite("Bar pointer")
struct BarPointerTests {
    /// Logits with a peak at each beat, `[frames][2]`; between frames as the network is trained to give them.
    private func logits(beats: [(time: Double, isDownbeat: Bool)], seconds: Double) -> [Float] {
        let rate = RhythmFrontEnd.frameRate
        var likelihoods = [(beat: Double, downbeat: Double)](repeating: (0.01, 0.005), count: Int(seconds * rate))
        for (time, isDownbeat) in beats {
            let place = time * rate
            for frame in Int(place) - 1...Int(place) + 2 where likelihoods.indices.contains(frame) {
                let height = 0.95 * max(0, 1 - abs(Double(frame) - place) / 1.5)
                likelihoods[frame].beat = max(likelihoods[frame].beat, height)
                if isDownbeat { likelihoods[frame].downbeat = max(likelihoods[frame].downbeat, 0.9 * height) }
            }
        }
        return likelihoods.flatMap { [logit($0.beat), logit($0.downbeat)] }
    }

    private func logit(_ likelihood: Double) -> Float {
        Float(RhythmFixtures.naturalLogarithm(likelihood / (1 - likelihood)))
    }

    private func bars(meter: Int, bpm: Double, from: Double = 0.3, to: Double) -> [(time: Double, isDownbeat: Bool)] {
        stride(from: from, to: to, by: 60 / bpm).enumerated().map { ($1, $0 % meter == 0) }
    }

    private func beats(
        _ truth: [(time: Double, isDownbeat: Bool)], seconds: Double, hints: RhythmHints = RhythmHints()
    ) -> RhythmResult {
        RhythmTracker.beats(
            logits: logits(beats: truth, seconds: seconds),
            music: [LayerSegment(start: 0, end: seconds, confidence: 1)],
            hints: hints)
    }

    @Test("Where the scene hears no music, single soft beats of a clear run stay")
    func softBeatsElsewhere() {
        let truth = bars(meter: 4, bpm: 120, to: 39)
        var values = logits(beats: truth, seconds: 40)
        for (index, beat) in truth.enumerated() where beat.time > 12 && index % 3 == 0 {
            soften(&values, at: beat.time, to: 0.15)
        }
        let found = RhythmTracker.beats(logits: values, music: [LayerSegment(start: 0, end: 10, confidence: 1)]).beats
        #expect(found.count > truth.count - 4)
        #expect(zip(found, found.dropFirst()).allSatisfy { $1.time - $0.time < 0.6 })
    }

    @Test("Outside of music every fourth beat may carry the others; all of them unsure are none")
    func sureBars() {
        let truth = bars(meter: 4, bpm: 100, to: 39)
        let hints = RhythmHints(bpm: 100)
        var values = logits(beats: truth, seconds: 40)
        for beat in truth where !beat.isDownbeat { soften(&values, at: beat.time, to: 0.08) }
        #expect(RhythmTracker.beats(logits: values, music: [], hints: hints).beats.count > truth.count - 4)
        for beat in truth { soften(&values, at: beat.time, to: 0.15) }
        #expect(RhythmTracker.beats(logits: values, music: [], hints: hints).beats.isEmpty)
    }

    /// Lowers the peak of a beat.
    private func soften(_ logits: inout [Float], at time: Double, to likelihood: Double) {
        let place = Int(time * RhythmFrontEnd.frameRate)
        for frame in place - 1...place + 2 { logits[2 * frame] = min(logits[2 * frame], logit(likelihood)) }
    }

    @Test("Bars of two to seven beats are counted", arguments: [2, 3, 4, 5, 6, 7], [72.0, 133])
    func meters(meter: Int, bpm: Double) {
        let truth = bars(meter: meter, bpm: bpm, to: 39)
        let result = beats(truth, seconds: 40)
        #expect(result.meter == meter)
        #expect(result.beats.count == truth.count)
        #expect(RhythmFixtures.errors(result.beats, truth.map(\.time)).allSatisfy { abs($0) < 0.006 })
        let found = result.beats.filter { $0.beatInBar == 1 }.map(\.time)
        let expected = truth.filter(\.isDownbeat).map(\.time)
        #expect(found.count == expected.count)
        #expect(zip(found, expected).allSatisfy { abs($0 - $1) < 0.006 })
    }

    @Test(
        "Tempi over the whole range are found between the frames",
        arguments: [41.0, 57.7, 88.3, 121.9, 177.1, 203.5, 238])
    func tempi(bpm: Double) throws {
        let truth = bars(meter: 4, bpm: bpm, to: 59)
        let result = beats(truth, seconds: 60)
        #expect(abs(try #require(result.tempoBPM) / bpm - 1) < 0.01)
        #expect(abs(result.beats.count - truth.count) <= 1)
    }

    @Test("A change of tempo and of metre is followed")
    func changes() {
        let first = bars(meter: 4, bpm: 100, to: 29.7)
        let second = bars(meter: 3, bpm: 125, from: 29.7, to: 59)
        let result = beats(first + second, seconds: 60)
        let errors = RhythmFixtures.errors(result.beats, (first + second).map(\.time))
        #expect(errors.filter { abs($0) > 0.02 }.count <= 2)
        #expect(result.beats.filter { $0.time < 25 }.compactMap(\.beatInBar).max() == 4)
        #expect(result.beats.filter { $0.time > 35 }.compactMap(\.beatInBar).max() == 3)
    }

    @Test("Between two pieces of music there are no beats, and each has its own phase")
    func rest() {
        let first = bars(meter: 4, bpm: 110, to: 40)
        let second = bars(meter: 4, bpm: 97, from: 90, to: 149)
        let found = beats(first + second, seconds: 150).beats
        #expect(found.allSatisfy { $0.time < 42 || $0.time > 88 })
        let errors = RhythmFixtures.errors(found, (first + second).map(\.time))
        #expect(errors.allSatisfy { abs($0) < 0.01 })
        #expect(found.count == first.count + second.count)
    }

    @Test("Hours are decoded as minutes are, with a lag that is fixed")
    func hours() {
        let truth = bars(meter: 4, bpm: 123.4, to: 7198)
        let result = beats(truth, seconds: 7200)
        #expect(result.beats.count == truth.count)
        #expect(zip(result.beats, truth).allSatisfy { abs($0.time - $1.time) < 0.006 })
        #expect(zip(result.beats, truth).allSatisfy { ($0.beatInBar == 1) == $1.isDownbeat })
    }

    @Test("Beats that the network is unsure of have less confidence")
    func confidence() {
        let truth = bars(meter: 4, bpm: 120, to: 29)
        let sure = beats(truth, seconds: 30)
        let values = logits(beats: truth, seconds: 30).map { $0 - 2 }
        let unsure = RhythmTracker.beats(logits: values, music: [LayerSegment(start: 0, end: 30, confidence: 1)])
        #expect(unsure.beats.count == sure.beats.count)
        #expect(zip(unsure.beats, sure.beats).allSatisfy { $0.confidence < $1.confidence })
        #expect(sure.beats.allSatisfy { (0...1).contains($0.confidence) })
    }

    @Test("Logits that are not finite do no harm")
    func notFinite() {
        var values = logits(beats: bars(meter: 4, bpm: 120, to: 29), seconds: 30)
        for index in stride(from: 100, to: values.count, by: 97) {
            values[index] = [.nan, .infinity, -.infinity][index % 3]
        }
        let result = RhythmTracker.beats(logits: values, music: [LayerSegment(start: 0, end: 30, confidence: 1)])
        #expect(result.beats.count > 40)
        #expect(result.beats.allSatisfy { $0.time.isFinite && $0.confidence.isFinite })
    }
}
