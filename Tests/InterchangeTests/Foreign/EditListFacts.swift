import Interchange
import TimelineModel

/// What each export of an edit list has to hold: times in milliseconds, as decimals of exactly their value. The frames
/// are up to the readers, which compute them in fractions.
struct EditListFacts: Encodable {
    struct Mark: Encodable {
        var name: String
        var at_ms: String
        var duration_ms: String

        init(_ marker: EditList.Marker) {
            name = marker.name
            at_ms = "\(marker.atMs)"
            duration_ms = "\(marker.durationMs)"
        }
    }

    struct Shot: Encodable {
        var name: String
        var url: String
        var has_video: Bool
        var has_audio: Bool
        @Nullable var media_duration_ms: String?
        /// Known better than by the length.
        @Nullable var media_frames: Int?
        var source_start_ms: String
        var target_start_ms: String
        var duration_ms: String
        var markers: [Mark]
    }

    var title: String
    var rate: [Int]
    var drop_frame: Bool
    var shots: [Shot]
    var markers: [Mark]

    /// - Parameter mediaFrames: how many frames media has, whatever its length says, by its id.
    init(_ list: EditList, mediaFrames: [String: Int] = [:]) {
        title = list.title
        rate = [list.frameRate.numerator, list.frameRate.denominator]
        drop_frame = list.isDropFrame
        shots = list.shots.map { shot in
            Shot(
                name: shot.name, url: shot.media.url, has_video: shot.media.hasVideo, has_audio: shot.media.hasAudio,
                media_duration_ms: shot.media.durationMs.map { "\($0)" }, media_frames: mediaFrames[shot.media.id],
                source_start_ms: "\(shot.sourceStartMs)", target_start_ms: "\(shot.targetStartMs)",
                duration_ms: "\(shot.durationMs)", markers: shot.markers.map(Mark.init))
        }
        markers = list.markers.map(Mark.init)
    }
}
