/// Reads the little-endian bytes of a model's file from the front; what is not there is nil.
struct ModelReader {
    private let bytes: [UInt8]
    private var position = 0

    /// Bytes taken so far.
    var offset: Int { position }

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var isAtEnd: Bool { position == bytes.count }

    mutating func take(_ count: Int) -> ArraySlice<UInt8>? {
        guard count >= 0, count <= bytes.count - position else { return nil }
        position += count
        return bytes[(position - count)..<position]
    }

    mutating func word() -> UInt32? {
        take(4).map { $0.reversed().reduce(0) { $0 << 8 | UInt32($1) } }
    }

    /// A whole number of 32 bits.
    mutating func integer() -> Int? { word().map { Int(Int32(bitPattern: $0)) } }

    mutating func integers(_ count: Int) -> [Int]? {
        var values: [Int] = []
        for _ in 0..<count {
            guard let value = integer() else { return nil }
            values.append(value)
        }
        return values
    }

    /// Numbers of 32 bits; nil unless all are finite.
    mutating func floats(_ count: Int) -> [Float]? {
        numbers(count, bytes: 4) { Float(bitPattern: UInt32(littleEndian: $0)) }
    }

    /// Numbers of 16 bits; nil unless all are finite.
    mutating func halves(_ count: Int) -> [Float]? {
        numbers(count, bytes: 2) { number(half: UInt16(littleEndian: $0)) }
    }

    private mutating func numbers<Bits: FixedWidthInteger & BitwiseCopyable>(
        _ count: Int, bytes width: Int, number: (Bits) -> Float
    ) -> [Float]? {
        guard let part = take(count * width) else { return nil }
        let values = part.withUnsafeBytes { part in
            (0..<count).map { number(part.loadUnaligned(fromByteOffset: $0 * width, as: Bits.self)) }
        }
        return values.allSatisfy(\.isFinite) ? values : nil
    }
}

/// The number that 16 bits stand for (IEEE 754 binary16). `Float16` does not exist on every platform.
func number(half bits: UInt16) -> Float {
    let sign: Float = bits & 0x8000 == 0 ? 1 : -1
    let exponent = Int(bits >> 10 & 0x1F)
    let fraction = Float(bits & 0x3FF) / 1024
    switch exponent {
    case 0: return sign * fraction * Float(sign: .plus, exponent: -14, significand: 1)
    case 31: return fraction == 0 ? sign * .infinity : .nan
    default: return sign * Float(sign: .plus, exponent: exponent - 15, significand: 1 + fraction)
    }
}
