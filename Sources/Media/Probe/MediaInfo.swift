package import Files
public import TimelineModel

/// What is known of a media file before it is decoded.
public struct MediaInfo: Sendable, Hashable {
    /// ffmpeg's names of the container format, such as `mov,mp4,m4a,3gp,3g2,mj2`.
    public let containerFormat: String
    /// Length in seconds that the container declares or ffmpeg estimates.
    public let durationSeconds: Double?
    /// Whether the lengths are no more than a guess from the file's size and bit rate.
    public let isDurationEstimated: Bool
    /// Earliest time of any stream on the container's clock, in seconds.
    public let startSeconds: Double?
    public var fileSizeBytes: Int64 { fileStamp.size }
    /// Which file it was that was asked.
    package let fileStamp: FileStamp
    /// Whether there is moving picture; a cover picture does not count.
    public let hasVideo: Bool
    /// Frames a second of the moving picture, on average; null where there is none or the container does not say.
    public let frameRate: FrameRate?
    /// How many audio streams there are.
    public let audioStreamCount: Int
    /// How many streams of all kinds there are.
    let streamCount: Int
    /// The audio stream that was asked for.
    public let audio: AudioStreamInfo
    /// Length in seconds that the header of a WAV file declares, where that is more than the file holds.
    let overstatedSeconds: Double?

    /// The presentation zero of the file on the container's clock, in seconds.
    ///
    /// MP4, QuickTime, Matroska and AVI have a clock that starts at 0: a stream that begins later begins with silence.
    /// The clocks of others (MPEG transport streams) start anywhere, so that their zero is their earliest stream; this
    /// holds too for pieces of a longer broadcast, which start later than a minute.
    package var presentationZeroSeconds: Double {
        let start = startSeconds ?? 0
        return hasAbsoluteClock && start <= 60 ? 0 : start
    }

    /// Time of the last sample's end after the presentation zero as the file's own index has it, in seconds; null where
    /// nothing trustworthy says so.
    package var declaredEndSeconds: Double? {
        if let overstatedSeconds { return overstatedSeconds }
        if isDurationEstimated { return nil }
        let end: Double?
        if isOf(["mov", "flac", "aiff", "wav", "w64", "wv", "tta", "ape", "mp3"]) {
            end = audio.durationSeconds.map { $0 + (audio.startSeconds ?? 0) }
        } else if isOf(["matroska"]) {
            end = audio.taggedEndSeconds ?? (streamCount == 1 ? durationSeconds : nil)
        } else {
            end = nil
        }
        return end.map { $0 - presentationZeroSeconds }
    }

    /// Where the file's edit list ends the stream, in seconds after the presentation zero. What a decoder gives beyond
    /// it is the padding of the last packet.
    package var editEndSeconds: Double? {
        isOf(["mov"]) && !isDurationEstimated ? declaredEndSeconds : nil
    }

    /// Whether files of this format, one behind the other, are a file of the format.
    var mayBeStrungTogether: Bool { !isOf(["wav", "w64", "aiff", "flac", "wv", "tta", "ape"]) }

    private var hasAbsoluteClock: Bool { isOf(["mov", "matroska", "avi"]) }

    private func isOf(_ names: Set<Substring>) -> Bool {
        containerFormat.split(separator: ",").contains { names.contains($0) }
    }
}
