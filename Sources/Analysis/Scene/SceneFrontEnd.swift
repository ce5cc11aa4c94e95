public import Signal

/// What the scene network hears: a mel spectrogram with long frames, so that the partials of tones stay apart.
///
/// Training uses the same values, computed by this code (`Training/scene`); changing anything here needs new weights.
public enum SceneFrontEnd {
    /// Mel bands in a frame.
    public static let bandCount = 64
    /// Samples from frame to frame (20 ms).
    public static let hop = 320
    /// Spectrogram frames for each step of the network (40 ms).
    public static let framesPerStep = 2

    /// The least value of a band, ln(10⁻⁷).
    static let floor: Float = -16.118_095

    /// A band as the network wants it: roughly −2.5…2.5.
    @inline(__always)
    static func normalized(_ band: Float) -> Float { (band + 6) / 4 }

    /// 64 ms frames every 20 ms, 64 bands from 50 Hz to 8 kHz, natural logarithm of the power, floored.
    public static var options: MelSpectrogram.Options {
        MelSpectrogram.Options(
            sampleRate: 16_000, frameSize: 1024, hop: hop, bandCount: bandCount, lowest: 50, highest: 8000,
            compression: .flooredLogarithm(floor: 1e-7))
    }
}
