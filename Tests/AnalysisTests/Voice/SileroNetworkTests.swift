import Analysis
import Foundation
import Testing

/// The voice activity network: its numbers beside those of `scripts/golden-silero`, files that are no model, strange samples.
@Suite("Silero network", .timeLimit(.minutes(2)))
struct SileroNetworkTests {
    /// What `scripts/golden-silero` wrote.
    private struct Golden: Decodable {
        /// In double precision, by NumPy.
        var exact: [Float]
        /// By whisper.cpp, whose products are of 16 bits.
        var whisperCpp: [Float]

        enum CodingKeys: String, CodingKey {
            case exact
            case whisperCpp = "whisper_cpp"
        }

        init() throws {
            let url = try #require(
                Bundle.module.url(forResource: "silero", withExtension: "json", subdirectory: "Golden"))
            self = try JSONDecoder().decode(Golden.self, from: Data(contentsOf: url))
        }
    }

    /// The model that the golden numbers belong to, if it is installed.
    private static let installed: ModelFile? = {
        guard let configuration = try? AnalysisConfiguration(environment: ProcessInfo.processInfo.environment),
            let model = ModelCatalog(configuration: configuration).voiceActivityModel, model.name == "silero-v6.2.0"
        else { return nil }
        return model
    }()

    /// The sound of the golden numbers, by the same arithmetic as there: vowels of changing pitch in two phrases over
    /// faint noise, then nothing.
    private static let sound: [Float] = {
        let rate = 16_000
        let vowels: [[Double]] = [[730, 1090, 2440], [270, 2290, 3010], [570, 840, 2410], [530, 1840, 2480]]
        var noise = Noise()
        return (0..<(6 * rate)).map { index in
            let time = Double(index) / Double(rate)
            var sample = 0.002 * noise.nextDouble()
            let phase = 2 * Double.pi * 120 * time - 20 / 0.7 * cos(2 * Double.pi * 0.7 * time)
            let pitch = 120 + 20 * sin(2 * Double.pi * 0.7 * time)
            for (begin, end) in [(0.5, 2.5), (3.0, 5.0)] where time >= begin && time < end {
                let envelope = pow(sin(2 * Double.pi * 2 * (time - begin)), 2)
                let formants = vowels[Int((time - begin) * 4) % 4]
                for harmonic in 1...25 {
                    let gain = zip(formants, [1, 0.5, 0.25]).reduce(0) { sum, formant in
                        let distance = (Double(harmonic) * pitch - formant.0) / 120
                        return sum + formant.1 * exp(-distance * distance)
                    }
                    sample += 0.15 * envelope * (gain + 0.01) * sin(Double(harmonic) * phase)
                }
            }
            return index < rate * 11 / 2 ? Float(sample) : 0
        }
    }()

    private static func noise(_ windows: Int, seed: Int64 = 7) -> [Float] {
        var noise = Noise(seed: seed)
        return (0..<(windows * 512)).map { index in
            // Louder and softer, so that probabilities move.
            noise.next() * (0.5 + 0.5 * sin(Float(index) / 9000))
        }
    }

    /// Gives the path of a file with these bytes.
    private static func with<Result>(_ bytes: [UInt8], _ body: (String) throws -> Result) throws -> Result {
        let url = FileManager.default.temporaryDirectory.appending(path: "silero-\(UUID().uuidString).bin")
        try Data(bytes).write(to: url)
        defer { try? FileManager.default.removeItem(at: url) }
        return try body(url.path)
    }

    private static func network(change: Float = 0) throws -> SileroNetwork {
        try with(SileroModelFile.bytes(change: change)) { try SileroNetwork(path: $0) }
    }

    private static func probabilities(_ samples: [Float], by network: SileroNetwork, blocks: Int = .max) -> [Float] {
        network.reset()
        var result: [Float] = []
        samples.withUnsafeBufferPointer { samples in
            var rest = samples[...]
            while !rest.isEmpty {
                network.hear(UnsafeBufferPointer(rebasing: rest.prefix(blocks)), into: &result)
                rest = rest.dropFirst(blocks)
            }
        }
        return result
    }

    private static func activity(_ samples: [Float], blocks: [Int], path: String) throws -> VoiceActivity {
        let detector = try SileroVoiceDetector(path: path)
        var known: [Float] = []
        try samples.withUnsafeBufferPointer { samples in
            var rest = samples[...]
            var turn = 0
            while !rest.isEmpty {
                let block = rest.prefix(blocks[turn % blocks.count])
                known += try detector.append(UnsafeBufferPointer(rebasing: block))
                rest = rest.dropFirst(block.count)
                turn += 1
            }
        }
        let activity = try detector.finish()
        #expect(activity.probabilities.starts(with: known))
        return activity
    }

    private static func differences(_ one: [Float], _ other: [Float]) -> (greatest: Float, mean: Float) {
        guard one.count == other.count, !one.isEmpty else { return (.infinity, .infinity) }
        let all = zip(one, other).map { abs($0 - $1) }
        return (all.max() ?? 0, all.reduce(0, +) / Float(all.count))
    }

    @Test(
        "The probabilities are those of the model in double precision, and nearly those of whisper.cpp",
        .enabled(if: installed != nil, "needs silero-v6.2.0: scripts/bootstrap"))
    func golden() throws {
        let golden = try Golden()
        let network = try SileroNetwork(path: #require(Self.installed).path)
        let ours = Self.probabilities(Self.sound, by: network)
        #expect(Self.differences(ours, golden.exact).greatest < 1e-4)
        let theirs = Self.differences(ours, golden.whisperCpp)
        #expect(theirs.greatest < 0.01 && theirs.mean < 1e-3)
        #expect(ours.contains { $0 > 0.95 } && ours.contains { $0 < 0.05 })
    }

    @Test("A basis that is no Fourier transform is used as it is")
    func otherBasis() throws {
        let samples = Self.noise(40)
        let fourier = Self.probabilities(samples, by: try Self.network())
        #expect(fourier.max() ?? 0 > (fourier.min() ?? 0) + 0.05)
        let nearly = Self.probabilities(samples, by: try Self.network(change: 1e-5))
        #expect(nearly != fourier && Self.differences(nearly, fourier).greatest < 1e-4)
        let other = Self.probabilities(samples, by: try Self.network(change: 8))
        #expect(Self.differences(other, fourier).greatest > 1e-3)
    }

    @Test("Windows have the same probabilities, to the bit, however many are heard at once", arguments: [1, 3, 16, 21])
    func batches(windows: Int) throws {
        let network = try Self.network()
        let samples = Self.noise(50).dropLast(100)
        let whole = Self.probabilities(Array(samples), by: network)
        #expect(whole.count == 50)
        #expect(Self.probabilities(Array(samples), by: network, blocks: windows * 512) == whole)
        // What the last window lacks counts as 0.
        #expect(Self.probabilities(samples + [Float](repeating: 0, count: 100), by: network) == whole)
    }

    @Test("Voice activity does not depend on the blocks in which samples come, and only on samples near")
    func blocks() throws {
        try Self.with(SileroModelFile.bytes()) { path in
            let samples = Self.noise(2 * 1875 + 20).dropLast(300)
            let whole = try Self.activity(Array(samples), blocks: [samples.count], path: path)
            #expect(whole.probabilities.count == 2 * 1875 + 20)
            #expect(whole.probabilities.allSatisfy { (0...1).contains($0) })
            #expect(try Self.activity(Array(samples), blocks: [4096], path: path) == whole)
            #expect(try Self.activity(Array(samples), blocks: [1, 700_001, 333], path: path) == whole)
            // A block hears 3.2 s before it and nothing else.
            let network = try SileroNetwork(path: path)
            for block in 1...2 {
                let start = block * 1875
                let part = samples[((start - 100) * 512)..<min((start + 1875) * 512, samples.count)]
                let alone = Self.probabilities(Array(part), by: network).dropFirst(100)
                #expect(whole.probabilities[start...].prefix(1875) == alone)
            }
        }
    }

    @Test("Nothing in, nothing out")
    func empty() throws {
        try Self.with(SileroModelFile.bytes()) { path in
            let network = try SileroNetwork(path: path)
            #expect(Self.probabilities([], by: network).isEmpty)
            #expect(try Self.activity([], blocks: [1], path: path).probabilities.isEmpty)
            #expect(try Self.activity([0.5], blocks: [1], path: path).probabilities.count == 1)
        }
    }

    @Test(
        "A sample that is no number counts as 0",
        arguments: [Float.nan, .signalingNaN, .infinity, -.infinity, .greatestFiniteMagnitude, -1e30])
    func strangeSamples(value: Float) throws {
        let network = try Self.network()
        var (samples, plain) = (Self.noise(20), Self.noise(20))
        for index in stride(from: 0, to: samples.count, by: 97) {
            samples[index] = value
            plain[index] = 0
        }
        #expect(Self.probabilities(samples, by: network) == Self.probabilities(plain, by: network))
    }

    @Test("Loud samples give probabilities", arguments: [0x1p-133, 1e-6, 10, 1e6, 1e12] as [Float])
    func loudSamples(level: Float) throws {
        let result = Self.probabilities(Self.noise(20).map { $0 * level }, by: try Self.network())
        #expect(result.count == 20 && result.allSatisfy { (0...1).contains($0) })
    }

    /// A file may be refused in one way only, or be a model after all.
    private static func load(_ bytes: [UInt8]) throws -> Bool {
        try with(bytes) { path in
            do {
                let result = probabilities(noise(3), by: try SileroNetwork(path: path))
                #expect(result.count == 3 && result.allSatisfy { (0...1).contains($0) })
                return true
            } catch let error as AnalysisError {
                #expect(error.code == .backendUnavailable)
                #expect(error.message == "the voice activity model cannot be loaded")
                return false
            }
        }
    }

    @Test("A file that was cut is no model")
    func cutFiles() throws {
        let bytes = SileroModelFile.bytes()
        #expect(try Self.load(bytes))
        var random = Noise(seed: 3)
        let cuts = Array(0..<24) + (0..<30).map { _ in random.next(below: bytes.count) } + [bytes.count - 1]
        for cut in cuts { #expect(try !Self.load(Array(bytes[..<cut])), "\(cut)") }
        #expect(try !Self.load(bytes + [0]))
        #expect(try !Self.load(bytes + bytes))
    }

    @Test("A file with other numbers in its head is no model", arguments: [-1, 0, 5, 1 << 30, Int32.max, .min])
    func lyingFiles(value: Int32) throws {
        let bytes = SileroModelFile.bytes()
        // Three numbers say what version it is, and that matters to nobody.
        for place in SileroModelFile.heads where !(18..<30).contains(place) {
            var lying = bytes
            let number = withUnsafeBytes(of: value.littleEndian) { Array($0) }
            lying.replaceSubrange(place..<(place + 4), with: number)
            let isSame = lying == bytes
            #expect(try Self.load(lying) == isSame, "\(value) at \(place)")
        }
    }

    @Test("A file with flipped bits is a model or none", arguments: 1...4)
    func flippedFiles(seed: Int64) throws {
        let bytes = SileroModelFile.bytes()
        var random = Noise(seed: seed)
        for round in 0..<25 {
            var flipped = bytes
            for _ in 0..<(1 + random.next(below: 200)) {
                // Every other time only the head.
                let place = random.next(below: round % 2 == 0 ? bytes.count : 400)
                flipped[place] ^= UInt8(1 << random.next(below: 8))
            }
            _ = try Self.load(flipped)
        }
    }

    @Test("Random bytes, a folder and what is not there are no model")
    func noFiles() throws {
        var random = Noise(seed: 9)
        for size in [1, 40, 3000, 900_000, 5 << 20] {
            #expect(try !Self.load((0..<size).map { _ in UInt8(random.next(below: 256)) }))
        }
        for path in ["/", "/dev/zero", "/nowhere/silero.bin", "", "a\0b", #filePath] {
            #expect(throws: AnalysisError.self) { try SileroVoiceDetector(path: path) }
        }
    }

    @Test("A number that is none does not belong into a model", arguments: [Float.nan, .infinity])
    func numbersThatAreNone(value: Float) throws {
        var bytes = SileroModelFile.bytes()
        let end = bytes.count
        bytes.replaceSubrange((end - 4)..<end, with: withUnsafeBytes(of: value.bitPattern.littleEndian) { Array($0) })
        #expect(try !Self.load(bytes))
    }

    @Test("Huge numbers in a model give probabilities all the same")
    func hugeNumbers() throws {
        var bytes = SileroModelFile.bytes()
        // The basis' numbers are the last ones.
        for place in stride(from: bytes.count - 258 * 256 * 4, to: bytes.count, by: 4) {
            let value: Float = place % 8 == 0 ? 3e38 : -3e38
            let number = withUnsafeBytes(of: value.bitPattern.littleEndian) { Array($0) }
            bytes.replaceSubrange(place..<(place + 4), with: number)
        }
        #expect(try Self.load(bytes))
    }
}
