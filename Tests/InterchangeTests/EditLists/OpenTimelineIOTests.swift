import Foundation
import Interchange
import Testing
import TimelineModel

@Suite("OpenTimelineIO")
struct OpenTimelineIOTests {
    private func document(_ list: EditList) throws -> JSONValue {
        try TimelineJSON.decode(JSONValue.self, from: Data(OpenTimelineIO().text(of: list).utf8))
    }

    @Test("A list is written exactly so")
    func golden() throws {
        let media = EditList.Media(id: "m", name: "Camera \"A\"", url: "file:///a.mov", durationMs: 60_000)
        let shot = EditList.Shot(
            name: "one", media: media, sourceStartMs: 10_600, targetStartMs: 1_500, durationMs: 2_000,
            markers: [
                EditList.Marker(
                    name: "1.1", atMs: 11_000, color: .red, metadata: ["b": .null, "a": .number(.nan)])
            ])
        let list = EditList(
            title: "Demo", frameRate: .ntsc2997, shots: [shot], markers: [EditList.Marker(name: "in", atMs: 0)],
            metadata: ["p": .string("é\u{1}/\\")])
        #expect(try OpenTimelineIO().text(of: list) == Self.golden)
    }

    @Test("Times are whole frames at the very quotient, in milliseconds where the list has no frames")
    func rates() throws {
        let rates = [(FrameRate.film23976, 24_000.0 / 1001), (.ntsc5994, 60_000.0 / 1001), (.milliseconds, 1000)]
        for (rate, number) in rates {
            let tracks = try document(EditListSample.small(at: rate)).at("tracks", "children").items
            for child in tracks.flatMap({ $0.at("children").items }) {
                for edge in ["start_time", "duration"] {
                    #expect(child.at("source_range", edge, "rate").double == number)
                    #expect(child.at("source_range", edge, "value").integer != nil)
                }
            }
        }
        let gap = try document(EditListSample.small(at: .milliseconds)).at("tracks", "children").items[0]
        #expect(gap.at("children").items[0].at("source_range", "duration", "value").integer == 1_500)
    }

    @Test("Tracks of sound only say so; an unknown duration is no available range")
    func kinds() throws {
        let tracks = try document(EditListSample.small()).at("tracks", "children").items
        #expect(tracks.map { $0.at("kind").text } == ["Video", "Audio"])
        let ranges = tracks.map {
            $0.at("children").items.last?
                .at("media_references", "DEFAULT_MEDIA", "available_range", "duration", "value")
        }
        #expect(ranges == [.integer(1_500), .null])
    }

    @Test("Marks of the sequence are on the stack, in its time")
    func sequenceMarkers() throws {
        let markers = try document(EditListSample.small()).at("tracks", "markers").items
        #expect(markers.map { $0.at("name").text } == ["sequence"])
        #expect(markers[0].at("marked_range", "start_time", "value").integer == 10)
        #expect(markers[0].at("marked_range", "duration", "value").integer == 2)
    }

    @Test("Metadata can smuggle no schema in, at any depth")
    func schemas() throws {
        var list = EditListSample.small()
        list.metadata = [
            "OTIO_SCHEMA": .string("Clip.2"),
            "list": .array([.object(["OTIO_SCHEMA": .string("x"), "kept": .bool(true)])]),
        ]
        let metadata = try document(list).at("metadata", "cueline")
        #expect(metadata == .object(["list": .array([.object(["kept": .bool(true)])])]))
    }

    @Test("Shots without a frame are counted in the timeline's metadata, which says nothing where there are none")
    func leftOut() throws {
        var list = EditListSample.small()
        #expect(try document(list).at("metadata", "cueline", "left_out") == .null)
        for length in [19.0, .nan] {
            var shot = list.shots[0]
            shot.durationMs = length
            list.shots.append(shot)
        }
        #expect(try document(list).at("metadata", "cueline", "left_out") == .integer(2))
        #expect(try document(list).at("metadata", "cueline", "project") == .string("p1"))
    }

    @Test("A recording's range holds its whole frames, although lengths are known to a millisecond only")
    func mediaLength() throws {
        var list = EditListSample.small()
        for (length, frames) in [(10_039.0, 251), (10_038, 250), (nil, nil)] as [(Double?, Int?)] {
            list.shots[0].media.durationMs = length
            let clip = try document(list).at("tracks", "children").items[0].at("children").items[1]
            let range = clip.at("media_references", "DEFAULT_MEDIA", "available_range")
            #expect(range.at("duration", "value").integer == frames)
        }
    }

