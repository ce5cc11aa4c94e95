import Interchange
import TimelineModel

/// Edit lists made from a seed: shots side by side, apart and over each other.
struct GeneratedEditList {
    struct Rate {
        var frameRate: FrameRate
        var isDropFrame = false
    }

    /// All that have time code; the lists take turns.
    static let rates: [Rate] =
        ["24000/1001", "24", "25", "30000/1001", "30", "50", "60000/1001", "60"].compactMap { FrameRate($0) }
        .flatMap { rate in
            rate.allowsDropFrame
                ? [Rate(frameRate: rate), Rate(frameRate: rate, isDropFrame: true)] : [Rate(frameRate: rate)]
        }

    private var random: SplitMix64
    private let rate: FrameRate

    static func list(seed: UInt64) -> EditList {
        let rate = rates[Int(seed % UInt64(rates.count))]
        var generated = GeneratedEditList(random: SplitMix64(seed: seed), rate: rate.frameRate)
        return generated.list(
            shotCount: seed == 7 ? 1_100 : generated.random.pick([0, 1, 3, 12, 30]), isDropFrame: rate.isDropFrame)
    }

    /// Shots over the last frames of media, each with a number of frames that its length, in whole milliseconds as
    /// libraries round it and containers cut it, says only nearly.
    static func endings(seed: UInt64) -> (list: EditList, mediaFrames: [String: Int]) {
        let rate = rates[Int(seed % UInt64(rates.count))]
        var generated = GeneratedEditList(random: SplitMix64(seed: seed), rate: rate.frameRate)
        return generated.endings(isDropFrame: rate.isDropFrame)
    }

    private mutating func endings(isDropFrame: Bool) -> (list: EditList, mediaFrames: [String: Int]) {
        var list = EditList(title: "Endings", frameRate: rate, isDropFrame: isDropFrame)
        var mediaFrames: [String: Int] = [:]
        var target = 0
        for index in 0..<12 {
            let frames = Int.random(in: 1...random.pick([3, 500, 200_000]), using: &random)
            let length = rate.milliseconds(ofFrame: frames)
            let media = EditList.Media(
                id: "ending \(index)", name: "Ending", url: "file:///media/ending%20\(index).mov",
                durationMs: random.once(in: 2) ? length.rounded() : length.rounded(.down))
            mediaFrames[media.id] = frames
            let count = Int.random(in: 1...min(frames, 90), using: &random)
            let source = max(frames - count - random.pick([0, 0, 0, 1, 5]), 0)
            // Half a frame and more later, a shot that would end after its media starts a frame earlier.
            let late = (rate.milliseconds(ofFrame: 1) * random.pick([0, 0.4, 0.9])).rounded(.down)
            list.shots.append(
                EditList.Shot(
                    name: "ending \(index)", media: media, sourceStartMs: rate.milliseconds(ofFrame: source) + late,
                    targetStartMs: rate.milliseconds(ofFrame: target),
                    durationMs: rate.milliseconds(ofFrame: count)))
            target += count
        }
        return (list, mediaFrames)
    }

    private mutating func list(shotCount: Int, isDropFrame: Bool) -> EditList {
        // Reel names have eight characters.
        let prefix = random.once(in: 2) ? "sha256-" : "sha256-0f3c5d7e9b"
        let media = (0..<Int.random(in: 1...4, using: &random)).map { index in
            let sound = random.once(in: 4)
            return EditList.Media(
                id: "\(prefix)\(index)f3c", name: "Take \(index) <é> & co",
                url: "file:///media/take%20\(index).mov",
                durationMs: random.pick([nil, 90_000, 61_234.5, 1001, 600_600]), hasVideo: !sound,
                hasAudio: sound || random.once(in: 2))
        }
        let isOnFrames = random.once(in: 3)
        var end = random.pick([0, 0, 1_500, 3_590_000, 72_000_000])
        var shots: [EditList.Shot] = []
        for index in 0..<shotCount {
            let start = max(Double(end) / 8 + random.pick([0, 0, 0, 4, 700.5, -900]), 0)
            let length = time(random.pick([10, 60, 3_000, 9_000]), isOnFrames: isOnFrames)
            let source = time(random.pick([1, 1_000, 80_000]), isOnFrames: isOnFrames)
            shots.append(
                EditList.Shot(
                    name: "\(random.pick(Self.names)) \(index)", media: random.pick(media), sourceStartMs: source,
                    targetStartMs: isOnFrames ? onFrame(start) : start, durationMs: length,
                    track: random.pick(["V1", "V1", "V1", "V2", "A 1"]),
                    markers: (0..<random.pick([0, 0, 1, 3])).map { mark in
                        EditList.Marker(
                            name: "mark \(mark) & <é>", atMs: source + time(4_000, isOnFrames: false),
                            durationMs: random.pick([0, 40, 1_000]), color: random.pick(EditList.Marker.Color.allCases))
                    }))
            end = Int((start + length) * 8)
        }
        return EditList(
            title: "List é & <\(shotCount)>", frameRate: rate, isDropFrame: isDropFrame, shots: shots,
            markers: (0..<random.pick([0, 1, 20])).map {
                EditList.Marker(
                    name: "\($0 + 1).1", atMs: time(100_000, isOnFrames: false),
                    durationMs: random.pick([0, 0, 40, 1_000, 20_000]), color: .red)
            })
    }

    /// A time up to a limit: of eighths of a millisecond, which are exact, or close to a frame's boundary.
    private mutating func time(_ limitMs: Int, isOnFrames: Bool) -> Double {
        let time = Double(Int.random(in: 0...limitMs * 8, using: &random)) / 8
        if isOnFrames { return onFrame(time) }
        return random.once(in: 2) ? time : time.rounded()
    }

    /// As editors give the times of cuts: the nearest double to where a frame starts.
    private func onFrame(_ milliseconds: Double) -> Double {
        let length = Double(1000 * rate.denominator) / Double(rate.numerator)
        return (milliseconds / length).rounded() * length
    }

    private static let names = [
        "shot", "A → B", "x --> y", "\"quoted\" & <tagged>", "日本 👩‍👩‍👧", "two\nlines", "* FROM CLIP NAME:", "V  C",
    ]
}
