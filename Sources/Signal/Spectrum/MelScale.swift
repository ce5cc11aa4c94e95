#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Scales of perceived pitch.
public enum MelScale: Sendable, Hashable {
    /// Linear below 1 kHz, logarithmic above: Slaney, "Auditory Toolbox" (1998). librosa's default.
    case slaney
    /// `2595·log10(1 + f/700)`: O'Shaughnessy; used by HTK.
    case htk

    /// Mels of a frequency in Hz.
    public func mels(hertz: Double) -> Double {
        switch self {
        case .htk:
            return 2595 * log10(1 + hertz / 700)
        case .slaney:
            return hertz >= 1000 ? 15 + log(hertz / 1000) / Self.logarithmicStep : hertz * 3 / 200
        }
    }

    /// Frequency in Hz of a number of mels.
    public func hertz(mels: Double) -> Double {
        switch self {
        case .htk:
            return 700 * (pow(10, mels / 2595) - 1)
        case .slaney:
            return mels >= 15 ? 1000 * exp(Self.logarithmicStep * (mels - 15)) : mels * 200 / 3
        }
    }

    /// 27 steps from 1 kHz to 6.4 kHz.
    private static let logarithmicStep = log(6.4) / 27
}
