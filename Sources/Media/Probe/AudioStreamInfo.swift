/// What a container says about one of its audio streams.
public struct AudioStreamInfo: Sendable, Hashable {
    /// Place among all streams of the file.
    public let index: Int
    /// Place among the audio streams of the file, from 0.
    public let ordinal: Int
    /// ffmpeg's name of the codec, such as `aac` or `pcm_s16le`.
    public let codecName: String
    public let sampleRateHz: Int
    public let channelCount: Int
    /// ffmpeg's name of the layout, such as `stereo` or `5.1(side)`; null when the file does not say.
    public let channelLayout: String?
    /// Bits per second, where known.
    public let bitRate: Int?
    /// Time of the first sample on the container's clock, in seconds.
    public let startSeconds: Double?
    /// Length in seconds as the container has it for this stream.
    public let durationSeconds: Double?
    /// End of the stream on the container's clock in seconds, where a Matroska tag states it.
    let taggedEndSeconds: Double?
}
