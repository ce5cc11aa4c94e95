import Interchange
import TimelineModel

/// What each export of an edit list has to hold: times in milliseconds, as decimals of exactly their value. The frames
/// are up to the readers, which compute them in fractions.
struct EditListFacts: Encodable {
    struct Mark: Encodable {
        var name: String
        var at_ms: String
    }

    struct Shot: Encodable {
        var name: String
        var url: String
        @Nullable var media_duration_ms: String?
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

    init(_ list: EditList) {
        title = list.title
        rate = [list.frameRate.numerator, list.frameRate.denominator]
        drop_frame = list.isDropFrame
        shots = list.shots.map { shot in
            Shot(
                name: shot.name, url: shot.media.url, media_duration_ms: shot.media.durationMs.map { "\($0)" },
                source_start_ms: "\(shot.sourceStartMs)", target_start_ms: "\(shot.targetStartMs)",
                duration_ms: "\(shot.durationMs)",
                markers: shot.markers.map { Mark(name: $0.name, at_ms: "\($0.atMs)") })
        }
        markers = list.markers.map { Mark(name: $0.name, at_ms: "\($0.atMs)") }
    }
}
