import Analysis

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Signals made for the scene tests, mono at 16 kHz.
enum SceneSignals {
    static let rate = 16_000

    static func silence(_ seconds: Double) -> [Float] { [Float](repeating: 0, count: Int(seconds * Double(rate))) }

    /// White noise with a level in dBFS (root mean square), always the same for one seed.
    static func noise(_ seconds: Double, level: Float, seed: UInt64 = 1) -> [Float] {
        var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
        let raw = (0..<Int(seconds * Double(rate))).map { _ -> Float in
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return Float(state >> 40) / Float(1 << 23) - 1
        }
        return scaled(raw, level: level)
    }

    static func sine(_ seconds: Double, hertz: Double, level: Float) -> [Float] {
        let raw = (0..<Int(seconds * Double(rate))).map { Float(sin(2 * .pi * hertz * Double($0) / Double(rate))) }
        return scaled(raw, level: level)
    }

    /// Chords of plucked strings (Karplus & Strong 1983) in four-bar patterns with a bass and drums.
    static func music(_ seconds: Double, level: Float = -20, tempo: Double = 110, withDrums: Bool = true) -> [Float] {
        let count = Int(seconds * Double(rate))
        var result = [Float](repeating: 0, count: count)
        let beat = 60 / tempo
        let roots = [48, 55, 57, 53]
        let noise = self.noise(1, level: -10, seed: 5)
        var index = 0
        while Double(index) * beat / 2 < seconds {
            let start = Int(Double(index) * beat / 2 * Double(rate))
            let root = roots[index / 8 % 4]
            let third = root == 57 ? 3 : 4
            let notes =
                index % 4 == 0
                ? [root - 12, root, root + third, root + 7] : [root + [0, third, 7, 12][index % 4] + 12]
            for note in notes {
                pluck(&result, at: start, hertz: 440 * pow(2, (Double(note) - 69) / 12), seconds: beat * 1.8)
            }
            if withDrums {
                for offset in 0..<min(2400, count - start) {
                    let time = Double(offset) / Double(rate)
                    result[start + offset] += noise[offset] * Float(exp(-time * 90)) * 0.4
                    if index % 4 == 0 {
                        result[start + offset] += Float(sin(2 * .pi * 55 * time) * exp(-time * 18)) * 0.7
                    }
                    if index % 4 == 2 { result[start + offset] += noise[offset + 3000] * Float(exp(-time * 22)) * 0.9 }
                }
            }
            index += 1
        }
        return scaled(result, level: level)
    }

    private static func pluck(_ target: inout [Float], at start: Int, hertz: Double, seconds: Double) {
        let period = max(2, Int((Double(rate) / hertz).rounded()))
        var string = noise(Double(period + 1) / Double(rate), level: -8, seed: UInt64(period))
        guard string.count >= period else { return }
        string.removeLast(string.count - period)
        var place = 0
        for offset in 0..<min(Int(seconds * Double(rate)), target.count - start) {
            let next = (place + 1) % period
            target[start + offset] += string[place]
            string[place] = 0.996 * 0.5 * (string[place] + string[next])
            place = next
        }
    }

    /// Something with the shape of speech: syllables of a gliding buzz through two moving formants, with hisses between.
    static func syllables(_ seconds: Double, level: Float = -20, seed: UInt64 = 3) -> [Float] {
        let count = Int(seconds * Double(rate))
        var result = [Float](repeating: 0, count: count)
        let noise = self.noise(seconds, level: -10, seed: seed)
        var phase = 0.0
        let vowels: [(Double, Double)] = [(700, 1200), (300, 2300), (450, 1900), (350, 800), (550, 1000)]
        for index in 0..<count {
            let time = Double(index) / Double(rate)
            let syllable = Int(time * 4.5)
            let inside = time * 4.5 - Double(syllable)
            let mix = (syllable &* 7 + syllable / 3) % 5
            let (first, second) = vowels[mix]
            let pitch = 120 + 25 * sin(time * 2.1) - 8 * time.truncatingRemainder(dividingBy: 3)
            phase += pitch / Double(rate)
            var value = 0.0
            for harmonic in 1...24 {
                let frequency = pitch * Double(harmonic)
                let gain = 1 / (1 + pow((frequency - first) / 90, 2)) + 0.5 / (1 + pow((frequency - second) / 140, 2))
                value += gain * sin(2 * .pi * phase * Double(harmonic))
            }
            let voiced = inside < 0.72 ? sin(.pi * inside / 0.72) : 0
            let hiss = inside >= 0.72 ? 0.12 : 0.004
            result[index] = Float(value * (0.06 + voiced) * 0.5) + noise[index] * Float(hiss)
        }
        return scaled(result, level: level)
    }

    static func scaled(_ samples: [Float], level: Float) -> [Float] {
        var sum: Float = 0
        for sample in samples { sum += sample * sample }
        guard sum > 0 else { return samples }
        let factor = powf(10, level / 20) / sqrtf(sum / Float(samples.count))
        return samples.map { $0 * factor }
    }

    static func mixed(_ first: [Float], _ second: [Float]) -> [Float] {
        (0..<max(first.count, second.count)).map { index in
            (index < first.count ? first[index] : 0) + (index < second.count ? second[index] : 0)
        }
    }

    /// What a voice activity model would say when somebody speaks in the given spans of seconds.
    static func voice(_ spans: [ClosedRange<Double>], seconds: Double, late: Double = 0.04) -> VoiceActivity {
        let hops = Int((seconds * Double(rate) / Double(VoiceActivity.hop)).rounded(.up))
        return VoiceActivity(
            probabilities: (0..<hops).map { hop in
                let centre = (Double(hop) + 0.5) * Double(VoiceActivity.hop) / Double(rate)
                return spans.contains { $0.lowerBound + late <= centre && centre <= $0.upperBound } ? 0.98 : 0.01
            })
    }

    static func analyzed(
        _ samples: [Float], voice: VoiceActivity? = nil, minSilenceMs: Int = 500, block: Int = 4096,
        options: SceneDecoder.Options = SceneDecoder.Options(), window: (length: Int, margin: Int)? = nil
    ) -> SceneLayers {
        let analyzer = SceneAnalyzer()
        analyzer.window = window
        analyzer.options = options
        samples.withUnsafeBufferPointer { buffer in
            var position = 0
            while position < buffer.count {
                let end = min(buffer.count, position + block)
                analyzer.append(UnsafeBufferPointer(rebasing: buffer[position..<end]))
                position = end
            }
        }
        return analyzer.finish(voice: voice, minSilenceMs: minSilenceMs)
    }
}
