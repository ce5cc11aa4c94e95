import TimelineModel

/// Writes an edit list as OpenTimelineIO JSON (Academy Software Foundation; "File Format Specification", schemas
/// `Timeline.1`, `Stack.1`, `Track.1`, `Clip.2`, `Marker.2`), as it is: tracks, gaps, clips, markers, metadata.
///
/// All times are whole frames at the exact rate, such as 30000/1001; at `FrameRate/milliseconds` they are
/// milliseconds. A clip's markers are in the media's time. Metadata stands under the one key `cueline`; in it, numbers
/// that are not finite are null, and members named `OTIO_SCHEMA`, which a reader would take for its own, are left out.
/// The timeline's own says in `left_out` how many shots have no frame here, if any (``EditList/Framed/leftOut``).
public struct OpenTimelineIO: Sendable {
    public init() {}

    /// The document as text: see ``bytes(of:)``. A large one is twice in memory then.
    ///
    /// - Throws: nothing yet; the signature is the one of the other formats.
    public func text(of list: EditList) throws -> String { String(decoding: bytes(of: list), as: UTF8.self) }

    /// The document in UTF-8: a line for each clip, gap, and mark of the sequence, keys sorted, ending in a line break;
    /// the same bytes for the same list.
    public func bytes(of list: EditList) -> [UInt8] {
        let framed = list.framed()
        let document = OpenTimelineDocument(rate: list.frameRate)
        return JSONWriter.bytes(capacity: OpenTimelineDocument.size(of: framed)) {
            document.write(list, framed, to: &$0)
        }
    }
}

/// Writes the members of each object in the order of their keys.
private struct OpenTimelineDocument {
    private static let metadataKey = "cueline"

    private let rate: FrameRate
    /// Readers hold a rate as a double: the quotient, and not its decimals cut somewhere.
    private let quotient: String

    init(rate: FrameRate) {
        self.rate = rate
        let number = Double(rate.numerator) / Double(rate.denominator)
        quotient = rate.denominator == 1 ? String(rate.numerator) : number.description
    }

    /// About how many bytes a document has, rather more.
    static func size(of framed: EditList.Framed) -> Int {
        framed.tracks.reduce(4096 + 512 * framed.markers.count) { size, track in
            track.shots.reduce(size) { $0 + 1536 + 512 * $1.markers.count }
        }
    }

    func write(_ list: EditList, _ framed: EditList.Framed, to json: inout JSONWriter) {
        json.member("OTIO_SCHEMA", "Timeline.1")
        json.member("global_start_time") { time(0, to: &$0) }
        var about = list.metadata
        if !framed.leftOut.isEmpty { about["left_out"] = .integer(Int64(framed.leftOut.count)) }
        metadata(about, to: &json)
        json.member("name", ExchangeText.name(list.title))
        json.member("tracks") { json in
            json.member("OTIO_SCHEMA", "Stack.1")
            json.array("children") { json in
                for item in framed.tracks { json.element { track(item, to: &$0) } }
            }
            json.lines("markers") { json in
                for mark in framed.markers { json.element { marker(mark, to: &$0) } }
            }
            metadata([:], to: &json)
            json.member("name", "tracks")
        }
    }

    private func track(_ track: EditList.Framed.Track, to json: inout JSONWriter) {
        json.member("OTIO_SCHEMA", "Track.1")
        json.lines("children") { json in
            var position = 0
            for shot in track.shots {
                let pause = shot.record.lowerBound - position
                if pause > 0 { json.element { gap(pause, to: &$0) } }
                json.element { clip(shot, to: &$0) }
                position = shot.record.upperBound
            }
        }
        json.member("kind", track.hasVideo ? "Video" : "Audio")
        metadata([:], to: &json)
        json.member("name", ExchangeText.name(track.name))
    }

    private func gap(_ length: Int, to json: inout JSONWriter) {
        json.member("OTIO_SCHEMA", "Gap.1")
        metadata([:], to: &json)
        json.member("name", "")
        json.member("source_range") { range(0, length, to: &$0) }
    }

    private func clip(_ shot: EditList.Framed.Shot, to json: inout JSONWriter) {
        json.member("OTIO_SCHEMA", "Clip.2")
        json.member("active_media_reference_key", "DEFAULT_MEDIA")
        json.array("markers") { json in
            for mark in shot.markers { json.element { marker(mark, to: &$0) } }
        }
        json.member("media_references") { json in
            json.member("DEFAULT_MEDIA") { reference(shot.shot.media, to: &$0) }
        }
        metadata(shot.shot.metadata, to: &json)
        json.member("name", ExchangeText.name(shot.shot.name))
        json.member("source_range") { range(shot.source.lowerBound, shot.source.count, to: &$0) }
    }

    private func reference(_ media: EditList.Media, to json: inout JSONWriter) {
        json.member("OTIO_SCHEMA", "ExternalReference.1")
        if let duration = media.knownDurationMs {
            json.member("available_range") { range(0, rate.wholeFrames(inMs: duration), to: &$0) }
        } else {
            json.member("available_range", .null)
        }
        metadata([:], to: &json)
        json.member("name", ExchangeText.name(media.name))
        json.member("target_url", media.url)
    }

    private func marker(_ mark: EditList.Framed.Marker, to json: inout JSONWriter) {
        json.member("OTIO_SCHEMA", "Marker.2")
        json.member("color", mark.marker.color.rawValue)
        json.member("comment", ExchangeText.name(mark.marker.comment, limit: 4096))
        json.member("marked_range") { range(mark.start, mark.length, to: &$0) }
        metadata(mark.marker.metadata, to: &json)
        json.member("name", ExchangeText.name(mark.marker.name))
    }

    private func range(_ start: Int, _ length: Int, to json: inout JSONWriter) {
        json.member("OTIO_SCHEMA", "TimeRange.1")
        json.member("duration") { time(length, to: &$0) }
        json.member("start_time") { time(start, to: &$0) }
    }

    private func time(_ frame: Int, to json: inout JSONWriter) {
        json.member("OTIO_SCHEMA", "RationalTime.1")
        json.member("rate", literal: quotient)
        json.member("value", literal: String(frame))
    }

    private func metadata(_ metadata: [String: JSONValue], to json: inout JSONWriter) {
        json.member("metadata") { json in
            if !metadata.isEmpty { json.member(Self.metadataKey, Self.withoutSchemas(.object(metadata))) }
        }
    }

    private static func withoutSchemas(_ value: JSONValue) -> JSONValue {
        switch value {
        case .array(let values): .array(values.map(withoutSchemas))
        case .object(let members): .object(members.filter { $0.key != "OTIO_SCHEMA" }.mapValues(withoutSchemas))
        default: value
        }
    }
}
