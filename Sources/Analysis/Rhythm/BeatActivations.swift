import Signal

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Turns the network's logits into likelihoods that the decoder can weigh against each other.
///
/// Training counts beats double and downbeats fourfold. Of that a factor of two is taken back here (for downbeats in part: that
/// finds more of them). A beat that lies between frames, or whose time
/// the network is not sure of, is spread over neighbours: three frames together count. And as the network is less sure
/// in some recordings than in others, likelihoods are raised so that the peaks around (eight seconds to either side) are
/// nearly certain; which of them are beats is the decoder's to say. Frames leave in order, later by `reach + 1`.
struct BeatActivations {
    /// A frame's likelihoods.
    struct Frame: Sendable, Hashable {
        var beat: Float
        var downbeat: Float
    }

    /// Logarithms of what is taken back.
    static let trainingBias: (beat: Float, downbeat: Float) = (0.693, 0.693)
    /// Sum of three frames of the triangle that training aims at.
    static let mass: Float = 1.67
    /// Frames to either side that a frame is compared with.
    static let reach = 400
    /// The peaks: this share of the frames lies below them, and this is what they are raised to.
    private static let peaks: (share: Double, level: Float) = (0.97, 0.9)
    private static let greatestFactor: Float = 3
    private static let levels = 512

    /// Frames whose sums are known, in a ring; the newest is `count − 1`.
    private var sums = [Frame](repeating: Frame(beat: 0, downbeat: 0), count: 2 * reach + 2)
    private var count = 0
    private var given = 0
    private var last = Frame(beat: 0, downbeat: 0)
    private var current: Frame?
    /// How many of the frames in reach have each likelihood.
    private var histogram = [Int](repeating: 0, count: levels + 1)
    private var inHistogram = 0

    /// The likelihoods of logits, as training meant them; 0 where they are not finite.
    static func calibrated(beat: Float, downbeat: Float) -> Frame {
        Frame(
            beat: beat.isFinite ? 1 / (1 + exp(trainingBias.beat - beat)) : 0,
            downbeat: downbeat.isFinite ? 1 / (1 + exp(trainingBias.downbeat - downbeat)) : 0)
    }

    /// Adds a frame.
    ///
    /// - Returns: A frame that has all it needs by now.
    mutating func append(_ frame: Frame) -> Frame? {
        defer {
            last = current ?? last
            current = frame
        }
        guard let current else { return nil }
        return add(
            Frame(
                beat: last.beat + current.beat + frame.beat, downbeat: last.downbeat + current.downbeat + frame.downbeat
            ))
    }

    /// Ends the recording; gives the frames that were waiting.
    mutating func finish() -> [Frame] {
        guard let current else { return [] }
        var frames: [Frame] = []
        if let frame = add(Frame(beat: last.beat + current.beat, downbeat: last.downbeat + current.downbeat)) {
            frames.append(frame)
        }
        while given < count { frames.append(give()) }
        return frames
    }

    private mutating func add(_ sum: Frame) -> Frame? {
        let frame = Frame(beat: min(sum.beat / Self.mass, 1), downbeat: min(sum.downbeat / Self.mass, 1))
        sums[count % sums.count] = frame
        count += 1
        histogram[Self.level(frame.beat)] += 1
        inHistogram += 1
        return count > given + Self.reach ? give() : nil
    }

    private mutating func give() -> Frame {
        let frame = sums[given % sums.count]
        let factor = min(max(Self.peaks.level / max(peak(), 1e-3), 1), Self.greatestFactor)
        given += 1
        if given > Self.reach {
            histogram[Self.level(sums[(given - 1 - Self.reach) % sums.count].beat)] -= 1
            inHistogram -= 1
        }
        return Frame(beat: frame.beat * factor, downbeat: frame.downbeat * factor)
    }

    /// The likelihood that `peaks.share` of the frames in reach lie below.
    private func peak() -> Float {
        var above = Int((Double(inHistogram) * (1 - Self.peaks.share)).rounded(.up))
        var level = Self.levels
        while level > 0 {
            above -= histogram[level]
            if above <= 0 { break }
            level -= 1
        }
        return Float(level) / Float(Self.levels)
    }

    private static func level(_ likelihood: Float) -> Int { Int((likelihood * Float(levels)).rounded()) }
}

extension BeatActivations {
    func save(to writer: inout StateWriter) {
        writer.write(sums)
        writer.write(histogram)
        writer.write([count, given, inHistogram])
        writer.write(last)
        writer.write(current)
    }

    mutating func restore(from reader: inout StateReader) throws {
        let (sumCount, levelCount) = (sums.count, histogram.count)
        sums = try reader.values()
        histogram = try reader.values()
        let counts: [Int] = try reader.values()
        guard sums.count == sumCount, histogram.count == levelCount, counts.count == 3 else {
            throw StateReader.Mismatch()
        }
        (count, given, inHistogram) = (counts[0], counts[1], counts[2])
        last = try reader.value()
        current = try reader.value()
    }
}
