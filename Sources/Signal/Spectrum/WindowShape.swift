#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Windows that a frame is weighted with before its transform.
public enum WindowShape: Sendable, Hashable {
    /// Periodic Hann window, `0.5 − 0.5·cos(2πn/N)`.
    case hann
    /// Periodic Hamming window, `0.54 − 0.46·cos(2πn/N)`.
    case hamming
    /// No weighting.
    case rectangular

    /// The window's `count` values.
    public func values(count: Int) -> [Float] {
        (0..<max(count, 0)).map { index in
            let phase = cos(2 * Double.pi * Double(index) / Double(count))
            switch self {
            case .hann: return Float(0.5 - 0.5 * phase)
            case .hamming: return Float(0.54 - 0.46 * phase)
            case .rectangular: return 1
            }
        }
    }
}
