/// Single precision numbers as little-endian bytes.
package enum FloatBytes {
    package static func encode(_ values: [Float]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(values.count * 4)
        for value in values {
            withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
        }
        return bytes
    }

    /// nil when the count of bytes is no multiple of four or a number is not finite.
    package static func decode(_ bytes: some RandomAccessCollection<UInt8>) -> [Float]? {
        guard bytes.count % 4 == 0 else { return nil }
        var values: [Float] = []
        values.reserveCapacity(bytes.count / 4)
        var pattern: UInt32 = 0
        var shift: UInt32 = 0
        for byte in bytes {
            pattern |= UInt32(byte) << shift
            shift += 8
            guard shift == 32 else { continue }
            let value = Float(bitPattern: pattern)
            guard value.isFinite else { return nil }
            values.append(value)
            pattern = 0
            shift = 0
        }
        return values
    }
}
