import Signal

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Where the decoder listened when it chose its tokens: the attention of the heads that follow the sound, from which times come by
/// dynamic time warping (the method of OpenAI's `timing.py`).
package struct TokenTimes {
    /// Frames of 20 ms with sound.
    private let frames: Int
    /// Of each token and head.
    private let attention: [[PackedAttention]]
    private let heads: Int
    private static let filterReach = 3

    package init(_ attention: [[PackedAttention]], heads: Int, frames: Int) {
        self.attention = attention
        self.heads = heads
        self.frames = frames
    }

    /// For each token the frame, rising, in which the decoder went on to what it chose with it.
    package func starts() -> [Int] {
        guard !attention.isEmpty, frames > 0 else { return [] }
        var mean = [Float](repeating: 0, count: attention.count * frames)
        for head in 0..<heads { add(head, to: &mean) }
        return path(mean, tokens: attention.count)
    }

    /// Adds a head's attention, by frame freed of what all tokens share, and smoothed by a median over seven frames.
    private func add(_ head: Int, to sum: inout [Float]) {
        let tokens = attention.count
        let rows = attention.map { $0[head].numbers(frames) }
        var means = [Float](repeating: 0, count: frames)
        var deviations = means
        for row in rows {
            for frame in 0..<frames { means[frame] += Float(row[frame]) / Float(tokens) }
        }
        for row in rows {
            for frame in 0..<frames {
                let difference = Float(row[frame]) - means[frame]
                deviations[frame] += difference * difference / Float(tokens)
            }
        }
        let reach = Self.filterReach
        // Mirrored at the ends.
        var padded = [Float](repeating: 0, count: frames + 2 * reach)
        for (token, row) in rows.enumerated() {
            for frame in 0..<frames {
                let deviation = deviations[frame]
                padded[reach + frame] =
                    deviation > 0 ? (Float(row[frame]) - means[frame]) / deviation.squareRoot() : 0
            }
            for offset in 1...reach {
                padded[reach - offset] = padded[reach + min(offset, frames - 1)]
                padded[reach + frames - 1 + offset] = padded[reach + max(frames - 1 - offset, 0)]
            }
            padded.withUnsafeBufferPointer { padded in
                for frame in 0..<frames { sum[token * frames + frame] += Self.median(padded, from: frame) }
            }
        }
    }

    /// The median of seven numbers: pairs are put in order until the one in the middle is known (a sorting network, pruned).
    private static func median(_ values: UnsafeBufferPointer<Float>, from first: Int) -> Float {
        var (a, b, c, d) = (values[first], values[first + 1], values[first + 2], values[first + 3])
        var (e, f, g) = (values[first + 4], values[first + 5], values[first + 6])
        func order(_ low: inout Float, _ high: inout Float) { (low, high) = (min(low, high), max(low, high)) }
        order(&a, &f)
        order(&a, &d)
        order(&b, &g)
        order(&c, &e)
        order(&a, &b)
        order(&d, &f)
        order(&c, &g)
        order(&c, &d)
        order(&d, &g)
        order(&e, &f)
        order(&b, &e)
        order(&b, &d)
        order(&d, &e)
        return d
    }

    /// The dearest path that goes on by a token, a frame or both (Sakoe and Chiba, 1978): where it comes to each token.
    private func path(_ gain: [Float], tokens: Int) -> [Int] {
        let width = frames + 1
        var best = [Float](repeating: -.infinity, count: (tokens + 1) * width)
        var steps = [UInt8](repeating: 0, count: best.count)
        best[0] = 0
        for token in 1...tokens {
            for frame in 1...frames {
                let both = best[(token - 1) * width + frame - 1]
                let up = best[(token - 1) * width + frame]
                let along = best[token * width + frame - 1]
                let place = token * width + frame
                let (value, step): (Float, UInt8) =
                    both > up && both > along ? (both, 0) : up > both && up > along ? (up, 1) : (along, 2)
                best[place] = value + gain[(token - 1) * frames + frame - 1]
                steps[place] = step
            }
        }
        var starts = [Int](repeating: 0, count: tokens)
        var (token, frame) = (tokens, frames)
        while token > 0, frame > 0 {
            starts[token - 1] = frame - 1
            switch steps[token * width + frame] {
            case 0: (token, frame) = (token - 1, frame - 1)
            case 1: token -= 1
            default: frame -= 1
            }
        }
        return starts
    }
}
