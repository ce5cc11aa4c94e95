package import Library
package import Media
import TimelineModel

extension MediaAsset {
    /// Fills in what a file says of itself and nobody told.
    ///
    /// - Parameter kindIsTold: whether somebody said what it is; else what has moving picture is a video.
    package mutating func fill(from info: MediaInfo, kindIsTold: Bool) {
        if !kindIsTold { kind = info.hasVideo ? .video : .audio }
        durationMs = durationMs ?? info.durationSeconds.map { ($0 * 1000).rounded() }
        audioChannels = audioChannels ?? info.audio.channelCount
        sampleRate = sampleRate ?? info.audio.sampleRateHz
        codecInfo = codecInfo ?? info.audio.codecName
        fps = fps ?? info.frameRate?.framesPerSecond
    }
}
