import Foundation

/// Model files of the voice activity network, with numbers drawn from a seed, for tests that need no real model.
enum SileroModelFile {
    /// The names of the tensors, the sizes, the fastest first, and how large the numbers get, a power of two.
    private static let tensors: [(name: String, sizes: [Int], scale: Float)] = [
        ("_model.encoder.0.reparam_conv.weight", [3, 129, 128], 0.125),
        ("_model.encoder.0.reparam_conv.bias", [128], 0.25),
        ("_model.encoder.1.reparam_conv.weight", [3, 128, 64], 0.125),
        ("_model.encoder.1.reparam_conv.bias", [64], 0.25),
        ("_model.encoder.2.reparam_conv.weight", [3, 64, 64], 0.25),
        ("_model.encoder.2.reparam_conv.bias", [64], 0.25),
        ("_model.encoder.3.reparam_conv.weight", [3, 64, 128], 0.25),
        ("_model.encoder.3.reparam_conv.bias", [128], 0.25),
        ("_model.decoder.rnn.weight_ih", [128, 512], 0.25),
        ("_model.decoder.rnn.weight_hh", [128, 512], 0.25),
        ("_model.decoder.rnn.bias_ih", [512], 0.25),
        ("_model.decoder.rnn.bias_hh", [512], 0.25),
        ("_model.decoder.decoder.2.weight", [128], 1),
        ("_model.decoder.decoder.2.bias", [], 0.25),
    ]

    /// The places of all numbers of the head and before the tensors, for tests that put others there.
    static let heads: [Int] = {
        var places = [0, 4] + (0..<22).map { 18 + 4 * $0 }
        var position = 18 + 4 * 22
        for (name, sizes, _) in tensors {
            places += (0..<(3 + sizes.count)).map { position + 4 * $0 }
            position += 4 * (3 + sizes.count) + name.utf8.count + bytes(ofEach: sizes) * sizes.reduce(1, *)
        }
        return places
    }()

    private static func bytes(ofEach sizes: [Int]) -> Int { sizes.count == 3 ? 2 : 4 }

    /// - Parameter change: Is added to one number of the spectra's basis, which then is no Fourier transform any more.
    static func bytes(change: Float = 0) -> [UInt8] {
        var bytes: [UInt8] = []
        func integer(_ value: Int) {
            withUnsafeBytes(of: Int32(value).littleEndian) { bytes.append(contentsOf: $0) }
        }
        func float(_ value: Float) {
            withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
        }
        integer(0x6767_6d6c)
        integer(10)
        bytes += Array("silero-16k".utf8)
        [6, 2, 0, 512, 64, 4, 129, 128, 3, 128, 64, 3, 64, 64, 3, 64, 128, 3, 128, 128, 128, 1].forEach(integer)
        var random = Noise()
        for (name, sizes, scale) in tensors {
            [sizes.count, name.utf8.count, Self.bytes(ofEach: sizes) == 2 ? 1 : 0].forEach(integer)
            sizes.forEach(integer)
            bytes += Array(name.utf8)
            for _ in 0..<sizes.reduce(1, *) {
                // A multiple of 1/1024, times a power of two: 16 bits say it, too.
                let value = (random.next() * 1024).rounded() / 1024 * scale
                if Self.bytes(ofEach: sizes) == 2 {
                    withUnsafeBytes(of: half(value).littleEndian) { bytes.append(contentsOf: $0) }
                } else {
                    float(value)
                }
            }
        }
        [3, 32, 0, 256, 1, 258].forEach(integer)
        bytes += Array("_model.stft.forward_basis_buffer".utf8)
        for row in 0..<258 {
            for index in 0..<256 {
                let angle = 2 * Double.pi * Double((row % 129) * index % 256) / 256
                let window = 0.5 - 0.5 * cos(2 * Double.pi * Double(index) / 256)
                let value = Float(window * (row < 129 ? cos(angle) : -sin(angle)))
                float(row == 100 && index == 7 ? value + change : value)
            }
        }
        return bytes
    }

    /// The 16 bits of a number that they can say.
    private static func half(_ value: Float) -> UInt16 {
        guard value != 0 else { return 0 }
        let sign = UInt16(value.sign == .minus ? 0x8000 : 0)
        let exponent = UInt16(value.exponent + 15) << 10
        return sign | exponent | UInt16(value.significandBitPattern >> 13)
    }
}

/// Numbers in −1...1 from a seed: a linear congruential generator.
struct Noise {
    private var state: Int64

    init(seed: Int64 = 1) { state = seed }

    mutating func next() -> Float { Float(nextDouble()) }

    mutating func nextDouble() -> Double {
        state = (state * 1_103_515_245 + 12_345) % (1 << 31)
        return Double(state) / Double(1 << 30) - 1
    }

    mutating func next(below limit: Int) -> Int {
        state = (state * 1_103_515_245 + 12_345) % (1 << 31)
        return Int(state >> 8) % limit
    }
}
