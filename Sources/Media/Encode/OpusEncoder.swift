/// Encodes a recording for browsers, on its presentation clock.
public struct OpusEncoder: Sendable {
    private let tools: MediaTools
    private let limits: MediaLimits

    public init(tools: MediaTools = MediaTools(), limits: MediaLimits = MediaLimits()) {
        self.tools = tools
        self.limits = limits
    }

    /// Most bytes of an encoded recording; ten hours at 48 kbit/s are a fifth of it.
    public static let maximumBytes = 1 << 30
    /// The `Content-Type` of what comes out.
    public static let mediaType = "audio/ogg; codecs=opus"

    /// Encodes one audio stream as Opus in Ogg (RFC 7845), of one or two channels. Its zero is the file's presentation zero, as when it
    /// is decoded.
    ///
    /// - Parameters:
    ///   - path: A regular file, or a symbolic link to one.
    ///   - stream: Which of its audio streams, from 0.
    ///   - bitRate: In bits a second.
    ///   - onProgress: is told how much of the recording is encoded, 0…1.
    /// - Throws: What `MediaProbe.probe` throws; `MediaError` with `decodeFailed` when ffmpeg cannot encode Opus,
    ///   `limitExceeded`, `timedOut`; `CancellationError`.
    public func encode(
        _ path: String, stream: Int = 0, bitRate: Int = 48_000,
        onProgress: @escaping @Sendable (Double) -> Void = { _ in }
    ) async throws -> [UInt8] {
        let probe = MediaProbe(tools: tools, limits: limits)
        let info = try await probe.probe(path, stream: stream)
        let file = try InputFile(path: path)
        guard file.stamp == info.fileStamp else { throw file.changed }
        guard let program = tools.ffmpeg.path else {
            throw MediaError(.toolMissing, tools.ffmpeg.error ?? "ffmpeg was not found")
        }
        let plan = try DecodePlan(
            info, firstSample: try await probe.firstSampleSeconds(of: file, audio: info.audio),
            sampleRateHz: info.audio.sampleRateHz, limits: limits)
        var filters = ["aresample=async=1:min_hard_comp=0.05", "asetpts=PTS-STARTPTS"]
        if plan.leadingDrop > 0 { filters += ["atrim=start_sample=\(plan.leadingDrop)", "asetpts=PTS-STARTPTS"] }
        if plan.leadingSilence > 0 { filters.append("adelay=delays=\(plan.leadingSilence)S:all=1") }
        var bounds = limits.decodeBounds(of: info)
        bounds.outputBytes = Self.maximumBytes
        bounds.timeout = .seconds(bounds.cpuSeconds * 4)
        let answer = try await ToolRun.collect(
            tools.confinement, program,
            ["-nostdin", "-hide_banner", "-nostats", "-v", "error", "-threads", "1", "-filter_threads", "1"]
                + DemuxerAllowList.inputOptions
                + [
                    "-i", file.argument, "-map", "0:a:\(info.audio.ordinal)", "-vn", "-sn", "-dn", "-map_metadata",
                    "-1",
                ]
                + ["-af", filters.joined(separator: ","), "-ac", "\(min(info.audio.channelCount, 2))", "-ar", "48000"]
                + ["-c:a", "libopus", "-b:a", "\(bitRate)", "-fflags", "+bitexact", "-f", "ogg", "pipe:1"],
            reading: file, within: bounds
        ) { bytes in
            guard let seconds = Self.encodedSeconds(bytes), let whole = info.durationSeconds, whole > 0 else { return }
            onProgress(min(seconds / whole, 1))
        }
        guard answer.succeeded, !answer.output.isEmpty else {
            throw MediaError(.decodeFailed, "\(file.name) cannot be encoded", underlying: answer.diagnostics)
        }
        return answer.output
    }

    /// The end of the last page so far, in seconds: its granule position at 48 kHz (RFC 3533, section 6; RFC 7845, section 4).
    private static func encodedSeconds(_ bytes: [UInt8]) -> Double? {
        let mark = Array("OggS".utf8)
        // A page is shorter than 64 KiB.
        let tail = bytes.suffix(128 << 10)
        var index = tail.endIndex - 14
        while index >= tail.startIndex {
            if tail[index] == mark[0], tail[index..<index + 4].elementsEqual(mark) {
                let granule = tail[index + 6..<index + 14].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
                // All bits are set where no packet ends.
                return granule == .max ? nil : Double(granule) / 48_000
            }
            index -= 1
        }
        return nil
    }
}
