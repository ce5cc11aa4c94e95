import Analysis
import Testing
import TimelineModel

@Suite("Stretches of talk for the speaker encoder")
struct SpeakerStretchesTests {
    /// Stretches of talk given as (seconds of talk, seconds of pause) pairs.
    static func stretches(_ talk: [(Double, Double)]) -> [SpeakerStretch] {
        var stretches = SpeakerStretches()
        var result: [SpeakerStretch] = []
        for (length, pause) in talk {
            for _ in 0..<Int((length / 0.032).rounded()) { stretches.append(0.9, into: &result) }
            for _ in 0..<Int((pause / 0.032).rounded()) { stretches.append(0.1, into: &result) }
        }
        stretches.finish(frames: 1_000_000, into: &result)
        return result
    }

    @Test("A short talk is one stretch") func short() {
        #expect(Self.stretches([(0.96, 1)]) == [SpeakerStretch(heard: [0..<96], span: 0..<96, weight: 96)])
    }

    @Test("Talk that is too short is none") func tooShort() {
        #expect(Self.stretches([(0.32, 1)]).isEmpty)
    }

    @Test("Short pauses are left out of what is heard") func pauses() throws {
        let stretch = try #require(Self.stretches([(0.64, 0.192), (0.64, 1)]).first)
        #expect(stretch.heard == [0..<64, 83..<147])
        #expect(stretch.span == 0..<147)
        #expect(stretch.weight == 128)
    }

    @Test("Longer pauses part talks") func parted() {
        #expect(Self.stretches([(0.64, 0.352), (0.64, 1)]).count == 2)
    }

    @Test("Long talk is covered without gap or overlap", arguments: [1.7, 2.4, 3.2, 7.0, 29, 31, 100])
    func long(seconds: Double) {
        let stretches = Self.stretches([(seconds, 1)])
        let end = Int((seconds / 0.032).rounded()) * 512 / 160
        #expect(stretches.first?.span.lowerBound == 0)
        #expect(stretches.last.map { abs($0.span.upperBound - end) <= 1 } ?? false)
        for (first, second) in zip(stretches, stretches.dropFirst()) {
            #expect(first.span.upperBound == second.span.lowerBound)
        }
        for stretch in stretches {
            #expect(stretch.heardCount <= 160)
            #expect(stretch.weight == stretch.span.count)
        }
    }

    @Test("Probabilities beyond the end of the recording are nothing", arguments: [0, 1, 50, 99, 100, 150])
    func surplus(frames: Int) {
        var stretches = SpeakerStretches()
        var result: [SpeakerStretch] = []
        for hop in 0..<60 { stretches.append(hop < 20 || hop > 24 ? 1 : 0, into: &result) }
        stretches.finish(frames: frames, into: &result)
        #expect(result.allSatisfy { $0.span.upperBound <= frames && !$0.heard.isEmpty })
    }

    @Test("No more than half a minute of frames is needed") func bounded() {
        var stretches = SpeakerStretches()
        var result: [SpeakerStretch] = []
        for hop in 0..<5000 {
            stretches.append(1, into: &result)
            #expect(hop * 512 / 160 - stretches.earliestFrame <= 3010)
        }
    }
}

@Suite("Speaker turns")
struct SpeakerTurnsTests {
    /// Directions near the given axes; `spread` says how much else is in them.
    static func vector(_ axis: Int, spread: Float = 0, seed: Int = 0) -> [Float] {
        var state = UInt64(truncatingIfNeeded: seed &* 2_654_435_761 &+ 12345)
        return (0..<SpeakerEncoder.width).map { index in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let noise = Float(state >> 40) / Float(1 << 24) - 0.5
            return (index == axis ? 1 : 0) + spread * noise * 0.2
        }
    }

    /// Clusters one stretch of 0.8 s for each axis.
    static func clustering(
        _ axes: [Int], spread: Float = 0.5, options: SpeakerClustering.Options = .init()
    ) throws -> SpeakerClustering {
        let vectors = axes.enumerated().flatMap { place, axis in
            let raw = vector(axis, spread: spread, seed: place)
            let length = raw.reduce(0) { $0 + $1 * $1 }.squareRoot()
            return raw.map { $0 / length }
        }
        return try SpeakerClustering(
            vectors: vectors, weights: axes.map { _ in 80 }, heardCounts: axes.map { _ in 160 }, options: options)
    }

    /// Voices in stretches of 0.8 s, one after the other.
    static func voices(_ axes: [Int]) -> SpeakerVoices {
        var voices = SpeakerVoices()
        for (place, axis) in axes.enumerated() {
            let span = (place * 80)..<(place * 80 + 80)
            // Embeddings are never negative.
            let embedding = vector(axis, spread: 0.3, seed: place).map { max(0, $0) }
            voices.append(SpeakerStretch(heard: [span], span: span, weight: 80), vector: embedding)
        }
        return voices
    }

