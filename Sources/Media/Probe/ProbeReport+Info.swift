package import Files
import TimelineModel

extension ProbeReport {
    /// What the report says of a file and one of its audio streams.
    ///
    /// - Parameters:
    ///   - name: the file's, for messages.
    ///   - ordinal: which of the audio streams, from 0.
    ///   - diagnostics: what ffprobe had to say beside the report.
    ///   - overstatedSeconds: length that a WAV header declares, where that is more than the file holds.
    /// - Throws: `MediaError` (`noAudioStream`, `notMedia`, `tooManyChannels`, `unsupportedSampleRate`,
    ///   `limitExceeded`).
    package func info(
        name: String, stamp: FileStamp, stream ordinal: Int, diagnostics: String, overstatedSeconds: Double?,
        limits: MediaLimits
    ) throws(MediaError) -> MediaInfo {
        let streams = streams ?? []
        let audioStreams = streams.filter { $0.codecType == "audio" }
        guard !audioStreams.isEmpty else {
            throw MediaError(.noAudioStream, "\(name) has no audio")
        }
        guard audioStreams.indices.contains(ordinal) else {
            throw MediaError(
                .noAudioStream, "\(name) has \(audioStreams.count) audio streams, none numbered \(ordinal)")
        }
        let chosen = audioStreams[ordinal]
        let rate = chosen.sampleRate.flatMap { Int($0) } ?? 0
        let channels = chosen.channels ?? 0
        guard rate > 0, channels > 0 else {
            throw MediaError(.notMedia, "\(name) holds no audio that can be decoded", underlying: diagnostics)
        }
        try limits.check(sampleRateHz: rate, channelCount: channels)
        let audio = AudioStreamInfo(
            index: chosen.index ?? 0, ordinal: ordinal, codecName: chosen.codecName ?? "unknown", sampleRateHz: rate,
            channelCount: channels, channelLayout: chosen.channelLayout.flatMap { $0 == "unknown" ? nil : $0 },
            bitRate: Self.bitRate(chosen.bitRate), startSeconds: Self.seconds(chosen.startTime),
            durationSeconds: Self.seconds(chosen.duration),
            taggedEndSeconds: Self.clockSeconds(chosen.tags?.duration))
        let isEstimated = diagnostics.contains("Estimating duration from bitrate")
        // Not to be found out by decoding for hours. What holds less than its header says is cut short, and read as far as it goes.
        if let seconds = Self.seconds(format?.duration), seconds > limits.maximumSeconds, !isEstimated,
            overstatedSeconds == nil
        {
            throw DecodePlan.tooLong
        }
        let picture = streams.first { $0.codecType == "video" && $0.disposition?.attachedPicture != 1 }
        return MediaInfo(
            containerFormat: format?.formatName ?? "unknown",
            durationSeconds: Self.seconds(format?.duration),
            isDurationEstimated: isEstimated,
            startSeconds: Self.seconds(format?.startTime), fileStamp: stamp,
            hasVideo: picture != nil, frameRate: picture?.averageFrameRate.flatMap { FrameRate($0) },
            audioStreamCount: audioStreams.count, streamCount: streams.count, audio: audio,
            overstatedSeconds: overstatedSeconds)
    }
}
