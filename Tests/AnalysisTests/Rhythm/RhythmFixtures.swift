import Analysis
import TimelineModel

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Sounds with known beats, and what the tracker makes of them.
enum RhythmFixtures {
    static let rate = Double(RhythmTracker.sampleRateHz)

    /// A linear congruential generator: the same noise on every machine.
    struct Noise {
        private var state: UInt64

        init(seed: UInt64) { state = seed }

        /// The next value, evenly distributed over −1…1.
        mutating func next() -> Float {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Float(state >> 40) / Float(1 << 23) - 1
        }
    }

    static func silence(_ seconds: Double) -> [Float] {
        [Float](repeating: 0, count: Int(seconds * rate))
    }

    static func noise(_ seconds: Double, gain: Float = 0.1) -> [Float] {
        var noise = Noise(seed: 1)
        return (0..<Int(seconds * rate)).map { _ in gain * noise.next() }
    }

    static func hum(_ seconds: Double) -> [Float] {
        (0..<Int(seconds * rate)).map { index in
            let phase = 2 * Double.pi * 50 * Double(index) / rate
            return Float(0.3 * sin(phase) + 0.1 * sin(3 * phase))
        }
    }

    /// Adds a decaying tone that begins at a time.
    static func addClick(_ samples: inout [Float], at time: Double, hertz: Double = 1000, gain: Float = 0.8) {
        let start = Int((time * rate).rounded())
        for offset in 0..<1100 where samples.indices.contains(start + offset) {
            let seconds = Double(offset) / rate
            samples[start + offset] += gain * Float(sin(2 * Double.pi * hertz * seconds) * exp(-seconds / 0.01))
        }
    }

    /// Adds a tone that swells in 10 ms and dies away slowly.
    static func addTone(_ samples: inout [Float], at time: Double, hertz: Double, seconds: Double, gain: Float) {
        let start = Int((time * rate).rounded())
        for offset in 0..<Int(seconds * rate) where samples.indices.contains(start + offset) {
            let since = Double(offset) / rate
            let shape = min(1, since / 0.01) * exp(-since / seconds)
            samples[start + offset] += gain * Float(sin(2 * Double.pi * hertz * since) * shape)
        }
    }

    /// Adds a bass drum, its pitch falling.
    static func addKick(_ samples: inout [Float], at time: Double, gain: Float = 0.7) {
        let start = Int((time * rate).rounded())
        for offset in 0..<4400 where samples.indices.contains(start + offset) {
            let seconds = Double(offset) / rate
            let phase = 2 * Double.pi * (50 * seconds + 1.8 * (1 - exp(-seconds / 0.03)))
            samples[start + offset] += gain * Float(sin(phase) * exp(-seconds / 0.08))
        }
    }

    /// Adds a burst of noise: a hi-hat when `isBright`, else something like a syllable.
    static func addBurst(
        _ samples: inout [Float], at time: Double, decay: Double, gain: Float, isBright: Bool, noise: inout Noise
    ) {
        let start = Int((time * rate).rounded())
        var last: Float = 0
        for offset in 0..<Int(6 * decay * rate) where samples.indices.contains(start + offset) {
            let value = noise.next()
            last = isBright ? value : 0.8 * last + 0.2 * value
            let shape = Float(exp(-Double(offset) / rate / decay))
            samples[start + offset] += gain * shape * (isBright ? 0.5 * (value - last + value) : last)
        }
    }

    /// Times of beats at a steady tempo, from 0.3 s on.
    static func grid(bpm: Double, seconds: Double) -> [Double] {
        Array(stride(from: 0.3, to: seconds - 0.1, by: 60 / bpm))
    }

    /// A bass drum on each beat of a grid and a louder hi-hat half-way between.
    static func offBeatHats(bpm: Double, seconds: Double, seed: UInt64) -> (samples: [Float], beats: [Double]) {
        var noise = Noise(seed: seed)
        var samples = silence(seconds)
        let beats = grid(bpm: bpm, seconds: seconds)
        for time in beats {
            addKick(&samples, at: time)
            addBurst(&samples, at: time + 30 / bpm, decay: 0.015, gain: 0.9, isBright: true, noise: &noise)
        }
        return (samples, beats)
    }

    static func clicks(_ times: [Double], seconds: Double) -> [Float] {
        var samples = silence(seconds)
        for time in times { addClick(&samples, at: time) }
        return samples
    }

    static func track(
        _ samples: [Float], music: [LayerSegment]? = nil, hints: RhythmHints = RhythmHints(), block: Int = .max
    ) -> RhythmResult {
        let tracker = RhythmTracker(hints: hints)
        samples.withUnsafeBufferPointer { buffer in
            var start = 0
            while start < buffer.count {
                let end = block < buffer.count - start ? start + block : buffer.count
                tracker.append(UnsafeBufferPointer(rebasing: buffer[start..<end]))
                start = end
            }
        }
        return tracker.finish(music: music)
    }

    /// Signed distances of the nearest beats from the true times.
    static func errors(_ beats: [TrackedBeat], _ truth: [Double]) -> [Double] {
        truth.compactMap { time in
            beats.map { $0.time - time }.min { abs($0) < abs($1) }
        }
    }

    static func naturalLogarithm(_ value: Double) -> Double { log(value) }

    static func median(_ values: [Double]) -> Double {
        values.isEmpty ? .nan : values.sorted()[values.count / 2]
    }
}
