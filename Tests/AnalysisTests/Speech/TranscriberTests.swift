import Analysis
import Foundation
import Media
import Signal
import Testing

/// The parts that a transcript needs, as this machine has them.
private struct SpeechParts {
    let library: WhisperLibrary
    let model: ModelFile
    let voiceActivity: ModelFile
    /// For OpenVINO; nil on machines that it is not installed on.
    let encoder: SpeechEncoder?

    static let installed: SpeechParts? = {
        guard MediaTools().areAvailable,
            let configuration = try? AnalysisConfiguration(environment: ProcessInfo.processInfo.environment),
            let library = try? SpeechEngine.openLibrary(configuration)
        else { return nil }
        let catalog = ModelCatalog(configuration: configuration)
        guard let model = catalog.whisperModel(named: "tiny", language: "en"),
            let voiceActivity = catalog.voiceActivityModel
        else { return nil }
        let openVINO = configuration.cacheFolder + "/openvino/current/lib/libopenvino_c.so"
        let encoder = ModelCatalog.encoder(of: model).flatMap {
            try? SpeechEncoder(file: $0, library: openVINO, atOnce: 2)
        }
        return SpeechParts(library: library, model: model, voiceActivity: voiceActivity, encoder: encoder)
    }()
}

@Suite("Transcriber", .enabled(if: SpeechParts.installed != nil, "needs whisper.cpp and tiny.en: scripts/bootstrap"))
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

    @Test(
        "A chunk's text does not depend on the chunks before it, decoded greedily or sampled",
        arguments: [Transcriber.temperatures, [0.8]], [true, false])
    func noLeak(temperatures: [Float], usesOpenVINO: Bool) async throws {
        let parts = try #require(SpeechParts.installed)
        let samples = try await Self.fixture()
        let activity = try Self.activity(samples, blocks: [16_000], parts)
        let chunks = SpeechPlan.chunks(from: 0, to: Double(samples.count) / 16_000, activity: activity)
        #expect(chunks.count >= 3)
        let model = try WhisperModel(
            path: parts.model.path, library: parts.library, encoder: usesOpenVINO ? parts.encoder : nil)
        func texts(_ order: [Int], freshEachTime: Bool) async throws -> [Int: ChunkTranscript] {
            var transcriber = Transcriber(model: model, temperatures: temperatures)
            var result: [Int: ChunkTranscript] = [:]
            for index in order {
                if freshEachTime { transcriber = Transcriber(model: model, temperatures: temperatures) }
                let chunk = chunks[index]
                let part = Array(samples[Int(chunk.start * 16_000)..<Int(chunk.end * 16_000)])
                result[index] = try await transcriber.transcribe(part, of: chunk, language: "en")
            }
            return result
        }
        let fresh = try await texts(Array(chunks.indices), freshEachTime: true)
        #expect(fresh.values.contains { !$0.words.isEmpty })
        #expect(try await texts(chunks.indices.reversed(), freshEachTime: false) == fresh)
        #expect(try await texts(Array(chunks.indices) + [0, 2, 1], freshEachTime: false) == fresh)
    }

    @Test("What cannot be an encoder is refused, and so are sessions whose encoder gives another size")
    func wrongEncoder() async throws {
        let parts = try #require(SpeechParts.installed)
        guard parts.encoder != nil, let file = ModelCatalog.encoder(of: parts.model) else { return }
        let configuration = try AnalysisConfiguration(environment: ProcessInfo.processInfo.environment)
        let library = configuration.cacheFolder + "/openvino/current/lib/libopenvino_c.so"
        let folder = FileManager.default.temporaryDirectory.appending(path: "encoder-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let cut = EncoderFile(graph: folder + "/cut.xml", weights: folder + "/cut.bin")
        try FileManager.default.copyItem(atPath: file.graph, toPath: cut.graph)
        try Data(contentsOf: URL(filePath: file.weights)).prefix(1 << 20).write(to: URL(filePath: cut.weights))
        #expect(throws: (any Error).self) { try SpeechEncoder(file: cut, library: library, atOnce: 1) }
        #expect(throws: (any Error).self) { try SpeechEncoder(file: file, library: #filePath, atOnce: 1) }

        // A graph that gives back the spectrum itself.
        let graph = try String(contentsOfFile: file.graph, encoding: .utf8)
        let layers = graph.split(separator: "<layer ").dropFirst()
        let mel = try #require(layers.first { $0.contains("\"Parameter\"") })
        let other = """
            <?xml version="1.0"?><net name="other" version="11"><layers><layer \(mel)<layer id="1" name="frames" \
            type="Result" version="opset1"><input><port id="0" precision="FP32"><dim>1</dim><dim>80</dim><dim>-1</dim></port>\
            </input></layer></layers><edges><edge from-layer="0" from-port="0" to-layer="1" to-port="0"/></edges></net>
            """
        try Data(other.utf8).write(to: URL(filePath: cut.graph))
        let wrong = try SpeechEncoder(file: cut, library: library, atOnce: 1)
        let model = try WhisperModel(path: parts.model.path, library: parts.library, encoder: wrong)
        let chunk = SpeechPlan.Chunk(start: 0, end: 2, utterances: [0..<2])
        await #expect(throws: AnalysisError.self) {
            try await Transcriber(model: model).transcribe(
                [Float](repeating: 0.01, count: 32_000), of: chunk, language: "en")
        }
    }

    @Test("A cancelled transcript stops")
    func cancellation() async throws {
        let parts = try #require(SpeechParts.installed)
        let model = try WhisperModel(path: parts.model.path, library: parts.library)
        let transcriber = Transcriber(model: model)
        let chunk = SpeechPlan.Chunk(start: 0, end: 20, utterances: [0..<20])
        let task = Task {
            try await transcriber.transcribe([Float](repeating: 0, count: 320_000), of: chunk, language: "en")
        }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test("A file that is no model is refused, not trusted")
    func notAModel() throws {
        let parts = try #require(SpeechParts.installed)
        #expect(throws: AnalysisError.self) { try WhisperModel(path: #filePath, library: parts.library) }
        #expect(throws: AnalysisError.self) { try SileroVoiceDetector(path: #filePath) }
    }
}
