/// Reads the chunks of a RIFF/WAVE or RF64 header.
///
/// ffprobe shortens the length of a WAV file that was cut short to what is there, so the header is read here: that is
/// how the loss is noticed. Layout: Microsoft/IBM Multimedia Programming Interface 1.0 (RIFF) and EBU Tech 3306 (RF64).
package struct WaveHeader: Sendable, Hashable {
    package var sampleRateHz = 0
    package var channelCount = 0
    package var bytesPerSecond = 0
    /// Speaker bits of WAVE_FORMAT_EXTENSIBLE; 0 when unstated.
    package var channelMask: UInt32 = 0
    /// Offset of the first sample.
    package var dataOffset: Int64 = 0
    /// Declared bytes of samples; null when the writer did not know.
    package var dataBytes: Int64?

    /// - Parameter read: Gives up to `count` bytes at an offset; fewer only at the end.
    /// - Returns: Null when the bytes are no WAV header, or its `data` chunk does not come within 64 chunks.
    package init?(read: (_ offset: Int64, _ count: Int) -> [UInt8]) {
        let start = read(0, 12)
        guard start.count == 12, start[8...].elementsEqual("WAVE".utf8) else { return nil }
        let isRF64 = start[..<4].elementsEqual("RF64".utf8) || start[..<4].elementsEqual("BW64".utf8)
        guard isRF64 || start[..<4].elementsEqual("RIFF".utf8) else { return nil }

        var longDataBytes: Int64?
        var offset: Int64 = 12
        for _ in 0..<64 {
            let head = read(offset, 8)
            guard head.count == 8 else { return nil }
            let size = Self.integer(head, 4, bytes: 4)
            let body = offset + 8
            if head[..<4].elementsEqual("data".utf8) {
                dataOffset = body
                dataBytes = isRF64 && size == 0xFFFF_FFFF ? longDataBytes : Self.knownSize(size)
                return
            }
            if head[..<4].elementsEqual("fmt ".utf8) {
                let format = read(body, 40)
                guard size >= 16, format.count >= 16 else { return nil }
                channelCount = Int(Self.integer(format, 2, bytes: 2))
                sampleRateHz = Int(Self.integer(format, 4, bytes: 4))
                bytesPerSecond = Int(Self.integer(format, 8, bytes: 4))
                if size >= 40, format.count == 40, Self.integer(format, 0, bytes: 2) == 0xFFFE {
                    channelMask = UInt32(truncatingIfNeeded: Self.integer(format, 20, bytes: 4))
                }
            } else if head[..<4].elementsEqual("ds64".utf8) {
                let sizes = read(body, 16)
                guard sizes.count == 16 else { return nil }
                let stated = Self.integer(sizes, 8, bytes: 8)
                longDataBytes = stated > 0 ? stated : nil
            }
            offset = body + size + (size & 1)
        }
        return nil
    }

    /// Length in seconds that the header declares, if the file is more than 0.1 s shorter than that.
    package func overstatedSeconds(fileSizeBytes: Int64) -> Double? {
        guard let dataBytes, bytesPerSecond > 0 else { return nil }
        let present = max(fileSizeBytes - dataOffset, 0)
        let missing = Double(dataBytes) - Double(present)
        return missing > 0.1 * Double(bytesPerSecond) ? Double(dataBytes) / Double(bytesPerSecond) : nil
    }

    /// Programs that write to a pipe put the largest size they can think of: 2^31 or 2^32, less a header or a block.
    private static func knownSize(_ size: Int64) -> Int64? {
        let isPlaceholder = [Int64(1) << 31, Int64(1) << 32].contains { size <= $0 && size > $0 - 65_536 }
        return size == 0 || isPlaceholder ? nil : size
    }

    private static func integer(_ bytes: [UInt8], _ offset: Int, bytes count: Int) -> Int64 {
        var value: UInt64 = 0
        for index in (0..<count).reversed() {
            value = value << 8 | UInt64(bytes[offset + index])
        }
        return Int64(clamping: value)
    }
}
