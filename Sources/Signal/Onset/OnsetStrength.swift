/// Onset strength by spectral flux over mel bands: the reference that rhythm analysis is held against.
public enum OnsetStrength {
    /// Frame size of the transform.
    private static let frameSize = 2048

    /// Onset strength of a recording, as librosa 0.11's `onset.onset_strength` with default options.
    ///
    /// The positive differences of neighbouring frames of a 128-band mel spectrogram in dB (limited to 80 dB below
    /// the loudest value) are averaged over bands and shifted by `1 + frameSize/(2·hop)` frames. Böck and Widmer,
    /// "Maximum filter vibrato suppression for onset detection", DAFx-13, with a filter size of 1.
    ///
    /// - Parameters:
    ///   - samples: Mono samples of the whole recording.
    ///   - sampleRate: Hz.
    ///   - hop: Samples between frames.
    /// - Returns: One value a frame, `1 + samples.count/hop` of them; none without samples.
    public static func envelope(of samples: [Float], sampleRate: Double, hop: Int = 512) -> [Float] {
        let bands = 128
        var decibels = MelSpectrogram.frames(
            of: samples,
            options: MelSpectrogram.Options(sampleRate: sampleRate, frameSize: frameSize, hop: hop, bandCount: bands))
        Decibels.limitRange(&decibels)
        let frames = decibels.count / bands
        var envelope = [Float](repeating: 0, count: frames)
        let shift = frameSize / (2 * hop)
        for frame in 1..<max(frames, 1) where frame + shift < frames {
            var rise: Float = 0
            for band in 0..<bands {
                rise += max(0, decibels[frame * bands + band] - decibels[(frame - 1) * bands + band])
            }
            envelope[frame + shift] = rise / Float(bands)
        }
        return envelope
    }
}
