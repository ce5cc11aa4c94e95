import Analysis
import Foundation
import Media
import Signal
import Testing
import TimelineModel

/// The parts that a transcript needs, as this machine has them.
private struct SpeechParts {
    let model: ModelFile
    let voiceActivity: ModelFile

    static let installed: SpeechParts? = {
        guard MediaTools().areAvailable,
            let configuration = try? AnalysisConfiguration(environment: ProcessInfo.processInfo.environment)
        else { return nil }
        let catalog = ModelCatalog(configuration: configuration)
        guard let model = catalog.whisperModel(named: "tiny", language: "en"),
            let voiceActivity = catalog.voiceActivityModel
        else { return nil }
        return SpeechParts(model: model, voiceActivity: voiceActivity)
    }()
}

@Suite("Transcriber", .enabled(if: SpeechParts.installed != nil, "needs tiny.en: scripts/bootstrap"))
struct TranscriberTests {
    /// The fixture, mono at 16 kHz.
    private static func fixture() async throws -> [Float] {
        let path = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Fixtures/harbour.flac").path
        return try await AudioDecoder().withDecodedAudio(of: path) { audio in
            var mono: [Float] = []
            for try await block in audio {
                mono += stride(from: 0, to: block.count - 1, by: 2).map { (block[$0] + block[$0 + 1]) / 2 }
            }
            return Resampler.resample(mono, from: audio.format.sampleRateHz, to: 16_000) ?? []
        }
    }

    private static func activity(_ samples: [Float], blocks: [Int], _ parts: SpeechParts) throws -> VoiceActivity {
        let detector = try SileroVoiceDetector(path: parts.voiceActivity.path)
        var rest = samples[...]
        var turn = 0
        while !rest.isEmpty {
            let block = Array(rest.prefix(blocks[turn % blocks.count]))
            _ = try block.withUnsafeBufferPointer { try detector.append($0) }
            rest = rest.dropFirst(block.count)
            turn += 1
        }
        return try detector.finish()
    }

    @Test("Voice activity does not depend on the blocks in which samples come")
    func blocks() async throws {
        let parts = try #require(SpeechParts.installed)
        // Twice the recording, so that a block of a minute begins inside it.
        let once = try await Self.fixture()
        let samples = once + once
        let whole = try Self.activity(samples, blocks: [samples.count], parts)
        #expect(try Self.activity(samples, blocks: [4096], parts) == whole)
        #expect(try Self.activity(samples, blocks: [1, 700_001, 333], parts) == whole)
        #expect(whole.probabilities.count == (samples.count + VoiceActivity.hop - 1) / VoiceActivity.hop)
        #expect(whole.probabilities.allSatisfy { (0...1).contains($0) })
    }

    /// White noise, always the same.
    private static func noise(_ count: Int) -> [Float] {
        var state: UInt32 = 1
        return (0..<count).map { _ in
            state = state &* 1_664_525 &+ 1_013_904_223
            return (Float(state >> 8) / Float(1 << 24) - 0.5) * 0.1
        }
    }

    private static func parts(_ parts: SpeechParts) async throws -> [Transcriber.Part] {
        let samples = try await fixture()
        let activity = try activity(samples, blocks: [16_000], parts)
        return SpeechPlan.chunks(from: 0, to: Double(samples.count) / 16_000, activity: activity).map { chunk in
            let range = Int(chunk.start * 16_000)..<Int(chunk.end * 16_000)
            return Transcriber.Part(chunk: chunk, samples: Array(samples[range]))
        }
    }