    @Test("Each voice is one group", arguments: 1...5) func groups(count: Int) throws {
        let axes = (0..<60).map { $0 * 7 % 11 % count }
        let clustering = try Self.clustering(axes)
        #expect(clustering.voices.count == count)
        for (first, axis) in zip(clustering.labels, axes) {
            for (second, other) in zip(clustering.labels, axes) { #expect((first == second) == (axis == other)) }
        }
    }

    @Test("Blocks give the groups of the whole") func blocks() throws {
        let axes = (0..<300).map { $0 * 5 % 7 % 4 }
        var options = SpeakerClustering.Options()
        let whole = try Self.clustering(axes, options: options)
        options.blockCount = 32
        #expect(try Self.clustering(axes, options: options).labels == whole.labels)
    }

    @Test("A moment of another sound is no speaker") func ghost() throws {
        var axes = [Int](repeating: 0, count: 60)
        axes[20] = 9
        axes[21] = 9
        let clustering = try Self.clustering(axes)
        #expect(clustering.voices.count == 1)
        #expect(Set(clustering.labels).count == 1)
    }

    @Test("Nothing gives nothing") func nothing() throws {
        #expect(try SpeakerVoices().turns(speech: [0..<10]).isEmpty)
        #expect(try Self.voices([0, 0, 0]).turns(speech: []).isEmpty)
        #expect(try Self.voices([0, 0, 0]).turns(speech: [100..<120]).isEmpty)
        var silent = SpeakerVoices()
        silent.append(
            SpeakerStretch(heard: [0..<160], span: 0..<160, weight: 160),
            vector: [Float](repeating: 0, count: SpeakerEncoder.width))
        #expect(try silent.turns(speech: [0..<2]).isEmpty)
    }

    @Test("Speakers are numbered as they are heard, and turns cover the speech") func numbers() throws {
        let axes = [7, 7, 7, 7, 2, 2, 2, 2, 2, 7, 7, 7, 5, 5, 5, 5]
        let speech = [0.1..<3.9, 4.0..<12.75]
        let turns = try Self.voices(axes).turns(speech: speech)
        #expect(turns.map(\.speaker) == [1, 2, 2, 1, 3])
        let times = turns.flatMap { [$0.start, $0.end] }
        for (found, expected) in zip(times, [0.1, 3.2, 3.2, 3.9, 4.0, 7.2, 7.2, 9.6, 9.6, 12.75]) {
            #expect(abs(found - expected) < 1e-9)
        }
        for turn in turns { #expect(turn.confidence > 0.9 && turn.confidence <= 1) }
    }

    @Test("A voice outside of the speech is none") func outside() throws {
        let axes = [Int](repeating: 1, count: 10) + [Int](repeating: 4, count: 10)
        let turns = try Self.voices(axes).turns(speech: [0..<4, 4.1..<8])
        #expect(turns.map(\.speaker) == [1, 1])
    }

    @Test("Who is told to stop tells no voices apart") func cancelled() async {
        let task = Task {
            while !Task.isCancelled { await Task.yield() }
            return try Self.voices([1, 1, 4, 4]).turns(speech: [0..<3.2])
        }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test("Slivers join their neighbours") func slivers() throws {
        let axes = [1, 1, 1, 1, 1, 4, 4, 4, 4, 4]
        let turns = try Self.voices(axes).turns(speech: [0..<4.1, 4.2..<8])
        #expect(turns.map(\.speaker) == [1, 2])
        #expect(turns.first?.end == 4.1)
    }
}

@Suite("Speaker listener", .enabled(if: SpeakerModel.path != nil, "needs the speaker model: scripts/bootstrap"))
struct SpeakerListenerTests {
    static func voices(block: Int, lag: Int) throws -> SpeakerVoices {
        let path = try #require(SpeakerModel.path)
        let listener = SpeakerListener(weights: try SpeakerEncoderWeights(path: path))
        let samples = SpeakerEncoderTests.signal(count: 16_000 * 12)
        let probabilities = (0..<(samples.count / 512)).map { Float($0 % 90 < 70 ? 0.9 : 0.05) }
        var given = 0
        samples.withUnsafeBufferPointer { samples in
            for start in stride(from: 0, to: samples.count, by: block) {
                let part = samples[start..<min(samples.count, start + block)]
                listener.append(UnsafeBufferPointer(rebasing: part))
                let due = max(given, min(probabilities.count, (start + part.count) / 512 - lag))
                listener.append(voice: probabilities[given..<due])
                given = due
            }
        }
        listener.append(voice: probabilities[given...])
        return listener.finish()
    }

    @Test("Voices do not depend on blocks or on when probabilities come", arguments: [(1000, 0), (4096, 100), (50, 3)])
    func blocks(block: Int, lag: Int) throws {
        let whole = try Self.voices(block: 16_000 * 12, lag: 0)
        let other = try Self.voices(block: block, lag: lag)
        #expect(!whole.stretches.isEmpty)
        #expect(other.stretches == whole.stretches)
        #expect(other.vectors == whole.vectors)
    }
}
