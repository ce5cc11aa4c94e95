/// Sounds whose samples are known, as 16-bit WAV files.
enum TestSound {
    static let rate = 48_000

    /// Bursts of soft noise, different at every moment, so that a piece of it is found again in one place only.
    static func bursts(seconds: Double) -> [Int16] {
        var state: UInt64 = 0x9E37_79B9_7F4A_7C15
        var smooth = 0.0
        return (0..<Int(seconds * Double(rate))).map { index in
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            let noise = Double(state >> 11) / Double(1 << 53) - 0.5
            smooth += 0.3 * (noise - smooth)
            let isOn = index / 9600 % 3 != 2
            return isOn ? Int16(smooth * 40_000) : 0
        }
    }

    /// A WAV file of 16-bit samples, interleaved.
    static func wave(_ samples: [Int16], channelCount: Int = 1, sampleRateHz: Int = rate) -> [UInt8] {
        let dataBytes = samples.count * 2
        var bytes: [UInt8] = []
        func append(_ value: Int, _ count: Int) {
            for shift in 0..<count { bytes.append(UInt8(truncatingIfNeeded: value >> (8 * shift))) }
        }
        bytes += "RIFF".utf8
        append(36 + dataBytes, 4)
        bytes += "WAVEfmt ".utf8
        append(16, 4)
        append(1, 2)
        append(channelCount, 2)
        append(sampleRateHz, 4)
        append(sampleRateHz * channelCount * 2, 4)
        append(channelCount * 2, 2)
        append(16, 2)
        bytes += "data".utf8
        append(dataBytes, 4)
        for sample in samples { append(Int(sample), 2) }
        return bytes
    }

    /// How many frames later than in `reference` the piece that starts there at `start` is found in `signal`.
    ///
    /// The best of the normalised cross-correlations within `range` around the same place; null when even that is weak.
    static func lag(of signal: [Float], reference: [Int16], start: Int, around expected: Int = 0) -> Int? {
        let length = 6000
        let range = 2400
        let piece = reference[start..<start + length].map(Float.init)
        var best: (lag: Int, score: Float)?
        signal.withUnsafeBufferPointer { signal in
            piece.withUnsafeBufferPointer { piece in
                for lag in expected - range...expected + range {
                    let offset = start + lag
                    guard offset >= 0, offset + length <= signal.count else { continue }
                    var product: Float = 0
                    var energy: Float = 0
                    for index in 0..<length {
                        let sample = signal[offset + index]
                        product += sample * piece[index]
                        energy += sample * sample
                    }
                    let score = energy > 0 ? product / energy.squareRoot() : 0
                    if score > best?.score ?? 0 { best = (lag, score) }
                }
            }
        }
        let norm = piece.reduce(0) { $0 + $1 * $1 }.squareRoot()
        guard let best, best.score > 0.5 * norm else { return nil }
        return best.lag
    }
}
