import Analysis
import Foundation
import Testing

/// Models in ggml form: every kind of number is read, and nothing but such a model is taken for one.
@Suite("Whisper's files")
struct WhisperFileTests {
    /// The smallest network that is one: a head of 64, a layer on both sides, with weights of 1/64 times -8 to 7.
    static func model(kind: Int = 0) -> Data {
        var data = Data()
        func add(_ numbers: Int...) { for number in numbers { add32(UInt32(bitPattern: Int32(number))) } }
        func add32(_ bits: UInt32) { withUnsafeBytes(of: bits.littleEndian) { data.append(contentsOf: $0) } }
        add(0x6767_6d6c, 51_864, 64, 64, 1, 1, 64, 64, 1, 1, 80, 1)
        add(80, 201)
        for _ in 0..<80 * 201 { add32(0) }
        add(50_256)
        for token in 0..<50_256 {
            let text = Array(" w\(token)".utf8)
            add(text.count)
            data.append(contentsOf: text)
        }
        func tensor(_ name: String, _ dimensions: [Int]) {
            let count = dimensions.reduce(1, *)
            let isMatrix = dimensions.count == 2 && !name.contains("positional") && kind > 1
            let ownKind = isMatrix ? kind : dimensions.count > 1 && kind == 1 ? 1 : 0
            add(dimensions.count, name.utf8.count, ownKind)
            for dimension in dimensions { add(dimension) }
            data.append(contentsOf: Array(name.utf8))
            data.append(contentsOf: encoded(values(count), kind: ownKind))
        }
        func norm(_ name: String) {
            tensor(name + ".weight", [64])
            tensor(name + ".bias", [64])
        }
        func attention(_ name: String) {
            norm(name + "_ln")
            for part in ["query", "key", "value", "out"] {
                tensor("\(name).\(part).weight", [64, 64])
                if part != "key" { tensor("\(name).\(part).bias", [64]) }
            }
        }
        func perceptron(_ name: String) {
            norm(name + "mlp_ln")
            tensor(name + "mlp.0.weight", [64, 256])
            tensor(name + "mlp.0.bias", [256])
            tensor(name + "mlp.2.weight", [256, 64])
            tensor(name + "mlp.2.bias", [64])
        }
        tensor("encoder.conv1.weight", [3, 80, 64])
        tensor("encoder.conv1.bias", [1, 64])
        tensor("encoder.conv2.weight", [3, 64, 64])
        tensor("encoder.conv2.bias", [1, 64])
        tensor("encoder.positional_embedding", [64, 64])
        attention("encoder.blocks.0.attn")
        perceptron("encoder.blocks.0.")
        norm("encoder.ln_post")
        tensor("decoder.token_embedding.weight", [64, 51_864])
        tensor("decoder.positional_embedding", [64, 64])
        attention("decoder.blocks.0.attn")
        attention("decoder.blocks.0.cross_attn")
        perceptron("decoder.blocks.0.")
        norm("decoder.ln")
        return data
    }

    /// Each block of 32 reaches from -8 to 7.
    static func values(_ count: Int) -> [Float] {
        (0..<count).map { index -> Float in
            let whole: Int = (index * 7 + index / 32) % 16 - 8
            return Float(whole) / 64
        }
    }

    private static func bytes(_ bits: UInt32) -> [UInt8] {
        withUnsafeBytes(of: bits.littleEndian) { Array($0) }
    }

    private static func encoded(_ values: [Float], kind: Int) -> [UInt8] {
        func half(_ value: Float) -> [UInt8] {
            // Powers of two and small multiples of them only.
            let bits = value.bitPattern
            let exponent = Int(bits >> 23 & 0xFF) - 112
            let sign = UInt16(bits >> 16 & 0x8000)
            let fraction = UInt16(bits >> 13 & 0x3FF)
            let half: UInt16 = value == 0 ? 0 : sign | UInt16(exponent) << 10 | fraction
            return [UInt8(half & 255), UInt8(half >> 8)]
        }
        switch kind {
        case 0: return values.flatMap { bytes($0.bitPattern) }
        case 1: return values.flatMap(half)
        default:
            return stride(from: 0, to: values.count, by: 32).flatMap { first -> [UInt8] in
                let whole = values[first..<first + 32].map { Int($0 * 64) }
                if kind == 8 { return half(1 / 64) + whole.map { UInt8(bitPattern: Int8($0)) } }
                // Kinds of four and of five bits, counted from the middle or from the least.
                let offset = [2: 8, 3: 8, 6: 16, 7: 9][kind] ?? 0
                let shifted = whole.map { $0 + offset }
                var block = half(1 / 64)
                if kind == 3 || kind == 7 { block += half(Float(-offset) / 64) }
                if kind >= 6 {
                    var fifths: UInt32 = 0
                    for (index, number) in shifted.enumerated() { fifths |= UInt32(number >> 4) << UInt32(index) }
                    block += bytes(fifths)
                }
                for index in 0..<16 {
                    let low = shifted[index] & 15
                    let high = shifted[index + 16] & 15
                    block.append(UInt8(low | high << 4))
                }
                return block
            }
        }
    }

