import Interchange
import TimelineModel

/// Edit lists written out by hand or made from a seed.
enum EditListSample {
    static let camera = EditList.Media(
        id: "sha256-0123456789abcdef", name: "Camera A", url: "file:///media/a b.mov", durationMs: 60_000)
    static let microphone = EditList.Media(
        id: "mic", name: "Mic <é> & \"q\"", url: "asset:mic", hasVideo: false)

    /// Two shots with a gap before and none between, and sound over both from the start; marks of both sorts.
    static func small(at rate: FrameRate = .pal25, isDropFrame: Bool = false) -> EditList {
        EditList(
            title: "Demo & <list>", frameRate: rate, isDropFrame: isDropFrame,
            shots: [
                EditList.Shot(
                    name: "one", media: camera, sourceStartMs: 10_600, targetStartMs: 1_500, durationMs: 2_000,
                    markers: [
                        EditList.Marker(
                            name: "beat 1.1", atMs: 11_000, comment: "downbeat", color: .red,
                            metadata: ["bar_index": .integer(0)])
                    ], metadata: ["reason": .string("beat")]),
                EditList.Shot(
                    name: "two\n🎬", media: camera, sourceStartMs: 20_000, targetStartMs: 3_500, durationMs: 1_160),
                EditList.Shot(
                    name: "", media: microphone, sourceStartMs: 0, targetStartMs: 0, durationMs: 4_660, track: "A1"),
            ],
            markers: [EditList.Marker(name: "sequence", atMs: 400, durationMs: 80, color: .blue)],
            metadata: ["project": .string("p1")])
    }

    static let rates: [(rate: FrameRate, isDropFrame: Bool)] = [
        (.film23976, false), (.film24, false), (.pal25, false), (.ntsc2997, false), (.ntsc2997, true), (.fps30, false),
        (.fps50, false), (.ntsc5994, false), (.ntsc5994, true), (.fps60, false),
    ]

    /// One list in three is hostile: times of every sort, and names that try to break out.
    static func generated(seed: UInt64) -> EditList {
        var random = SplitMix64(seed: seed)
        let hostile = seed % 3 == 0
        let (rate, isDropFrame) = rates[Int(seed % UInt64(rates.count))]
        let media = (0..<3).map { index in
            EditList.Media(
                id: hostile ? text(&random) : "sha256-media\(index)", name: text(&random), url: text(&random),
                durationMs: Bool.random(using: &random) ? nil : time(&random, hostile), hasVideo: index != 0,
                hasAudio: index != 1)
        }
        let shots = (0..<Int.random(in: 0...40, using: &random)).map { _ in
            EditList.Shot(
                name: text(&random), media: media[Int.random(in: 0..<3, using: &random)],
                sourceStartMs: time(&random, hostile), targetStartMs: time(&random, hostile),
                durationMs: hostile ? time(&random, true) : Double.random(in: 0...9_000, using: &random),
                track: ["V1", "V1 2", "", "A\u{0}"][Int.random(in: 0..<4, using: &random)],
                markers: markers(&random, hostile), metadata: [text(&random): .number(time(&random, hostile))])
        }
        return EditList(
            title: text(&random), frameRate: rate, isDropFrame: isDropFrame, shots: shots,
            markers: markers(&random, hostile), metadata: ["OTIO_SCHEMA": .string("Clip.9")])
    }

    private static func markers(_ random: inout SplitMix64, _ hostile: Bool) -> [EditList.Marker] {
        (0..<Int.random(in: 0...5, using: &random)).map { _ in
            EditList.Marker(
                name: text(&random), atMs: time(&random, hostile), durationMs: time(&random, hostile),
                comment: text(&random), color: EditList.Marker.Color.allCases.randomElement(using: &random) ?? .red,
                metadata: ["deep": .array([.object(["OTIO_SCHEMA": .string("x"), "nan": .number(.nan)])])])
        }
    }

    private static func time(_ random: inout SplitMix64, _ hostile: Bool) -> Double {
        let wild: [Double] = [.nan, .infinity, -.infinity, .greatestFiniteMagnitude, -1e300, -5_000, 0, 1e-300, 9e7]
        if hostile, Bool.random(using: &random) { return wild[Int.random(in: 0..<wild.count, using: &random)] }
        return Double.random(in: 0...60_000, using: &random)
    }

    static func text(_ random: inout SplitMix64) -> String {
        let texts = [
            "", "plain", "\u{0}\u{1}\u{8}", "a\nTITLE: b\r\n001  X V C", "]]></project>&\"'<>", "\u{FFFE}\u{FFFF}x",
            "👩‍👩‍👧‍👦 é", "\u{2028}\u{85}x\u{202E}", String(repeating: "long ", count: 200), "/media/a b%20%.mov",
        ]
        return texts[Int.random(in: 0..<texts.count, using: &random)]
    }
}

extension FrameRate {
    static let fps30 = FrameRate(numerator: 30, denominator: 1)!
    static let fps50 = FrameRate(numerator: 50, denominator: 1)!
    static let fps60 = FrameRate(numerator: 60, denominator: 1)!
}
