import Subprocess

/// Decodes an audio stream of any file that ffmpeg reads, at the stream's own rate and channels.
public struct AudioDecoder: Sendable {
    private let tools: MediaTools
    private let limits: MediaLimits

    public init(tools: MediaTools = MediaTools(), limits: MediaLimits = MediaLimits()) {
        self.tools = tools
        self.limits = limits
    }

    /// Decodes a file while a closure reads it.
    ///
    /// ffmpeg runs as a child for as long as the closure does: it is gone when this returns or throws, also when the
    /// closure leaves early or the task is cancelled. Memory does not grow with the recording.
    ///
    /// Frame 0 is the file's presentation zero. Sound that begins later is preceded by silence, sound before it
    /// (priming) is left out, gaps between packets are filled with silence.
    ///
    ///     let peak = try await AudioDecoder().withDecodedAudio(of: path) { audio in
    ///         var peak: Float = 0
    ///         for try await block in audio {
    ///             peak = block.reduce(peak) { max($0, abs($1)) }
    ///         }
    ///         return peak
    ///     }
    ///
    /// - Parameters:
    ///   - path: A regular file, or a symbolic link to one.
    ///   - stream: Which of its audio streams, from 0.
    ///   - body: Reads the samples; the value is no use after it.
    /// - Returns: What `body` returns.
    /// - Throws: What `MediaProbe.probe` and `body` throw; `MediaError` with `notMedia` when nothing can be decoded,
    ///   `decodeFailed` when ffmpeg crashed, `timedOut`, `limitExceeded`, `changed`; `CancellationError`. A file that is cut
    ///   short is no error: see `DecodedAudio.warnings`.
    public func withDecodedAudio<Value>(
        of path: String, stream: Int = 0, _ body: (DecodedAudio) async throws -> Value
    ) async throws -> Value {
        let info = try await MediaProbe(tools: tools, limits: limits).probe(path, stream: stream)
        return try await withDecodedAudio(of: path, info: info, body)
    }

    /// Decodes a file that was probed before, while a closure reads it.
    ///
    /// - Parameters:
    ///   - path: The file that `info` was made of.
    ///   - info: Tells which stream to decode.
    public func withDecodedAudio<Value>(
        of path: String, info: MediaInfo, _ body: (DecodedAudio) async throws -> Value
    ) async throws -> Value {
        let file = try InputFile(path: path)
        guard file.stamp == info.fileStamp else { throw file.changed }
        guard let program = tools.ffmpeg.path else {
            throw MediaError(.toolMissing, tools.ffmpeg.error ?? "ffmpeg was not found")
        }
        let firstSample = try await MediaProbe(tools: tools, limits: limits)
            .firstSampleSeconds(of: file, audio: info.audio)
        let state = DecodeState(diagnosticsBytes: limits.diagnosticsBytes)
        var value: Value?
        let status: TerminationStatus
        do {
            let result = try await run(
                ToolRun.configuration(
                    tools.confinement, program, Self.arguments(file, info.audio), reading: file,
                    within: limits.decodeBounds(of: info)),
                input: .none, output: .sequence, error: .sequence
            ) { execution in
                async let log: Void = collect(execution.standardError, into: state)
                async let _: Void = kill(execution, whenStalled: state, after: limits.stallTimeout)
                var reader = PCMReader(execution.standardOutput)
                if let header = try await reader.readHeader(state: state) {
                    let audio = try decodedAudio(
                        info, header: header, firstSample: firstSample, reader: reader, state: state)
                    value = try await body(audio)
                    if !audio.isComplete {
                        await execution.teardown(using: ToolRun.teardown)
                    }
                }
                await log
            }
            status = result.terminationStatus
        } catch let error as SubprocessError {
            try Task.checkCancellation()
            throw ToolRun.startError(error)
        }
        try Task.checkCancellation()
        return try settle(value, status: status, state: state, file: file)
    }

    /// ffmpeg's arguments: one stream, as WAV without tags, its gaps filled.
    ///
    /// `aresample=async=1` changes no sample; it only puts silence where timestamps jump ahead (by more than
    /// `min_hard_comp` seconds, below which lies the jitter of coarse container clocks) and drops what they repeat.
    static func arguments(_ file: InputFile, _ audio: AudioStreamInfo) -> [String] {
        ["-nostdin", "-hide_banner", "-nostats", "-v", "error", "-threads", "1", "-filter_threads", "1"]
            + DemuxerAllowList.inputOptions
            + ["-i", file.argument, "-map", "0:a:\(audio.ordinal)", "-vn", "-sn", "-dn", "-map_metadata", "-1"]
            + ["-af", "aresample=async=1:min_hard_comp=0.05", "-c:a", "pcm_f32le", "-fflags", "+bitexact"]
            + ["-flush_packets", "0", "-f", "wav", "pipe:1"]
    }

    private func decodedAudio(
        _ info: MediaInfo, header: WaveHeader, firstSample: Double?, reader: sending PCMReader, state: DecodeState
    ) throws -> DecodedAudio {
        try limits.check(sampleRateHz: header.sampleRateHz, channelCount: header.channelCount)
        let isAsProbed = header.channelCount == info.audio.channelCount
        let usual = [1: "mono", 2: "stereo"][header.channelCount]
        let format = AudioFormat(
            sampleRateHz: header.sampleRateHz, channelCount: header.channelCount,
            channelLayout: (isAsProbed ? info.audio.channelLayout : nil) ?? usual)
        let plan = try DecodePlan(
            info, firstSample: firstSample, sampleRateHz: header.sampleRateHz, limits: limits)
        return DecodedAudio(format: format, info: info, plan: plan, reader: reader, state: state)
    }

    private func settle<Value>(
        _ value: Value?, status: TerminationStatus, state: DecodeState, file: InputFile
    ) throws -> Value {
        if state.isStalled {
            throw MediaError(.timedOut, "decoding made no progress", underlying: state.diagnostics)
        }
        let said = "\(status): \(state.diagnostics)"
        if state.isComplete, let failure = ToolRun.failure(status, diagnostics: state.diagnostics) { throw failure }
        guard let value, !state.isComplete || state.framesDecoded > 0 else {
            throw MediaError(.notMedia, "nothing in \(file.name) can be decoded", underlying: said)
        }
        if case .signaled = status, state.isComplete {
            throw MediaError(.decodeFailed, "the decoder crashed on \(file.name)", underlying: said)
        }
        return value
    }
}

private func collect(_ stream: SubprocessOutputSequence, into state: DecodeState) async {
    defer { state.endDiagnostics() }
    var iterator = stream.makeAsyncIterator()
    while let buffer = try? await iterator.next() {
        buffer.withUnsafeBytes { state.log($0) }
    }
}

private func kill(
    _ execution: Execution<NoInput, SequenceOutput, SequenceOutput>, whenStalled state: DecodeState, after: Duration
) async {
    if await state.waitForStall(timeout: after) {
        try? execution.send(signal: .kill, toProcessGroup: true)
    }
}
