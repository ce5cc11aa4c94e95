/// Measures loudness and peaks of a stream by ITU-R BS.1770-5.
///
/// Feed interleaved samples at the source's own rate, then take the `measurement`. Squares are kept per 10 ms (8 bytes a
/// cell: 2.9 MB an hour), which is enough for the loudness of any span afterwards. The result does not depend on how
/// the input was divided into blocks. Infinite samples and NaN count as 0.
public final class LoudnessMeter {
    public let sampleRate: Int
    public let channelCount: Int

    private let weights: [Double]
    private let truePeakFilter: TruePeakFilter
    private var filters: [KWeightingPair]
    /// Where cells lie; what they hold is in the lists.
    private var grid: LoudnessCells
    private var weighted = GrowingList<Float>()
    private var plain = GrowingList<Float>()

    /// Frames of the cell that is being filled, interleaved.
    private let pending: FloatBuffer
    private var filled = 0
    /// Samples of all channels that the cell takes.
    private var cellCapacity: Int
    /// One channel after the other, each with the true-peak filter's history before it. An odd last channel is paired
    /// with a silent one.
    private let planes: FloatBuffer
    private let planeStride: Int
    private var truePeak: Float = 0
    private var samplePeak: Float = 0

    /// Makes a meter.
    ///
    /// - Parameters:
    ///   - sampleRate: 1...768000 Hz.
    ///   - weights: One weight a channel, 1 to 64 of them; see `ChannelWeights`.
    /// - Returns: nil for values outside these ranges.
    public init?(sampleRate: Int, weights: [Double]) {
        guard (1...768_000).contains(sampleRate), (1...64).contains(weights.count) else { return nil }
        self.sampleRate = sampleRate
        self.weights = weights
        channelCount = weights.count
        truePeakFilter = TruePeakFilter(sampleRate: sampleRate)
        let weighting = KWeighting(sampleRate: Double(sampleRate))
        filters = Array(repeating: KWeightingPair(weighting), count: (weights.count + 1) / 2)
        grid = LoudnessCells(sampleRate: sampleRate, channelCount: weights.count)
        let longestCell = sampleRate / 100 + 1
        pending = FloatBuffer(count: longestCell * weights.count)
        planeStride = longestCell + TruePeakFilter.history
        planes = FloatBuffer(count: planeStride * 2 * filters.count)
        cellCapacity = grid.border(1) * weights.count
    }

    /// Makes a meter with the usual weights of a channel count or layout.
    ///
    /// - Parameters:
    ///   - sampleRate: 1...768000 Hz.
    ///   - channelCount: 1...64.
    ///   - layout: ffmpeg's name of the layout, if known.
    public convenience init?(sampleRate: Int, channelCount: Int, layout: String? = nil) {
        guard (1...64).contains(channelCount) else { return nil }
        self.init(
            sampleRate: sampleRate, weights: ChannelWeights.standard(layout: layout, channelCount: channelCount))
    }

    /// Adds interleaved samples.
    ///
    /// - Parameter block: `[frames][channelCount]` in row order. A block may end within a frame; the next continues it.
    public func process(_ block: UnsafeBufferPointer<Float>) {
        guard let source = block.baseAddress else { return }
        var taken = 0
        while taken < block.count {
            skipEmptyCells()
            let run = min(block.count - taken, cellCapacity - filled)
            let target = pending.base + filled
            let origin = source + taken
            for index in 0..<run { target[index] = sanitized(origin[index]) }
            filled += run
            taken += run
            if filled == cellCapacity { closeCell() }
        }
    }

    /// Adds interleaved samples.
    public func process(_ block: [Float]) {
        block.withUnsafeBufferPointer { process($0) }
    }

    /// Ends the stream and gives what was measured. An incomplete last frame is dropped; further calls of `process`
    /// would start behind the silence that this adds for the true peak.
    public func finish() -> LoudnessMeasurement {
        filled -= filled % channelCount
        if filled > 0 { closeCell() }
        while sampleRate < 100, plain.count * sampleRate < grid.frameCount * 100 { appendEmptyCell() }
        // Points between the last samples come out of the filter only after some more.
        let channels = channelCount
        for channel in 0..<channels {
            var tail = [Float](repeating: 0, count: 2 * TruePeakFilter.history)
            for index in 0..<TruePeakFilter.history { tail[index] = planes.base[channel * planeStride + index] }
            tail.withUnsafeBufferPointer { samples in
                guard let base = samples.baseAddress else { return }
                truePeak = truePeakFilter.highest(
                    base + TruePeakFilter.history, count: TruePeakFilter.history, above: truePeak)
            }
        }
        var cells = grid
        cells.weighted = weighted.values
        cells.plain = plain.values
        return LoudnessMeasurement(cells: cells, truePeak: truePeak, samplePeak: samplePeak)
    }

