extension LoudnessMeasurement {
    private static let magic = Array("CUELOUD1".utf8)

    /// The measurement as bytes: a mark, rate, channels and frames as 64-bit numbers, both peaks, then the cells,
    /// all little-endian.
    package var serialized: [UInt8] {
        var bytes = Self.magic
        for number in [cells.sampleRate, cells.channelCount, cells.frameCount] {
            withUnsafeBytes(of: Int64(number).littleEndian) { bytes.append(contentsOf: $0) }
        }
        return bytes + FloatBytes.encode([truePeak, samplePeak]) + FloatBytes.encode(cells.weighted)
            + FloatBytes.encode(cells.plain)
    }

    /// Reads ``serialized``; nil for anything else.
    package init?(serialized bytes: [UInt8]) {
        let header = Self.magic.count + 24
        guard bytes.count >= header, Array(bytes.prefix(Self.magic.count)) == Self.magic else { return nil }
        let numbers = (0..<3).map { index in
            (0..<8).reduce(Int64(0)) { sum, byte in
                sum | Int64(bytes[Self.magic.count + index * 8 + byte]) << Int64(byte * 8)
            }
        }
        guard let rate = Int(exactly: numbers[0]), let channels = Int(exactly: numbers[1]),
            let frames = Int(exactly: numbers[2]), (1...1_000_000).contains(rate), (1...1024).contains(channels),
            frames >= 0, let values = FloatBytes.decode(bytes[header...]), values.count >= 2, values.count % 2 == 0
        else { return nil }
        let count = (values.count - 2) / 2
        var cells = LoudnessCells(sampleRate: rate, channelCount: channels)
        cells.weighted = Array(values[2..<(2 + count)])
        cells.plain = Array(values[(2 + count)...])
        cells.frameCount = frames
        // As many cells as the frames fill, the last one perhaps in part.
        guard count < 1 << 40, cells.border(count) >= frames, count == 0 || cells.border(count - 1) <= frames else {
            return nil
        }
        self.init(cells: cells, truePeak: values[0], samplePeak: values[1])
    }
}
