/// Where a head of the decoder listened: a number for each frame, in 65 535ths of all of them together. As at most 257 of them are 255 or more,
/// most take one byte.
package struct PackedAttention: Sendable {
    /// A byte for each frame; where it is 255, the number stands behind all of them, in two bytes, the low one first.
    private let bytes: [UInt8]

    /// To no frame at all.
    package init() { bytes = [] }

    /// - Parameter numbers: of each frame.
    package init(numbers: [UInt16]) {
        let wide = numbers.filter { $0 >= 255 }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(numbers.count + 2 * wide.count)
        for number in numbers { bytes.append(UInt8(min(number, 255))) }
        for number in wide { bytes += [UInt8(truncatingIfNeeded: number), UInt8(number >> 8)] }
        self.bytes = bytes
    }

    /// - Parameter chances: of each frame, in any unit, none below 0; to no frame at all where their sum is not a number above 0.
    package init(chances: some Collection<Float>) {
        let sum = chances.reduce(0, +)
        guard sum > 0, sum.isFinite else {
            self.init()
            return
        }
        let scale = 65_535 / sum
        self.init(numbers: chances.map { UInt16(min($0 * scale, 65_535)) })
    }

    /// The numbers of all frames, as many as it was made of; 0 where it was made of none.
    package func numbers(_ count: Int) -> [UInt16] {
        guard !bytes.isEmpty else { return [UInt16](repeating: 0, count: count) }
        var behind = count
        return bytes.prefix(count).map { byte in
            guard byte == 255 else { return UInt16(byte) }
            defer { behind += 2 }
            return UInt16(bytes[behind]) | UInt16(bytes[behind + 1]) << 8
        }
    }
}
