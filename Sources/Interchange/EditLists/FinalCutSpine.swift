/// The first track of a list with a picture, else the first, without a hole, and everything else hung on it: how FCPXML
/// orders a sequence.
struct FinalCutSpine {
    /// A shot of the spine's track, or a gap.
    struct Item {
        let record: Range<Int>
        /// nil for a gap.
        let shot: EditList.Framed.Shot?
        /// Shots of other tracks that start in it, with their lanes.
        var connected: [(lane: Int, shot: EditList.Framed.Shot)] = []
        /// In its local time.
        var markers: [EditList.Framed.Marker]

        init(record: Range<Int>, shot: EditList.Framed.Shot? = nil) {
            self.record = record
            self.shot = shot
            markers = shot?.markers ?? []
        }

        /// A frame of the sequence in the item's time: the media's for a shot, from 0 for a gap.
        func localFrame(_ frame: Int) -> Int { frame - record.lowerBound + (shot?.source.lowerBound ?? 0) }
    }

    private(set) var items: [Item] = []
    /// Of the whole sequence.
    let length: Int

    init(_ framed: EditList.Framed) {
        let lastMark = framed.markers.map { $0.start + 1 }.max() ?? 0
        length = max(framed.length, lastMark)
        var tracks = framed.tracks
        let spine = tracks.isEmpty ? nil : tracks.remove(at: tracks.firstIndex(where: \.hasVideo) ?? 0)
        var position = 0
        for shot in spine?.shots ?? [] {
            if position < shot.record.lowerBound { items.append(Item(record: position..<shot.record.lowerBound)) }
            items.append(Item(record: shot.record, shot: shot))
            position = shot.record.upperBound
        }
        if position < length { items.append(Item(record: position..<length)) }
        connect(tracks)
        mark(framed.markers)
    }

    private mutating func connect(_ tracks: [EditList.Framed.Track]) {
        var above = 0
        var below = 0
        for track in tracks {
            if track.hasVideo { above += 1 } else { below -= 1 }
            var index = 0
            for shot in track.shots {
                while items[index].record.upperBound <= shot.record.lowerBound { index += 1 }
                items[index].connected.append((track.hasVideo ? above : below, shot))
            }
        }
    }

    private mutating func mark(_ markers: [EditList.Framed.Marker]) {
        var index = 0
        var marked: Set<Int> = []
        for mark in markers {
            while items[index].record.upperBound <= mark.start { index += 1 }
            let length = min(mark.length, items[index].record.upperBound - mark.start)
            items[index].markers.append(
                EditList.Framed.Marker(
                    marker: mark.marker, start: items[index].localFrame(mark.start), length: length))
            marked.insert(index)
        }
        for index in marked {
            items[index].markers = items[index].markers.enumerated()
                .sorted { ($0.element.start, $0.offset) < ($1.element.start, $1.offset) }.map(\.element)
        }
    }
}

/// The recordings of a list, each once.
struct FinalCutAssets {
    struct Asset {
        let id: String
        let media: EditList.Media
        /// Where the last frame ends that any shot takes from it.
        var usedLength: Int
    }

    private struct Key: Hashable {
        let id: String
        let url: String

        init(_ media: EditList.Media) {
            id = media.id
            url = media.url
        }
    }

    private(set) var all: [Asset] = []
    private var indices: [Key: Int] = [:]

    init(_ framed: EditList.Framed) {
        for shot in framed.tracks.lazy.flatMap(\.shots) {
            let media = shot.shot.media
            if let index = indices[Key(media)] {
                all[index].usedLength = max(all[index].usedLength, shot.source.upperBound)
            } else {
                indices[Key(media)] = all.count
                all.append(Asset(id: "r\(all.count + 2)", media: media, usedLength: shot.source.upperBound))
            }
        }
    }

    func id(of media: EditList.Media) -> String? { indices[Key(media)].map { all[$0].id } }
}
