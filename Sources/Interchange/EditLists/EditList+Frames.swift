import TimelineModel

extension EditList {
    /// The list on frame boundaries: what all formats write.
    ///
    /// Every time is rounded here, once (`FrameRate/frame(atMs:)`), so that a cut between two adjacent shots is one
    /// number, and so that the formats agree.
    public struct Framed: Sendable, Hashable {
        /// A mark at a frame.
        public struct Marker: Sendable, Hashable {
            public let marker: EditList.Marker
            public let start: Int
            /// 0 for a point.
            public let length: Int
        }

        /// A shot of at least one frame.
        public struct Shot: Sendable, Hashable {
            public let shot: EditList.Shot
            /// Frames of the sequence.
            public let record: Range<Int>
            /// As many frames of the media.
            public let source: Range<Int>
            /// Those that start in `source`, cut to it, in order.
            public let markers: [Marker]
        }

        /// Shots that do not overlap, in order; there is at least one.
        public struct Track: Sendable, Hashable {
            /// Unique in the list.
            public let name: String
            public let shots: [Shot]

            /// Whether any shot has a picture.
            public var hasVideo: Bool { shots.contains { $0.shot.media.hasVideo } }
        }

        public let tracks: [Track]
        /// Marks of the sequence from its frame 0 on, in order. Marks at no finite time are left out here and in shots.
        public let markers: [Marker]
        /// The shots that no format has, since no frame of them would be left (they are too short, or over before frame
        /// 0) or since a time of theirs is not a finite number.
        public let leftOut: [EditList.Shot]

        /// Where the last shot ends.
        public var length: Int { tracks.compactMap { $0.shots.last?.record.upperBound }.max() ?? 0 }
    }

    /// The list on frame boundaries.
    ///
    /// - A shot is recorded from the frame of its target start to the frame of its target end; what lies before frame 0
    ///   is cut off, from its source as well. It takes as many frames from the media.
    /// - Where these would go on after the media's last whole frame, the shot ends with the media: see
    ///   `FrameWindow`.
    /// - Shots of a track that overlap go to further tracks (`V1`, then `V1 2`): each, in order of its record start, to
    ///   the first that has room.
    public func framed() -> Framed {
        var names: [String] = []
        var shots: [String: [Framed.Shot]] = [:]
        var leftOut: [Shot] = []
        for shot in self.shots {
            guard let framed = framed(shot) else {
                leftOut.append(shot)
                continue
            }
            if shots[shot.track] == nil { names.append(shot.track) }
            shots[shot.track, default: []].append(framed)
        }
        var taken = Set(names)
        var tracks: [Framed.Track] = []
        for name in names {
            for (index, lane) in Self.lanes(shots[name] ?? []).enumerated() {
                var laneName = name
                var number = index + 1
                while index > 0, !taken.insert(laneName).inserted {
                    laneName = "\(name) \(number)"
                    number += 1
                }
                tracks.append(Framed.Track(name: laneName, shots: lane))
            }
        }
        return Framed(
            tracks: tracks, markers: framed(markers) { $0 >= 0 }, leftOut: leftOut)
    }

    private func framed(_ shot: Shot) -> Framed.Shot? {
        guard shot.sourceStartMs.isFinite, shot.targetStartMs.isFinite, shot.durationMs.isFinite else { return nil }
        guard
            var window = FrameWindow(
                sourceStartMs: shot.sourceStartMs, targetStartMs: shot.targetStartMs, durationMs: shot.durationMs,
                mediaMs: shot.media.knownDurationMs, rate: frameRate)
        else { return nil }
        if window.target < 0 {
            (window.source, window.count) = (window.source - window.target, window.count + window.target)
            window.target = 0
            guard window.count > 0 else { return nil }
        }
        let record = window.target..<window.target + window.count
        let source = window.source..<window.source + window.count
        let markers = framed(shot.markers) { source.contains($0) }.map {
            Framed.Marker(marker: $0.marker, start: $0.start, length: min($0.length, source.upperBound - $0.start))
        }
        return Framed.Shot(shot: shot, record: record, source: source, markers: markers)
    }

    /// Those whose frame is wanted, in order.
    private func framed(_ markers: [Marker], where isWanted: (Int) -> Bool) -> [Framed.Marker] {
        let framed = markers.filter(\.atMs.isFinite).map { marker in
            let start = frameRate.frame(atMs: marker.atMs)
            let end = frameRate.frame(atMs: marker.atMs + (marker.durationMs.isFinite ? marker.durationMs : 0))
            return Framed.Marker(marker: marker, start: start, length: max(end - start, 0))
        }.filter { isWanted($0.start) }
        return framed.enumerated().sorted {
            ($0.element.start, $0.offset) < ($1.element.start, $1.offset)
        }.map(\.element)
    }

    /// First fit: each shot to the first lane that is free when it starts.
    private static func lanes(_ shots: [Framed.Shot]) -> [[Framed.Shot]] {
        let inOrder = shots.enumerated().sorted {
            ($0.element.record.lowerBound, $0.offset) < ($1.element.record.lowerBound, $1.offset)
        }
        var lanes: [[Framed.Shot]] = []
        var ends: [Int] = []
        for (_, shot) in inOrder {
            if let lane = ends.firstIndex(where: { $0 <= shot.record.lowerBound }) {
                lanes[lane].append(shot)
                ends[lane] = shot.record.upperBound
            } else {
                lanes.append([shot])
                ends.append(shot.record.upperBound)
            }
        }
        return lanes
    }
}

extension EditList.Media {
    /// The duration if it says anything; NaN does not.
    var knownDurationMs: Double? { durationMs.flatMap { $0.isNaN ? nil : max($0, 0) } }
}
