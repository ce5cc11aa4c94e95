import Analysis
import Files
import Foundation

extension FuzzRegistry {
    /// Files of models.
    static let modelFileTargets: [FuzzTarget] = [
        // The first byte tells whether the mel filters, which no fuzzer would write, are put into their place.
        FuzzTarget("whisper-file", tokens: ["lmgg", "decoder.positional_embedding", "encoder.conv1.bias"]) { bytes in
            var model = Array(bytes.dropFirst())
            let head = 4 + 11 * 4 + 2 * 4
            if bytes.first ?? 0 < 128, model.count >= head {
                let bands = model[12 + 9 * 4 - 8] == 128 ? 128 : 80
                model.insert(contentsOf: [UInt8](repeating: 0, count: bands * 201 * 4), at: head)
            }
            guard let file = try? WhisperFile(path: Scratch.file("whisper", model)) else { return false }
            try promise(file.tokens.count <= file.shape.vocabulary, "more tokens than the vocabulary has")
            _ = try? WhisperVocabulary(count: file.shape.vocabulary, texts: file.tokens)
            for name in ["decoder.positional_embedding", "encoder.conv1.bias", "a"] {
                for numbers in [try? file.numbers(name, 32), try? file.numbers(name, 4, 8), try? file.numbers(name, 1)]
                {
                    try promise(numbers?.allSatisfy(\.isFinite) ?? true, "a number of \(name) is not finite")
                }
            }
            return true
        },
        FuzzTarget("voice-model", tokens: ["silero-16k", "_model.decoder.decoder.2.bias"]) { bytes in
            // A whole model is large: now and then one is changed, mostly the head alone is read.
            let isWhole = bytes.first ?? 0 >= 224
            let model = isWhole ? Patches.apply(bytes.dropFirst(), to: voiceModel) : Array(bytes.dropFirst())
            return SileroWeights(bytes: model) != nil
        },
        FuzzTarget("speaker-model", tokens: ["CUELSPKR"]) { bytes in
            let isWhole = bytes.first ?? 0 >= 250 && bytes.reduce(0, &+) % 64 == 63
            let model = isWhole ? Patches.apply(bytes.dropFirst(), to: speakerModel) : Array(bytes.dropFirst())
            return (try? SpeakerEncoderWeights(bytes: model)) != nil
        },
        FuzzTarget("model-manifest", tokens: ["ggml-tiny.en.bin", "tiny.en", "sha256", "licence"]) { bytes in
            let folder = Scratch.folder("models")
            _ = Scratch.file("models/ggml-tiny.en-q8_0.bin", [1])
            _ = Scratch.file("models/manifest.json", bytes)
            var configuration = AnalysisConfiguration(cacheFolder: folder)
            configuration.modelsFolder = folder
            let catalog = ModelCatalog(configuration: configuration)
            try promise(catalog.models.count == 1, "a manifest changes which models are installed")
            let isTaken = catalog.models.first?.listing != nil
            let name = String(decoding: bytes.prefix(64), as: UTF8.self)
            _ = catalog.whisperModel(named: name, language: name)
            try promise(catalog.whisperModel(named: "tiny", language: "en") != nil, "an installed model is not found")
            return isTaken
        },
    ]

    private static let voiceModel: [UInt8] = {
        var bytes = Patches.bytes([0x6767_6d6c, 10]) + Array("silero-16k".utf8)
        bytes += Patches.bytes([6, 2, 0, 512, 64, 4, 129, 128, 3, 128, 64, 3, 64, 64, 3, 64, 128, 3, 128, 128, 128, 1])
        for tensor in SileroWeights.Tensor.allCases {
            let dimensions = tensor.dimensions
            bytes += Patches.bytes([Int32(dimensions.count), Int32(tensor.rawValue.utf8.count), 1])
            bytes += Patches.bytes(dimensions.map { Int32($0) }) + Array(tensor.rawValue.utf8)
            bytes += [UInt8](repeating: 0, count: 2 * dimensions.reduce(1, *))
        }
        return bytes
    }()

    private static let speakerModel: [UInt8] = {
        let (bands, units) = (SpeakerEncoderWeights.bandCount, SpeakerEncoderWeights.unitCount)
        let head = [1, bands, units, 3, SpeakerEncoderWeights.embeddingCount].map { Int32($0) }
        let numbers =
            4 * units * (bands + 5 * units) + 3 * 8 * units + SpeakerEncoderWeights.embeddingCount * (units + 1)
        return Array("CUELSPKR".utf8) + Patches.bytes(head) + [UInt8](repeating: 0, count: 4 * numbers)
    }()
}
