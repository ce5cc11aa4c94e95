import TimelineModel

/// Writes an edit list as OpenTimelineIO JSON (Academy Software Foundation; "File Format Specification", schemas
/// `Timeline.1`, `Stack.1`, `Track.1`, `Clip.2`, `Marker.2`), as it is: tracks, gaps, clips, markers, metadata.
///
/// All times are whole frames at the exact rate, such as 30000/1001; at ``FrameRate/milliseconds`` they are
/// milliseconds. A clip's markers are in the media's time. Metadata stands under the one key `cueline`; in it, numbers
/// that are not finite are null, and members named `OTIO_SCHEMA`, which a reader would take for its own, are left out.
public struct OpenTimelineIO: Sendable {
    public init() {}

    /// The document: indented, keys sorted, ending in a line break; the same bytes for the same list.
    ///
    /// - Throws: nothing yet; the signature is the one of the other formats.
    public func text(of list: EditList) throws -> String {
        let framed = list.framed()
        let document = OpenTimelineDocument(rate: list.frameRate)
        return JSONWriter.text { document.write(list, framed, to: &$0) }
    }
}

/// Writes the members of each object in the order of their keys.
private struct OpenTimelineDocument {
    private static let metadataKey = "cueline"

    private let rate: FrameRate
    /// Readers hold a rate as a double: the quotient, and not its decimals cut somewhere.
    private let quotient: JSONValue

    init(rate: FrameRate) {
        self.rate = rate
        quotient = .number(Double(rate.numerator) / Double(rate.denominator))
    }

    func write(_ list: EditList, _ framed: EditList.Framed, to json: inout JSONWriter) {
        json.member("OTIO_SCHEMA", .string("Timeline.1"))
        json.member("global_start_time") { time(0, to: &$0) }
        metadata(list.metadata, to: &json)
        json.member("name", .string(ExchangeText.name(list.title)))
        json.member("tracks") { json in
            json.member("OTIO_SCHEMA", .string("Stack.1"))
            json.member("children", array: framed.tracks) { track($1, to: &$0) }
            json.member("markers", array: framed.markers) { marker($1, to: &$0) }
            metadata([:], to: &json)
            json.member("name", .string("tracks"))
        }
    }

    private func track(_ track: EditList.Framed.Track, to json: inout JSONWriter) {
        var children: [(gap: Int, shot: EditList.Framed.Shot?)] = []
        var position = 0
        for shot in track.shots {
            if position < shot.record.lowerBound { children.append((shot.record.lowerBound - position, nil)) }
            children.append((0, shot))
            position = shot.record.upperBound
        }
        json.member("OTIO_SCHEMA", .string("Track.1"))
        json.member("children", array: children) { json, child in
            if let shot = child.shot { clip(shot, to: &json) } else { gap(child.gap, to: &json) }
        }
        json.member("kind", .string(track.hasVideo ? "Video" : "Audio"))
        metadata([:], to: &json)
        json.member("name", .string(ExchangeText.name(track.name)))
    }

    private func gap(_ length: Int, to json: inout JSONWriter) {
        json.member("OTIO_SCHEMA", .string("Gap.1"))
        metadata([:], to: &json)
        json.member("name", .string(""))
        json.member("source_range") { range(0, length, to: &$0) }
    }

    private func clip(_ shot: EditList.Framed.Shot, to json: inout JSONWriter) {
        json.member("OTIO_SCHEMA", .string("Clip.2"))
        json.member("active_media_reference_key", .string("DEFAULT_MEDIA"))
        json.member("markers", array: shot.markers) { marker($1, to: &$0) }
        json.member("media_references") { json in
            json.member("DEFAULT_MEDIA") { reference(shot.shot.media, to: &$0) }
        }
        metadata(shot.shot.metadata, to: &json)
        json.member("name", .string(ExchangeText.name(shot.shot.name)))
        json.member("source_range") { range(shot.source.lowerBound, shot.source.count, to: &$0) }
    }

    private func reference(_ media: EditList.Media, to json: inout JSONWriter) {
        json.member("OTIO_SCHEMA", .string("ExternalReference.1"))
        if let duration = media.knownDurationMs {
            json.member("available_range") { range(0, rate.lastFrame(atMs: duration), to: &$0) }
        } else {
            json.member("available_range", .null)
        }
        metadata([:], to: &json)
        json.member("name", .string(ExchangeText.name(media.name)))
        json.member("target_url", .string(media.url))
    }

    private func marker(_ mark: EditList.Framed.Marker, to json: inout JSONWriter) {
        json.member("OTIO_SCHEMA", .string("Marker.2"))
        json.member("color", .string(mark.marker.color.rawValue))
        json.member("comment", .string(ExchangeText.name(mark.marker.comment, limit: 4096)))
        json.member("marked_range") { range(mark.start, mark.length, to: &$0) }
        metadata(mark.marker.metadata, to: &json)
        json.member("name", .string(ExchangeText.name(mark.marker.name)))
    }

    private func range(_ start: Int, _ length: Int, to json: inout JSONWriter) {
        json.member("OTIO_SCHEMA", .string("TimeRange.1"))
        json.member("duration") { time(length, to: &$0) }
        json.member("start_time") { time(start, to: &$0) }
    }

    private func time(_ frame: Int, to json: inout JSONWriter) {
        json.member("OTIO_SCHEMA", .string("RationalTime.1"))
        json.member("rate", quotient)
        json.member("value", .integer(Int64(frame)))
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
