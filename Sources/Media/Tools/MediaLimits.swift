/// Bounds on what a file may cost.
public struct MediaLimits: Sendable, Hashable {
    /// Longest recording that is decoded, in seconds. Longer ones are an error, not cut.
    public var maximumSeconds: Double = 48 * 3600
    /// Most channels of one audio stream.
    public var maximumChannelCount: Int = 64
    /// Highest sample rate in hertz.
    public var maximumSampleRateHz: Int = 768_000
    /// Most bytes that ffprobe may answer with.
    public var probeOutputBytes: Int = 1 << 20
    /// Wall time that one run of ffprobe may take.
    public var probeTimeout: Duration = .seconds(30)
    /// Wall time that ffmpeg may stay silent while samples are waited for. A slow reader does not count.
    public var stallTimeout: Duration = .seconds(120)
    /// How much of what ffmpeg says on standard error is kept (half from the start, half from the end).
    public var diagnosticsBytes: Int = 64 << 10

    public init() {}
}