    @Test("The bytes are the text's; a line holds each clip, gap and mark of the sequence")
    func lines() throws {
        let list = EditListSample.small()
        let text = try OpenTimelineIO().text(of: list)
        #expect(Array(text.utf8) == OpenTimelineIO().bytes(of: list))
        let items = ["Clip.2", "Gap.1", "Marker.2"].map { "{\"OTIO_SCHEMA\":\"\($0)\"" }
        let lines = text.split(separator: "\n").filter { line in
            items.contains { line.drop { $0 == " " }.hasPrefix($0) }
        }
        #expect(lines.count == 5)
    }

    @Test("Whatever comes in: JSON, and tracks as long as their last shot's record", arguments: 0..<60)
    func promises(seed: Int) throws {
        let list = EditListSample.generated(seed: UInt64(seed))
        let framed = list.framed()
        let tracks = try document(list).at("tracks", "children").items
        #expect(tracks.count == framed.tracks.count)
        for (track, expected) in zip(tracks, framed.tracks) {
            var position = 0
            var clips: [Range<Int>] = []
            for child in track.at("children").items {
                let length = try #require(child.at("source_range", "duration", "value").integer)
                #expect(length > 0)
                if child.at("OTIO_SCHEMA").text == "Clip.2" { clips.append(position..<position + length) }
                position += length
            }
            #expect(clips == expected.shots.map(\.record))
        }
    }

    private static let golden = #"""
        {
          "OTIO_SCHEMA": "Timeline.1",
          "global_start_time": {
            "OTIO_SCHEMA": "RationalTime.1",
            "rate": 29.97002997002997,
            "value": 0
          },
          "metadata": {
            "cueline": {
              "p": "é\u0001/\\"
            }
          },
          "name": "Demo",
          "tracks": {
            "OTIO_SCHEMA": "Stack.1",
            "children": [
              {
                "OTIO_SCHEMA": "Track.1",
                "children": [
                  {"OTIO_SCHEMA":"Gap.1","metadata":{},"name":"","source_range":{"OTIO_SCHEMA":"TimeRange.1","duration":{"OTIO_SCHEMA":"RationalTime.1","rate":29.97002997002997,"value":45},"start_time":{"OTIO_SCHEMA":"RationalTime.1","rate":29.97002997002997,"value":0}}},
                  {"OTIO_SCHEMA":"Clip.2","active_media_reference_key":"DEFAULT_MEDIA","markers":[{"OTIO_SCHEMA":"Marker.2","color":"RED","comment":"","marked_range":{"OTIO_SCHEMA":"TimeRange.1","duration":{"OTIO_SCHEMA":"RationalTime.1","rate":29.97002997002997,"value":0},"start_time":{"OTIO_SCHEMA":"RationalTime.1","rate":29.97002997002997,"value":330}},"metadata":{"cueline":{"a":null,"b":null}},"name":"1.1"}],"media_references":{"DEFAULT_MEDIA":{"OTIO_SCHEMA":"ExternalReference.1","available_range":{"OTIO_SCHEMA":"TimeRange.1","duration":{"OTIO_SCHEMA":"RationalTime.1","rate":29.97002997002997,"value":1798},"start_time":{"OTIO_SCHEMA":"RationalTime.1","rate":29.97002997002997,"value":0}},"metadata":{},"name":"Camera \"A\"","target_url":"file:///a.mov"}},"metadata":{},"name":"one","source_range":{"OTIO_SCHEMA":"TimeRange.1","duration":{"OTIO_SCHEMA":"RationalTime.1","rate":29.97002997002997,"value":60},"start_time":{"OTIO_SCHEMA":"RationalTime.1","rate":29.97002997002997,"value":318}}}
                ],
                "kind": "Video",
                "metadata": {},
                "name": "V1"
              }
            ],
            "markers": [
              {"OTIO_SCHEMA":"Marker.2","color":"GREEN","comment":"","marked_range":{"OTIO_SCHEMA":"TimeRange.1","duration":{"OTIO_SCHEMA":"RationalTime.1","rate":29.97002997002997,"value":0},"start_time":{"OTIO_SCHEMA":"RationalTime.1","rate":29.97002997002997,"value":0}},"metadata":{},"name":"in"}
            ],
            "metadata": {},
            "name": "tracks"
          }
        }

        """#
}

extension JSONValue {
    /// The value at the end of a path of members; null where there is none.
    fileprivate func at(_ path: String...) -> JSONValue {
        path.reduce(self) { $0.members?[$1] ?? .null }
    }

    fileprivate var items: [JSONValue] {
        if case .array(let values) = self { values } else { [] }
    }

    fileprivate var integer: Int? {
        if case .integer(let value) = self { Int(exactly: value) } else { nil }
    }
}
