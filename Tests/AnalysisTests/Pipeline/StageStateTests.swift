import Analysis
import Foundation
import Signal
import Testing

/// What was put down, where the next one finds it.
private struct PutDown {
    private var state: [UInt8] = []
    private(set) var lists: [[UInt8]] = []

    /// Puts a stage down, which lets go of its lists.
    mutating func take(_ stage: some Resumable) {
        var bytes: [UInt8] = []
        var writer = StateWriter { bytes += $0 }
        stage.save(to: &writer)
        writer.finish()
        state = bytes
        if lists.isEmpty { lists = writer.growth.map { _ in [] } }
        for (index, more) in writer.growth.enumerated() { lists[index] += more }
    }

    /// Gives another stage what was put down.
    func give(_ stage: some Resumable) throws {
        var reader = StateReader(state: state[...], listBytes: lists.map(\.count))
        try stage.restore(from: &reader)
        #expect(reader.isAtEnd)
    }

    /// A state cut short, or of something else, is refused.
    func expectRefused(by make: () throws -> some Resumable) throws {
        for count in [0, 1, state.count / 2, state.count - 1] {
            var reader = StateReader(state: state.prefix(count), listBytes: lists.map(\.count))
            let stage = try make()
            #expect(throws: StateReader.Mismatch.self) {
                try stage.restore(from: &reader)
                guard reader.isAtEnd else { throw StateReader.Mismatch() }
            }
        }
    }
}

@Suite("Stages that are put down and taken up")
struct StageStateTests {
    /// Hears samples whole, put down and kept, and put down at some places and taken up by others; all must find the same.
    private func expectSame<Stage: Resumable, Found: Equatable>(
        _ samples: [Float], cuts: [Int], make: () throws -> Stage, hear: (Stage, [Float]) throws -> Void,
        finish: (Stage) throws -> Found
    ) throws {
        let whole = try make()
        try hear(whole, samples)
        let expected = try finish(whole)

        for changesHands in [false, true] {
            var stage = try make()
            var down = PutDown()
            var start = 0
            for cut in cuts {
                try hear(stage, Array(samples[start..<cut]))
                start = cut
                down.take(stage)
                guard changesHands else { continue }
                stage = try make()
                try down.give(stage)
            }
            try hear(stage, Array(samples[start...]))
            try stage.recall { down.lists[$0].withUnsafeBytes($1) }
            #expect(try finish(stage) == expected)
            try down.expectRefused(by: make)
        }
    }

    /// Chords with drums, noise, silence and a voice-like sound.
    private static let sound: [Float] =
        SceneSignals.music(14) + SceneSignals.noise(3, level: -30) + SceneSignals.silence(2)
        + SceneSignals.syllables(9) + SceneSignals.music(12, tempo: 97)

