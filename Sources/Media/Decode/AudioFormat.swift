/// The form of decoded samples: interleaved 32-bit floats, full scale ±1.
public struct AudioFormat: Sendable, Hashable {
    /// Frames a second.
    public let sampleRateHz: Int
    /// Samples a frame.
    public let channelCount: Int
    /// ffmpeg's name of the layout, such as `mono`, `stereo`, `5.1(side)`; null when the file does not say. It tells
    /// which channels are surround or low-frequency ones; the order is that of the WAVE speaker bits.
    public let channelLayout: String?

    public init(sampleRateHz: Int, channelCount: Int, channelLayout: String?) {
        self.sampleRateHz = sampleRateHz
        self.channelCount = channelCount
        self.channelLayout = channelLayout
    }
}
