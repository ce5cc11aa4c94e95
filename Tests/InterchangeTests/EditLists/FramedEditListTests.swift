import Interchange
import Testing
import TimelineModel

@Suite("Edit lists on frames")
struct FramedEditListTests {
    private func list(_ shots: [EditList.Shot], at rate: FrameRate = .pal25) -> EditList {
        EditList(title: "t", frameRate: rate, shots: shots)
    }

    private func shot(
        _ target: Double, _ duration: Double, source: Double = 0, mediaMs: Double? = nil, track: String = "V1",
        markers: [EditList.Marker] = []
    ) -> EditList.Shot {
        EditList.Shot(
            name: "s", media: EditList.Media(id: "m", name: "m", url: "m", durationMs: mediaMs), sourceStartMs: source,
            targetStartMs: target, durationMs: duration, track: track, markers: markers)
    }

    @Test("Adjacent shots share the cut, however their lengths round")
    func sharedCut() {
        let lengths = [1_160.0, 333.3, 517, 19.9, 60.1]
        var position = 7.7
        let shots = lengths.map { length in
            defer { position += length }
            return shot(position, length)
        }
        let framed = list(shots).framed()
        #expect(framed.tracks[0].shots.map(\.record) == [0..<29, 29..<38, 38..<50, 50..<51, 51..<52])
    }

    @Test("The source is rounded on its own and is as long as the record")
    func source() {
        let framed = list([shot(1_010, 1_000, source: 990)], at: .ntsc2997).framed()
        #expect(framed.tracks[0].shots[0].record == 30..<60)
        #expect(framed.tracks[0].shots[0].source == 30..<60)
    }

    @Test("A source that would leave its medium starts at the frame that holds its start, and the shot ends with it")
    func clampedSource() {
        let shots = list([
            shot(0, 1_000, source: 9_500, mediaMs: 10_019), shot(1_000, 1_000, source: 100, mediaMs: 400),
            shot(2_000, 1_000, source: 9_500), shot(3_000, 1_000, source: -400),
            shot(4_000, 1_000, source: 9_500, mediaMs: .nan), shot(5_000, 1_000, source: 9_500, mediaMs: 10_500),
            shot(6_000, 1_000, source: 9_500, mediaMs: 300),
        ]).framed().tracks[0].shots
        #expect(
            shots.map(\.source)
                == [237..<250, 2..<10, 238..<263, 0..<25, 238..<263, 237..<262, 238..<263])
        #expect(
            shots.map(\.record)
                == [0..<13, 25..<33, 50..<75, 75..<100, 100..<125, 125..<150, 150..<175])
    }

    @Test("What lies before frame 0 is cut off, from the source as well")
    func beforeZero() {
        let framed = list([shot(-1_000, 3_000, source: 500), shot(-1_000, 1_000)]).framed()
        #expect(framed.tracks[0].shots.map(\.record) == [0..<50])
        #expect(framed.tracks[0].shots.map(\.source) == [38..<88])
        #expect(framed.leftOut.count == 1)
    }

    @Test("Shots without a frame, and shots at no finite time, are left out and listed")
    func leftOut() {
        let shots = [
            shot(21, 38), shot(0, -5), shot(0, 0), shot(.nan, 100), shot(0, .infinity), shot(0, 100, source: .nan),
            shot(0, 100),
        ]
        let framed = list(shots).framed()
        #expect(framed.leftOut.count == 6)
        #expect(framed.tracks.map(\.shots.count) == [1])
        #expect(list([shot(0, 0)]).framed().tracks.isEmpty)
    }

    @Test("Shots that overlap go to the first track that has room; tracks keep their order")
    func lanes() {
        let shots = [
            shot(0, 100, track: "B"), shot(2_000, 2_000, track: "A"), shot(0, 3_000, track: "A"),
            shot(1_000, 500, track: "A"), shot(3_000, 1_000, track: "A"), shot(0, 100, track: "A 2"),
        ]
        let framed = list(shots).framed()
        #expect(framed.tracks.map(\.name) == ["B", "A", "A 3", "A 2"])
        #expect(framed.tracks[1].shots.map(\.record) == [0..<75, 75..<100])
        #expect(framed.tracks[2].shots.map(\.record) == [25..<38, 50..<100])
    }

    @Test("Marks are kept inside the source, their start included and its end not, and cut to it")
    func markers() {
        let marks = [999.0, 2_000, 1_000, 1_990, 1_500, .nan].map {
            EditList.Marker(name: "\($0)", atMs: $0, durationMs: 4_000)
        }
        let framed = list([shot(0, 1_000, source: 1_000, markers: marks)]).framed()
        let kept = framed.tracks[0].shots[0].markers
        #expect(kept.map(\.marker.name) == ["999.0", "1000.0", "1500.0"])
        #expect(kept.map(\.start) == [25, 25, 38])
        #expect(kept.map(\.length) == [25, 25, 12])
    }

    @Test("Whatever comes in: tracks without overlap, sources as long as records, marks inside", arguments: 0..<120)
    func promises(seed: Int) {
        let list = EditListSample.generated(seed: UInt64(seed))
        let framed = list.framed()
        #expect(framed.tracks.reduce(framed.leftOut.count) { $0 + $1.shots.count } == list.shots.count)
        #expect(Set(framed.tracks.map(\.name)).count == framed.tracks.count)
        for track in framed.tracks {
            let records = track.shots.map(\.record)
            #expect(zip(records, records.dropFirst()).allSatisfy { $0.upperBound <= $1.lowerBound })
            for shot in track.shots {
                #expect(shot.record.lowerBound >= 0 && !shot.record.isEmpty)
                #expect(shot.source.lowerBound >= 0 && shot.source.count == shot.record.count)
                #expect(
                    shot.markers.allSatisfy {
                        shot.source.contains($0.start) && $0.length >= 0
                            && $0.start + $0.length <= shot.source.upperBound
                    })
                if let duration = shot.shot.media.durationMs, duration >= 0 {
                    let last = list.frameRate.wholeFrames(inMs: duration)
                    let start = list.frameRate.lastFrame(atMs: shot.shot.sourceStartMs)
                    if max(start, 0) < last { #expect(shot.source.upperBound <= last) }
                }
            }
        }
    }
}