    @Test("Loudness, of odd channel counts too", arguments: [1, 2, 5])
    func loudness(channels: Int) throws {
        try expectSame(
            Self.sound, cuts: [44_101, 44_102, 200_003],
            make: { try #require(LoudnessMeter(sampleRate: 16_000, channelCount: channels)) },
            hear: { $0.process($1) }, finish: { $0.finish() })
    }

    @Test("Mixing down and resampling", arguments: [(2, 44_100, 16_000), (1, 48_000, 22_050), (6, 8000, 16_000)])
    func resampling(channels: Int, input: Int, output: Int) throws {
        final class Chain: Resumable {
            let mixer: Downmixer
            let resampler: Resampler
            var found: [Float] = []
            init(_ mixer: Downmixer, _ resampler: Resampler) { (self.mixer, self.resampler) = (mixer, resampler) }
            func save(to writer: inout StateWriter) {
                mixer.save(to: &writer)
                resampler.save(to: &writer)
                writer.write(found)
            }
            func restore(from reader: inout StateReader) throws {
                try mixer.restore(from: &reader)
                try resampler.restore(from: &reader)
                found = try reader.values()
            }
        }
        // Channels that cancel each other for a while.
        let samples = Self.sound.enumerated().map { $0 / 30_000 % 3 == 1 && $0 % 2 == 1 ? -$1 : $1 }
        try expectSame(
            samples, cuts: [7, 30_001, 31_000, 180_000],
            make: {
                Chain(
                    try #require(Downmixer(channelCount: channels, sampleRate: input)),
                    try #require(Resampler(inputRate: input, outputRate: output)))
            },
            hear: { chain, block in
                var mono: [Float] = []
                chain.mixer.process(block, into: &mono)
                chain.resampler.process(mono, into: &chain.found)
            },
            finish: { chain in
                var mono: [Float] = []
                chain.mixer.finish(into: &mono)
                chain.resampler.process(mono, into: &chain.found)
                chain.resampler.finish(into: &chain.found)
                return chain.found
            })
    }

    @Test("Scene") func scene() throws {
        try expectSame(
            Self.sound, cuts: [161, 160_000, 160_001, 400_000], make: { SceneAnalyzer() },
            hear: { scene, block in block.withUnsafeBufferPointer { scene.append($0) } },
            finish: { $0.finish(voice: nil, minSilenceMs: 300) })
    }

    @Test(
        "Rhythm, with and without what the caller knows", arguments: [RhythmHints(), RhythmHints(bpm: 110, meter: 4)])
    func rhythm(hints: RhythmHints) throws {
        // Three minutes, so that beats become final before, between and after the places.
        let samples = Self.sound + Self.sound + Self.sound + Self.sound
        try expectSame(
            samples, cuts: [1000, 900_003, 1_400_000, 2_000_000], make: { RhythmTracker(hints: hints) },
            hear: { tracker, block in block.withUnsafeBufferPointer { tracker.append($0) } },
            finish: { tracker in
                let found = tracker.finish(music: nil)
                #expect(found.beats.count > 20)
                return found
            })
    }

    @Test("Voice activity") func voice() throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "silero-\(UUID().uuidString).bin")
        try Data(SileroModelFile.bytes()).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        // More than a minute: a block begins in between.
        let samples = Self.sound + Self.sound
        try expectSame(
            samples, cuts: [511, 300_000, 970_000], make: { try SileroVoiceDetector(path: file.path) },
            hear: { detector, block in _ = try block.withUnsafeBufferPointer { try detector.append($0) } },
            finish: { try $0.finish().probabilities })
    }

    @Test(
        "Voices, on a thread of their own too", .enabled(if: SpeakerModel.path != nil, "needs the speaker model"),
        arguments: [false, true])
    func speakers(usesThread: Bool) throws {
        let weights = try SpeakerEncoderWeights(path: try #require(SpeakerModel.path))
        let samples = SpeakerEncoderTests.signal(count: 16_000 * 90)
        try expectSame(
            samples, cuts: [512 * 218, 512 * 1031, 512 * 2187],
            make: { SpeakerListener(weights: weights, usesThread: usesThread) },
            hear: { listener, block in
                block.withUnsafeBufferPointer { listener.append($0) }
                // Places are at whole hops.
                listener.append(voice: (0..<(block.count / 512)).map { _ in Float(0.9) })
            },
            finish: { listener in
                let voices = listener.finish()
                #expect(voices.stretches.count > 50)
                return voices.stretches.map { [$0.span.lowerBound, $0.span.upperBound, $0.weight] }
                    + [voices.vectors.map { Int($0.bitPattern) }]
            })
    }

    @Test("A list lets go of what was saved and has it back in order; other bytes are refused")
    func lists() throws {
        var list = GrowingList<Int16>()
        var saved: [UInt8] = []
        for part in [[1, 2, 3], [], [4], [5, 6]] as [[Int16]] {
            list.append(contentsOf: part)
            var writer = StateWriter(sink: nil)
            list.save(to: &writer)
            saved += writer.growth[0]
            #expect(list.values.isEmpty)
        }
        list.append(7)
        #expect(list.count == 7)
        var damaged = list
        #expect(throws: StateReader.Mismatch.self) {
            try damaged.recall { saved.dropLast(2).withUnsafeBytes($1) }
        }
        try list.recall { _, take in
            saved[..<4].withUnsafeBytes(take)
            saved[4...].withUnsafeBytes(take)
        }
        #expect(list.values == [1, 2, 3, 4, 5, 6, 7])
    }
}
