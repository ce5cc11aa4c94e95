/// Mixes interleaved channels to mono without letting anti-phase channels cancel.
///
/// Time is divided into windows of 100 ms. Where the mean of the channels has less than 1/16 of the energy that
/// it would have if the channels were unrelated or only one of them sounded (for stereo: more than 15 dB below the
/// channels' mean energy), the window takes the first channel that carries at least half the energy of the strongest
/// one; elsewhere it is the plain mean. A change fades over the first quarter of the new window. Output lags by up
/// to one window until `finish`, and does not depend on how the input was divided into blocks. Infinite samples and NaN
/// count as 0.
public final class Downmixer {
    public let channelCount: Int

    private let window: Int
    private let frames: FloatBuffer
    private let mean: FloatBuffer
    private let chosen: FloatBuffer
    private var filled = 0
    /// Channel that the window before was taken from; nil for the mean.
    private var source: Int?
    private var isFirst = true

    /// Makes a mixer.
    ///
    /// - Parameters:
    ///   - channelCount: 1...64.
    ///   - sampleRate: 1...768000 Hz.
    /// - Returns: nil for values outside these ranges.
    public init?(channelCount: Int, sampleRate: Int) {
        guard (1...64).contains(channelCount), (1...768_000).contains(sampleRate) else { return nil }
        self.channelCount = channelCount
        window = max(8, sampleRate / 10)
        let held = channelCount == 1 ? 0 : window
        frames = FloatBuffer(count: held * channelCount)
        mean = FloatBuffer(count: held)
        chosen = FloatBuffer(count: held)
    }

    /// Adds interleaved samples and appends the mono samples that are decided.
    ///
    /// - Parameters:
    ///   - block: `[frames][channelCount]` in row order. A block may end within a frame; the next one continues it.
    ///   - output: Receives mono samples.
    public func process(_ block: UnsafeBufferPointer<Float>, into output: inout [Float]) {
        guard let base = block.baseAddress else { return }
        if channelCount == 1 {
            output.reserveCapacity(output.count + block.count)
            for sample in block { output.append(sanitized(sample)) }
            return
        }
        let capacity = window * channelCount
        var taken = 0
        while taken < block.count {
            let run = min(block.count - taken, capacity - filled)
            let target = frames.base + filled
            let origin = base + taken
            for index in 0..<run { target[index] = sanitized(origin[index]) }
            filled += run
            taken += run
            if filled == capacity { mixWindow(frameCount: window, into: &output) }
        }
    }

    /// Adds interleaved samples and appends the mono samples that are decided.
    public func process(_ block: [Float], into output: inout [Float]) {
        block.withUnsafeBufferPointer { process($0, into: &output) }
    }

    /// Appends what is left; an incomplete last frame is dropped.
    public func finish(into output: inout [Float]) {
        mixWindow(frameCount: filled / channelCount, into: &output)
    }

    private func mixWindow(frameCount: Int, into output: inout [Float]) {
        filled = 0
        guard frameCount > 0, channelCount > 1 else { return }
        computeMean(frameCount)
        let next = isCancelled(frameCount) ? carrier(frameCount) : nil
        let before = isFirst ? next : source
        isFirst = false
        source = next
        if next == nil && before == nil {
            output.append(contentsOf: UnsafeBufferPointer(start: mean.base, count: frameCount))
            return
        }
        let fade = min(frameCount, window / 4)
        for frame in 0..<frameCount {
            let new = value(of: next, at: frame)
            if frame < fade && next != before {
                let old = value(of: before, at: frame)
                chosen.base[frame] = old + (new - old) * (Float(frame) + 0.5) / Float(fade)
            } else {
                chosen.base[frame] = new
            }
        }
        output.append(contentsOf: UnsafeBufferPointer(start: chosen.base, count: frameCount))
    }

    @inline(__always)
    private func value(of channel: Int?, at frame: Int) -> Float {
        guard let channel else { return mean.base[frame] }
        return frames.base[frame * channelCount + channel]
    }

    private func computeMean(_ frameCount: Int) {
        let scale = 1 / Float(channelCount)
        var frame = 0
        if channelCount == 2 {
            let raw = UnsafeRawPointer(frames.base)
            while frame + 8 <= frameCount {
                let pairs = raw.loadUnaligned(fromByteOffset: 8 * frame, as: SIMD16<Float>.self)
                mean.base.store((pairs.evenHalf + pairs.oddHalf) * scale, at: frame)
                frame += 8
            }
        }
        while frame < frameCount {
            let samples = frames.base + frame * channelCount
            var sum = samples[0]
            for channel in 1..<channelCount { sum += samples[channel] }
            mean.base[frame] = sum * scale
            frame += 1
        }
    }

    private func isCancelled(_ frameCount: Int) -> Bool {
        let all = dotProduct(frames.base, frames.base, count: frameCount * channelCount)
        let mixed = dotProduct(mean.base, mean.base, count: frameCount)
        // Unrelated channels, or a single sounding one, give mixed = all / channelCount².
        return mixed * Float(channelCount * channelCount) < all / 16
    }

    private func carrier(_ frameCount: Int) -> Int? {
        var energies = [Float](repeating: 0, count: channelCount)
        for frame in 0..<frameCount {
            for channel in 0..<channelCount {
                let sample = frames.base[frame * channelCount + channel]
                energies[channel] += sample * sample
            }
        }
        guard let strongest = energies.max() else { return nil }
        return energies.firstIndex { $0 >= strongest / 2 }
    }
}

extension Downmixer: Resumable {
    package func save(to writer: inout StateWriter) {
        frames.save(to: &writer)
        writer.write([filled, source ?? -1, isFirst ? 1 : 0])
    }

    package func restore(from reader: inout StateReader) throws {
        try frames.restore(from: &reader)
        let numbers: [Int] = try reader.values()
        guard numbers.count == 3 else { throw StateReader.Mismatch() }
        filled = numbers[0]
        source = numbers[1] < 0 ? nil : numbers[1]
        isFirst = numbers[2] == 1
        guard (0...frames.count).contains(filled), source ?? 0 < channelCount else { throw StateReader.Mismatch() }
    }
}