    /// At rates below 100 Hz some cells have no frame.
    private func skipEmptyCells() {
        while cellCapacity == 0 { appendEmptyCell() }
    }

    private func appendEmptyCell() {
        weighted.append(0)
        plain.append(0)
        cellCapacity = capacity(ofCell: plain.count)
    }

    private func capacity(ofCell cell: Int) -> Int { (grid.border(cell + 1) - grid.border(cell)) * channelCount }

    private func closeCell() {
        let frames = filled / channelCount
        splitChannels(frames)
        var sum = 0.0
        for pair in filters.indices {
            let first = plane(2 * pair)
            let second = plane(2 * pair + 1)
            let energy = filters[pair].energy(first, second, count: frames)
            sum += weights[2 * pair] * energy[0]
            if 2 * pair + 1 < channelCount { sum += weights[2 * pair + 1] * energy[1] }
        }
        weighted.append(Float(sum))
        plain.append(dotProduct(pending.base, pending.base, count: filled))
        grid.frameCount += frames
        samplePeak = max(samplePeak, highestMagnitude(pending.base, count: filled))
        for channel in 0..<channelCount {
            let samples = plane(channel)
            truePeak = truePeakFilter.highest(samples, count: frames, above: truePeak)
            for index in 0..<TruePeakFilter.history {
                samples[index - TruePeakFilter.history] = samples[frames + index - TruePeakFilter.history]
            }
        }
        filled = 0
        cellCapacity = capacity(ofCell: plain.count)
    }

    private func plane(_ channel: Int) -> UnsafeMutablePointer<Float> {
        planes.base + channel * planeStride + TruePeakFilter.history
    }

    private func splitChannels(_ frames: Int) {
        let source = pending.base
        if channelCount == 2 {
            let (left, right) = (plane(0), plane(1))
            let raw = UnsafeRawPointer(source)
            var frame = 0
            while frame + 8 <= frames {
                let pairs = raw.loadUnaligned(fromByteOffset: 8 * frame, as: SIMD16<Float>.self)
                left.store(pairs.evenHalf, at: frame)
                right.store(pairs.oddHalf, at: frame)
                frame += 8
            }
            while frame < frames {
                left[frame] = source[2 * frame]
                right[frame] = source[2 * frame + 1]
                frame += 1
            }
            return
        }
        for channel in 0..<channelCount {
            let target = plane(channel)
            for frame in 0..<frames { target[frame] = source[frame * channelCount + channel] }
        }
    }
}

extension LoudnessMeter: Resumable {
    package func save(to writer: inout StateWriter) {
        weighted.save(to: &writer)
        plain.save(to: &writer)
        writer.write(grid.frameCount)
        for pair in filters { pair.save(to: &writer) }
        pending.save(to: &writer)
        planes.save(to: &writer)
        writer.write([filled, cellCapacity])
        writer.write([truePeak, samplePeak])
    }

    package func restore(from reader: inout StateReader) throws {
        try weighted.restore(from: &reader)
        try plain.restore(from: &reader)
        grid.frameCount = try reader.value()
        for index in filters.indices { try filters[index].restore(from: &reader) }
        try pending.restore(from: &reader)
        try planes.restore(from: &reader)
        let counts: [Int] = try reader.values()
        let peaks: [Float] = try reader.values()
        guard counts.count == 2, peaks.count == 2 else { throw StateReader.Mismatch() }
        (filled, cellCapacity) = (counts[0], counts[1])
        guard (0...pending.count).contains(cellCapacity), (0...cellCapacity).contains(filled) else {
            throw StateReader.Mismatch()
        }
        (truePeak, samplePeak) = (peaks[0], peaks[1])
    }

    package func recall(_ lists: RecalledLists) throws {
        try weighted.recall(lists)
        try plain.recall(lists)
    }
}
