/// Bounds on what a file may cost.
public struct MediaLimits: Sendable, Hashable {
    /// Longest recording that is decoded, in seconds. Longer ones are an error, not cut.
    public var maximumSeconds: Double = 48 * 3600
    /// Fewest bytes for a second of a recording that is longer than half an hour: files that make hours out of nothing are no
    /// recordings. Codecs of speech that pause in silence take twice as many at least.
    public var minimumBytesPerSecond: Double = 16
    /// Most channels of one audio stream.
    public var maximumChannelCount: Int = 64
    /// Highest sample rate in hertz.
    public var maximumSampleRateHz: Int = 768_000
    /// Most bytes that ffprobe may answer with.
    public var probeOutputBytes: Int = 1 << 20
    /// Wall time that one run of ffprobe may take.
    public var probeTimeout: Duration = .seconds(30)
    /// Processor time in seconds that one run of ffprobe may take.
    public var probeCPUSeconds: Int = 10
    /// Address space in bytes of one run of ffmpeg or ffprobe.
    public var toolMemoryBytes: Int = 4 << 30
    /// Wall time that ffmpeg may stay silent while samples are waited for. A slow reader does not count.
    public var stallTimeout: Duration = .seconds(120)
    /// How much of what ffmpeg says on standard error is kept (half from the start, half from the end).
    public var diagnosticsBytes: Int = 64 << 10

    public init() {}
}

extension MediaLimits {
    /// Longest recording that is decoded from a file, in seconds: of one that says how long it is hardly more than that, but
    /// for formats whose files are strung together, and then say the length of the first.
    func maximumSeconds(of info: MediaInfo) -> Double {
        let bytes = Double(info.fileSizeBytes)
        let estimate = info.isDurationEstimated ? nil : info.durationSeconds
        let told = [info.declaredEndSeconds, estimate].compactMap { $0 }.max()
        let likely = told.map { max($0, 0) * 1.05 + 60 + (info.mayBeStrungTogether ? bytes / 1000 : 0) }
        return min(
            maximumSeconds, 1800 + bytes / max(minimumBytesPerSecond, 0.001), likely ?? (1800 + bytes / 100))
    }

    /// What a run of ffprobe may cost.
    var probeBounds: ToolRun.Bounds {
        ToolRun.Bounds(
            cpuSeconds: probeCPUSeconds, memoryBytes: toolMemoryBytes, outputBytes: probeOutputBytes,
            diagnosticsBytes: diagnosticsBytes, timeout: probeTimeout)
    }

    /// What decoding a file may cost: a second of processor time for eight of the longest recording that it may hold.
    func decodeBounds(of info: MediaInfo) -> ToolRun.Bounds {
        ToolRun.Bounds(
            cpuSeconds: 60 + Int(max(0, min(maximumSeconds(of: info) / 8, 1_000_000))), memoryBytes: toolMemoryBytes,
            diagnosticsBytes: diagnosticsBytes)
    }
}