    @Test(
        "A chunk's text depends neither on the chunks beside it nor on those before it, searched for or drawn",
        arguments: [Transcriber.temperatures, [0.8]])
    func noLeak(temperatures: [Float]) async throws {
        let installed = try #require(SpeechParts.installed)
        let parts = try await Self.parts(installed)
        #expect(parts.count >= 3)
        let model = try WhisperModel(path: installed.model.path)
        func transcriber() -> Transcriber { Transcriber(model: model, temperatures: temperatures) }
        var alone: [ChunkTranscript] = []
        for part in parts { alone += try await transcriber().transcribe([part], language: "en") }
        #expect(alone.contains { !$0.words.isEmpty } || temperatures == [0.8])
        let together = transcriber()
        for _ in 0..<2 { #expect(try await together.transcribe(parts, language: "en") == alone) }
        let reversed = try await together.transcribe(parts.reversed(), language: "en")
        #expect(reversed == alone.reversed())
    }

    @Test("In noise a chunk's text is unsure; knowing what is said around it, it is surer and nearer to what was said")
    func told() async throws {
        let installed = try #require(SpeechParts.installed)
        let model = try WhisperModel(path: installed.model.path)
        let clear = try await Self.parts(installed)
        let noisy = clear.map { part in
            let noise = Self.noise(part.samples.count)
            return Transcriber.Part(chunk: part.chunk, samples: zip(part.samples, noise).map(+))
        }
        let transcriber = Transcriber(model: model)
        let said = try await transcriber.transcribe(clear, language: "en")
        let alone = try await transcriber.transcribe(noisy, language: "en")
        let unsure = alone.indices.filter { TranscriptGate.isUnsure(alone[$0], of: noisy[$0].chunk) }
        #expect(!unsure.isEmpty)
        let tokens = said.map(\.tokens)
        // With what is said in all chunks, their own text among them.
        let parts = unsure.map {
            Transcriber.Part(chunk: noisy[$0].chunk, samples: noisy[$0].samples, said: tokens.flatMap(\.self))
        }
        let told = try await transcriber.transcribe(parts, language: "en")
        #expect(told == (try await transcriber.transcribe(parts.reversed(), language: "en")).reversed())
        let better = zip(unsure, told).filter { TranscriptGate.prefers($1, to: alone[$0], of: noisy[$0].chunk) }
        #expect(!better.isEmpty)
        func hits(_ transcript: ChunkTranscript, _ index: Int) -> Int {
            Set(transcript.words.map { $0.text.lowercased() }).intersection(
                said[index].words.map { $0.text.lowercased() }
            )
            .count
        }
        #expect(better.reduce(0) { $0 + hits($1.1, $1.0) } > better.reduce(0) { $0 + hits(alone[$1.0], $1.0) })
    }

    @Test("Silence and noise have no words")
    func nothing() async throws {
        let installed = try #require(SpeechParts.installed)
        let transcriber = Transcriber(model: try WhisperModel(path: installed.model.path))
        let noise = Self.noise(160_000)
        let chunk = SpeechPlan.Chunk(start: 0, end: 10, utterances: [0..<10])
        let heard = try await transcriber.transcribe(
            [[Float](repeating: 0, count: 160_000), noise, [], [0.5]].map { .init(chunk: chunk, samples: $0) },
            language: "en")
        #expect(heard.allSatisfy { $0.words.isEmpty })
        #expect(try await transcriber.transcribe([], language: "en").isEmpty)
    }

    @Test("Samples that are no numbers are heard as silence")
    func notNumbers() async throws {
        let installed = try #require(SpeechParts.installed)
        let transcriber = Transcriber(model: try WhisperModel(path: installed.model.path))
        let chunk = SpeechPlan.Chunk(start: 0, end: 2, utterances: [0..<2])
        let samples = (0..<32_000).map { $0 % 3 == 0 ? Float.nan : $0 % 3 == 1 ? .infinity : -.infinity }
        let heard = try await transcriber.transcribe([.init(chunk: chunk, samples: samples)], language: "en")
        #expect(heard.map(\.words) == [[]])
    }

    @Test("A cancelled transcript stops")
    func cancellation() async throws {
        let installed = try #require(SpeechParts.installed)
        let transcriber = Transcriber(model: try WhisperModel(path: installed.model.path))
        let chunk = SpeechPlan.Chunk(start: 0, end: 20, utterances: [0..<20])
        let part = Transcriber.Part(chunk: chunk, samples: [Float](repeating: 0, count: 320_000))
        // Seconds of work; it is stopped in the middle.
        let parts = [Transcriber.Part](repeating: part, count: 64)
        let task = Task { try await transcriber.transcribe(parts, language: "en") }
        try await Task.sleep(for: .milliseconds(300))
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test("A file that is no model is refused, not trusted")
    func notAModel() throws {
        #expect(throws: AnalysisError.self) { try WhisperModel(path: #filePath) }
        #expect(throws: AnalysisError.self) { try SileroVoiceDetector(path: #filePath) }
    }
}
