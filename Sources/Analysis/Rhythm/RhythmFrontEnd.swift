package import Signal

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// What the rhythm network hears: two log-frequency spectrograms of mono samples at 22 050 Hz, fifty frames a second.
///
/// Frame `k` is centred on sample `441·k`, and what lies outside of the recording counts as 0. Short frames (46 ms, 64 bands
/// from 30 Hz to 10 kHz) tell when something sounds; long ones (186 ms, 60 semitones from 55 Hz, 25 times a second, each for
/// two frames) tell which tones do. A band is `ln(1 + 1000·m)` of the mean magnitude `m` under a triangle of unit sum, where
/// a full-scale sine has magnitude 1. Training computes the same values (`Training/rhythm/features.py`); changing anything
/// here needs new weights. One front end serves one recording and one thread; memory does not grow.
package final class RhythmFrontEnd {
    /// Samples from frame to frame (20 ms).
    package static let hop = 441
    /// Frames a second.
    package static let frameRate = Double(RhythmTracker.sampleRateHz) / Double(hop)
    /// Bands in a frame: those of the short frames, then those of the long ones.
    package static let bandCount = shortBands + longBands

    static let shortSize = 1024
    static let longSize = 4096
    static let shortBands = 64
    static let longBands = 60
    private static let shortRange = (lowest: 30.0, highest: 10_000.0)
    /// The short bands are evenly spaced below this frequency, in Hz, and logarithmically above: `asinh(f / knee)`.
    private static let knee = 400.0
    private static let lowestTone = 55.0
    private static let gain: Float = 1000

    private let shortFrames = FrameStream(frameSize: shortSize, hop: hop, window: .hann)
    private let longFrames = FrameStream(frameSize: longSize, hop: 2 * hop, window: .hann)
    private let shortTransform = RealFFT(size: shortSize)
    private let longTransform = RealFFT(size: longSize)
    private let shortFilters = makeShortFilters()
    private let longFilters = makeLongFilters()
    private var spectrum = [Float](repeating: 0, count: longSize / 2 + 1)
    /// Bands of the short frames that wait for their long frame, oldest first: `[frames][shortBands]`.
    private var waiting: [Float] = []
    private var tones = [Float](repeating: 0, count: longBands)
    private var output: [Float] = []

    /// A triangular filter over the bins `first..<first + weights.count`.
    struct Filter {
        var first: Int
        var weights: [Float]
    }

    package init() {}

    /// Adds mono samples, full scale ±1; NaN and infinities count as 0.
    ///
    /// - Returns: The frames that are complete by now, `[frames][bandCount]`, flattened.
    package func append(_ samples: UnsafeBufferPointer<Float>) -> [Float] {
        output.removeAll(keepingCapacity: true)
        shortFrames.push(samples) { addShort($0) }
        longFrames.push(samples) { addLong($0) }
        return output
    }

    /// Ends the recording; gives the frames that reach beyond its last sample.
    package func finish() -> [Float] {
        output.removeAll(keepingCapacity: true)
        shortFrames.finish { addShort($0) }
        longFrames.finish { addLong($0) }
        return output
    }

    private func addShort(_ frame: UnsafeBufferPointer<Float>) {
        let start = waiting.count
        waiting.append(contentsOf: repeatElement(0, count: Self.shortBands))
        waiting.withUnsafeMutableBufferPointer {
            measure(frame, shortTransform, shortFilters, into: UnsafeMutableBufferPointer(rebasing: $0[start...]))
        }
    }

    /// A long frame completes the two short frames at and behind its centre.
    private func addLong(_ frame: UnsafeBufferPointer<Float>) {
        tones.withUnsafeMutableBufferPointer { measure(frame, longTransform, longFilters, into: $0) }
        let ready = min(2, waiting.count / Self.shortBands)
        for index in 0..<ready {
            output.append(contentsOf: waiting[index * Self.shortBands..<(index + 1) * Self.shortBands])
            output.append(contentsOf: tones)
        }
        waiting.removeFirst(ready * Self.shortBands)
    }

    private func measure(
        _ frame: UnsafeBufferPointer<Float>, _ transform: RealFFT, _ filters: [Filter],
        into bands: UnsafeMutableBufferPointer<Float>
    ) {
        guard let samples = frame.baseAddress else { return }
        let scale = 4 / Float(transform.size)
        spectrum.withUnsafeMutableBufferPointer { values in
            guard let target = values.baseAddress else { return }
            transform.powerSpectrum(samples, into: target)
            let bins = (filters.first?.first ?? 0)..<(filters.last.map { $0.first + $0.weights.count } ?? 0)
            for bin in bins { target[bin] = target[bin].squareRoot() * scale }
            for (band, filter) in filters.enumerated() {
                var sum: Float = 0
                filter.weights.withUnsafeBufferPointer { weights in
                    for index in weights.indices { sum += weights[index] * target[filter.first + index] }
                }
                bands[band] = log1p(Self.gain * (sum.isFinite ? sum : 0))
            }
        }
    }

    private static func makeShortFilters() -> [Filter] {
        let low = asinh(shortRange.lowest / knee)
        let high = asinh(shortRange.highest / knee)
        let step = (high - low) / Double(shortBands + 1)
        return filters(centres: (0..<shortBands + 2).map { knee * sinh(low + step * Double($0)) }, size: shortSize)
    }

    private static func makeLongFilters() -> [Filter] {
        filters(centres: (-1...longBands).map { lowestTone * pow(2, Double($0) / 12) }, size: longSize)
    }

    /// Triangles between neighbours of `centres` (in Hz), of unit sum. One that is narrower than a bin takes the two bins
    /// that its centre lies between.
    private static func filters(centres: [Double], size: Int) -> [Filter] {
        let bins = centres.map { $0 * Double(size) / Double(RhythmTracker.sampleRateHz) }
        return (1..<bins.count - 1).map { index in
            let centre = bins[index]
            let low = min(bins[index - 1], centre - 1)
            let high = max(bins[index + 1], centre + 1)
            let first = max(0, Int(low.rounded(.down)) + 1)
            let last = min(size / 2, Int(high.rounded(.up)) - 1)
            let weights = (first...max(first, last)).map { bin in
                max(0, min((Double(bin) - low) / (centre - low), (high - Double(bin)) / (high - centre)))
            }
            let sum = weights.reduce(0, +)
            return Filter(first: first, weights: weights.map { Float($0 / sum) })
        }
    }
}

extension RhythmFrontEnd: Resumable {
    package func save(to writer: inout StateWriter) {
        shortFrames.save(to: &writer)
        longFrames.save(to: &writer)
        writer.write(waiting)
    }

    package func restore(from reader: inout StateReader) throws {
        try shortFrames.restore(from: &reader)
        try longFrames.restore(from: &reader)
        waiting = try reader.values()
    }
}
