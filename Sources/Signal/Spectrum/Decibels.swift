#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Conversion of power to decibels, as librosa's `power_to_db` with reference 1.
public enum Decibels {
    /// `10·log10(max(power, floor))`.
    ///
    /// - Parameters:
    ///   - power: Squared amplitude.
    ///   - floor: Smallest power that is told apart, > 0.
    @inlinable
    public static func fromPower(_ power: Float, floor: Float = 1e-10) -> Float {
        3.010_299_9 * binaryLogarithm(max(power, floor))
    }

    /// Converts `count` powers where they lie.
    public static func convert(_ values: UnsafeMutablePointer<Float>, count: Int, floor: Float = 1e-10) {
        for index in 0..<count { values[index] = fromPower(values[index], floor: floor) }
    }

    /// Raises everything that lies more than `range` dB below the loudest value to that limit (`top_db`).
    ///
    /// - Parameters:
    ///   - values: Decibels of a whole recording.
    ///   - range: dB, at least 0.
    public static func limitRange(_ values: inout [Float], to range: Float = 80) {
        guard let loudest = values.max() else { return }
        let lowest = loudest - range
        for index in values.indices { values[index] = max(values[index], lowest) }
    }

    @usableFromInline
    static func binaryLogarithm(_ value: Float) -> Float { log2f(value) }
}
