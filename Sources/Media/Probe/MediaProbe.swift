import Files
import TimelineModel

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Asks ffprobe what a file holds.
public struct MediaProbe: Sendable {
    private let tools: MediaTools
    private let limits: MediaLimits

    public init(tools: MediaTools = MediaTools(), limits: MediaLimits = MediaLimits()) {
        self.tools = tools
        self.limits = limits
    }

    /// Describes a file and one of its audio streams.
    ///
    /// - Parameters:
    ///   - path: A regular file, or a symbolic link to one. Nothing in the name is special to ffmpeg.
    ///   - stream: Which of the audio streams, from 0.
    /// - Throws: `MediaError` (`noSuchFile`, `notReadable`, `isDirectory`, `notRegularFile`, `notMedia`,
    ///   `noAudioStream`, `unsupported`, `tooManyChannels`, `unsupportedSampleRate`, `toolMissing`, `timedOut`,
    ///   `limitExceeded`); `CancellationError`.
    public func probe(_ path: String, stream: Int = 0) async throws -> MediaInfo {
        let file = try InputFile(path: path)
        let answer = try await ask(file, ["-show_entries", ProbeReport.entries])
        guard answer.succeeded, let report = try? JSONDecoder().decode(ProbeReport.self, from: Data(answer.output))
        else {
            throw refusal(of: file, diagnostics: answer.diagnostics)
        }
        guard report.streams?.isEmpty == false else { throw refusal(of: file, diagnostics: answer.diagnostics) }
        return try report.info(
            name: file.name, stamp: file.stamp, stream: stream, diagnostics: answer.diagnostics,
            overstatedSeconds: try await overstatedSeconds(file, format: report.format?.formatName), limits: limits)
    }

    /// Time of the first sample that decoding gives, on the container's clock in seconds.
    ///
    /// It differs from the stream's start time where a decoder drops what an encoder put in front (Opus in WebM), or
    /// where the first packet gives no sound (Vorbis).
    func firstSampleSeconds(of file: InputFile, audio: AudioStreamInfo) async throws -> Double? {
        let answer = try await ask(
            file,
            [
                "-select_streams", "a:\(audio.ordinal)", "-read_intervals", "%+#4",
                "-show_entries", "frame=pts_time,nb_samples",
            ])
        guard answer.succeeded, let report = try? JSONDecoder().decode(ProbeReport.self, from: Data(answer.output))
        else { return nil }
        return report.firstSampleSeconds(sampleRateHz: audio.sampleRateHz)
    }

    private func ask(_ file: InputFile, _ arguments: [String]) async throws -> ToolRun.Answer {
        guard let program = tools.ffprobe.path else {
            throw MediaError(.toolMissing, tools.ffprobe.error ?? "ffprobe was not found")
        }
        return try await ToolRun.collect(
            tools.confinement, program,
            ["-v", "warning", "-of", "json=compact=1"] + DemuxerAllowList.inputOptions + arguments
                + ["-i", file.argument],
            reading: file, within: limits.probeBounds)
    }

    private func overstatedSeconds(_ file: InputFile, format: String?) async throws -> Double? {
        guard format == "wav" else { return nil }
        return try await BlockingWork.run { _ in
            WaveHeader { offset, count in
                (try? OpenFile(path: file.path, for: .reading).read(at: offset, count: count)) ?? []
            }?
            .overstatedSeconds(fileSizeBytes: file.sizeBytes)
        }
    }

    private func refusal(of file: InputFile, diagnostics: String) -> MediaError {
        let said = diagnostics.replacing(DemuxerAllowList.names, with: "…")
        // ffmpeg takes text for terminal art, and many random bytes too.
        let isTextArt = ["[tty @", "[bin @", "[xbin @", "[adf @", "[idf @"].contains { said.contains($0) }
        if said.contains("not on whitelist"), !isTextArt {
            return MediaError(.unsupported, "\(file.name) is not in a supported format", underlying: said)
        }
        return MediaError(.notMedia, "\(file.name) is not audio or video", underlying: said)
    }
}

extension MediaLimits {
    /// Throws when an audio stream's form is out of bounds.
    func check(sampleRateHz: Int, channelCount: Int) throws(MediaError) {
        guard channelCount <= maximumChannelCount else {
            throw MediaError(
                .tooManyChannels, "the audio has \(channelCount) channels; at most \(maximumChannelCount) are read")
        }
        guard sampleRateHz <= maximumSampleRateHz else {
            throw MediaError(.unsupportedSampleRate, "a sample rate of \(sampleRateHz) Hz is out of range")
        }
    }
}
