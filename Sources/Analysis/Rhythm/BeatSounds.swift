import Signal

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// What sounds at beats, coarsely: the magnitudes of the front end's bands, in groups. Beats that all sound the same have no bars.
struct BeatSounds {
    /// Bands in a group, and groups.
    private static let groupSize = 4
    static let groupCount = RhythmFrontEnd.bandCount / groupSize
    /// Frames before and behind a beat's frame that count.
    private static let span = (before: 1, after: 5)
    /// How much a group must differ, as a share of the larger.
    private static let leastDifference = 0.15
    /// Groups weaker than this share of the strongest do not count.
    private static let leastLevel = 0.02

    private var rows: [Float]
    private let depth: Int
    private var count = 0

    init(depth: Int) {
        self.depth = depth
        rows = [Float](repeating: 0, count: depth * Self.groupCount)
    }

    /// Adds frames of the front end, `[frames][bandCount]`.
    mutating func append(_ frames: [Float]) {
        for start in stride(from: 0, to: frames.count, by: RhythmFrontEnd.bandCount) {
            let row = (count % depth) * Self.groupCount
            for group in 0..<Self.groupCount {
                var sum: Float = 0
                for band in 0..<Self.groupSize { sum += frames[start + group * Self.groupSize + band] }
                rows[row + group] = expm1(sum / Float(Self.groupSize))
            }
            count += 1
        }
    }

    /// The sound at a beat, `[groupCount]`; zeros for frames that are forgotten.
    func sound(at frame: Int) -> [Float] {
        var sound = [Float](repeating: 0, count: Self.groupCount)
        for place in frame - Self.span.before...frame + Self.span.after
        where place >= 0 && place < count && count - place <= depth {
            let row = (place % depth) * Self.groupCount
            for group in 0..<Self.groupCount { sound[group] += rows[row + group] }
        }
        return sound
    }

    /// Whether downbeats sound differently from the other beats.
    static func differ(_ downbeats: [[Float]], _ others: [[Float]]) -> Bool {
        guard !downbeats.isEmpty, !others.isEmpty else { return false }
        let one = mean(downbeats)
        let other = mean(others)
        let strongest = max(one.max() ?? 0, other.max() ?? 0)
        return (0..<groupCount).contains { group in
            let level = max(one[group], other[group])
            return level > leastLevel * strongest && abs(one[group] - other[group]) > leastDifference * level
        }
    }

    private static func mean(_ sounds: [[Float]]) -> [Double] {
        var sums = [Double](repeating: 0, count: groupCount)
        for sound in sounds { for group in sums.indices { sums[group] += Double(sound[group]) } }
        return sums.map { $0 / Double(sounds.count) }
    }
}

extension BeatSounds {
    func save(to writer: inout StateWriter) {
        writer.write(rows)
        writer.write(count)
    }

    mutating func restore(from reader: inout StateReader) throws {
        let size = rows.count
        rows = try reader.values()
        guard rows.count == size else { throw StateReader.Mismatch() }
        count = try reader.value()
    }
}