    private static func withFile(_ data: Data, _ body: (String) throws -> Void) throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "ggml-\(UUID().uuidString).bin").path
        try data.write(to: URL(filePath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        try body(path)
    }

    @Test("Numbers of every kind are read", arguments: [0, 1, 2, 3, 6, 7, 8])
    func kinds(kind: Int) throws {
        try Self.withFile(Self.model(kind: kind)) { path in
            let file = try WhisperFile(path: path)
            for (name, dimensions) in [
                ("decoder.blocks.0.mlp.2.weight", (256, 64)), ("encoder.blocks.0.attn.key.weight", (64, 64)),
            ] {
                #expect(try file.numbers(name, dimensions.0, dimensions.1) == Self.values(dimensions.0 * dimensions.1))
            }
            #expect(throws: AnalysisError.self) { try file.numbers("decoder.ln.weight", 63) }
            #expect(throws: AnalysisError.self) { try file.numbers("decoder.nothing", 64) }
        }
    }

    @Test("A network that makes no sense says something, and ends")
    func nonsense() async throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "ggml-\(UUID().uuidString).bin").path
        try Self.model().write(to: URL(filePath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        let transcriber = Transcriber(model: try WhisperModel(path: path))
        let chunk = SpeechPlan.Chunk(start: 0, end: 5, utterances: [0..<5])
        let parts = [1000, 80_000, 16_000].map { count in
            Transcriber.Part(chunk: chunk, samples: DenseLayerTests.numbers(count, seed: 3))
        }
        let heard = try await transcriber.transcribe(parts, language: "en")
        #expect(heard.count == 3)
        #expect(try await transcriber.transcribe(parts, language: "en") == heard)
    }

    @Test("What is cut off, or says other sizes than it has, is refused")
    func damaged() throws {
        let whole = Self.model(kind: 1)
        for part in [0, 3, 4, 40, 47, 60, 70_000, 200_000, whole.count - 1, whole.count - 5000] {
            try Self.withFile(whole.prefix(part)) { path in
                #expect(throws: AnalysisError.self) { try WhisperModel(path: path) }
            }
        }
        // Every number of the head, and the first token's length, in turn.
        for place in stride(from: 0, to: 44, by: 4) + [48, 52, 56 + 80 * 201 * 4, 60 + 80 * 201 * 4] {
            for value in [0, 1, 65, 51_866, 1 << 20, -1] as [Int32] {
                var other = whole
                let bytes = withUnsafeBytes(of: value.littleEndian) { Data($0) }
                guard other[place..<place + 4] != bytes else { continue }
                other.replaceSubrange(place..<place + 4, with: bytes)
                try Self.withFile(other) { path in
                    #expect(throws: AnalysisError.self, "\(place) \(value)") { try WhisperModel(path: path) }
                }
            }
        }
    }

    @Test("Tensors of sizes that no file has are refused")
    func hugeTensors() throws {
        let whole = Self.model()
        let end = try #require(whole.range(of: Data("encoder.conv1.weight".utf8))).lowerBound - 24
        for dimensions in [
            [100_000, 100_000, 100_000, 100_000], [55_000, 55_000, 55_000, 55_000], [100_000], [0, 9],
        ] {
            let head = [dimensions.count, 1, 0] + dimensions
            var other = Data(whole[..<end])
            for number in head { other.append(contentsOf: Self.bytes(UInt32(number))) }
            try Self.withFile(other + Data("x".utf8) + whole[end...]) { path in
                #expect(throws: AnalysisError.self) { try WhisperModel(path: path) }
            }
        }
    }

    @Test("Weights that are no numbers are refused", arguments: [0x7C00, 0xFC00, 0x7E01] as [UInt16])
    func notHalves(bits: UInt16) throws {
        var data = Self.model(kind: 1)
        let name = try #require(data.range(of: Data("encoder.conv2.weight".utf8)))
        data.replaceSubrange(name.upperBound..<name.upperBound + 2, with: [UInt8(bits & 255), UInt8(bits >> 8)])
        try Self.withFile(data) { path in #expect(throws: AnalysisError.self) { try WhisperModel(path: path) } }
    }

    @Test("Weights that are no numbers are refused")
    func notNumbers() throws {
        var data = Self.model()
        data.replaceSubrange(data.count - 4..<data.count, with: [0, 0, 0xC0, 0x7F])
        try Self.withFile(data) { path in #expect(throws: AnalysisError.self) { try WhisperModel(path: path) } }
    }
}

private func + (strided: StrideTo<Int>, more: [Int]) -> [Int] { Array(strided) + more }
