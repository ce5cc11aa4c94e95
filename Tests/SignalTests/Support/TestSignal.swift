import Foundation

/// Signals from formulas; scripts/golden has the same ones.
enum TestSignal {
    /// Uniform in -1..<1: a linear congruential generator (Numerical Recipes' constants).
    static func noise(_ count: Int, seed: UInt32 = 1) -> [Float] {
        var state = seed
        return (0..<count).map { _ in
            state = state &* 1_664_525 &+ 1_013_904_223
            return Float(Double(state >> 8) / 8_388_608 - 1)
        }
    }

    static func sine(
        _ frequency: Double, rate: Int, count: Int, amplitude: Double = 1, phase: Double = 0
    ) -> [Float] {
        (0..<count).map { Float(amplitude * sin(2 * Double.pi * frequency * Double($0) / Double(rate) + phase)) }
    }

    /// Decaying tones on half seconds, noise bursts on quarters, a quiet floor.
    static func pulses(rate: Int, seconds: Double, seed: UInt32 = 1, phase: Double = 0) -> [Float] {
        let count = Int(Double(rate) * seconds)
        let hiss = noise(count, seed: seed)
        return (0..<count).map { index in
            let time = Double(index) / Double(rate)
            let half = time.truncatingRemainder(dividingBy: 0.5)
            let quarter = time.truncatingRemainder(dividingBy: 0.25)
            let tone = 220 * (1 + (time / 0.5).rounded(.down).truncatingRemainder(dividingBy: 4))
            let grain = Double(hiss[index])
            let sound = 0.3 * exp(-30 * half) * sin(2 * Double.pi * tone * time + phase)
            return Float(sound + 0.05 * exp(-60 * quarter) * grain + 0.001 * grain)
        }
    }

    /// Channels of pulses over a swelling bed of tones and noise, interleaved.
    static func programme(rate: Int, seconds: Double, channels: Int) -> [Float] {
        let count = Int(Double(rate) * seconds)
        var samples = [Float](repeating: 0, count: count * channels)
        for channel in 0..<channels {
            let beat = pulses(rate: rate, seconds: seconds, seed: UInt32(100 + channel), phase: 0.7 * Double(channel))
            let hiss = noise(count, seed: UInt32(1000 + channel))
            for index in 0..<count {
                let time = Double(index) / Double(rate)
                let wave = sin(Double.pi * time / seconds)
                let swell = 0.02 + 0.25 * wave * wave
                let low = sin(2 * Double.pi * Double(110 + 37 * channel) * time)
                let high = 0.3 * sin(2 * Double.pi * Double(3100 + 411 * channel) * time)
                samples[index * channels + channel] =
                    beat[index] + Float(swell * (0.5 * (low + high) + 0.2 * Double(hiss[index])))
            }
        }
        return samples
    }

    /// Interleaves channels of equal length.
    static func interleaved(_ channels: [[Float]]) -> [Float] {
        guard let first = channels.first else { return [] }
        return first.indices.flatMap { index in channels.map { $0[index] } }
    }

    /// Cuts an array into blocks of the given sizes, in turn.
    static func blocks(_ samples: [Float], sizes: [Int]) -> [[Float]] {
        var blocks: [[Float]] = []
        var start = 0
        while start < samples.count {
            let end = min(samples.count, start + sizes[blocks.count % sizes.count])
            blocks.append(Array(samples[start..<end]))
            start = end
        }
        return blocks
    }

    static let hostile: [Float] = [
        .nan, 1, .infinity, -1, -.infinity, .signalingNaN, 0.5, .greatestFiniteMagnitude, -.greatestFiniteMagnitude,
        .leastNonzeroMagnitude, -.leastNonzeroMagnitude, .leastNormalMagnitude, 0, -0.0,
    ]
}

enum Golden {
    static func load<Value: Decodable>(_ name: String, as type: Value.Type = Value.self) throws -> Value {
        let url = Bundle.module.bundleURL.appendingPathComponent("Golden/\(name).json")
        return try JSONDecoder().decode(type, from: Data(contentsOf: url))
    }
}

/// Largest difference between two arrays of one length; infinite for different lengths or NaN.
func largestDifference(_ first: [Float], _ second: [Float]) -> Float {
    guard first.count == second.count else { return .infinity }
    return zip(first, second).reduce(0) { worst, pair in
        let difference = abs(pair.0 - pair.1)
        return difference.isNaN ? .infinity : max(worst, difference)
    }
}

/// Debug builds run the long signals at a lower rate: the optimiser is what makes them cheap.
let isDebugBuild: Bool = {
    #if DEBUG
        true
    #else
        false
    #endif
}()
