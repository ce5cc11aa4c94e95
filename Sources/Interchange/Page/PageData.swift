import TimelineModel

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// What a page's script is given: columns of numbers, little endian, in base 64, since a million events are too many objects.
struct PageData: Encodable {
    private struct Lane: Encodable {
        var start: String
        var end: String
        /// 1 for the first of `speakers`; 0 for none.
        var speaker: String
        /// Hundredths of LUFS; -32768 for none.
        var loudness: String
        /// Percent; 255 for none.
        var confidence: String
        var text: [String]?
    }

    private struct Words: Encodable {
        var start: String
        var end: String
        /// Which stretch of speech.
        var event: String
        /// A word a line.
        var text: String
    }

    private struct Beats: Encodable {
        var time: String
        /// 1 for a downbeat; 0 where nobody knows.
        var place: String
        var bar: String
    }

    private struct Curve: Encodable {
        var hop: Int
        var values: String
    }

    private struct Wave: Encodable {
        var hop: Double
        var minima: String
        var maxima: String
    }

    private struct Audio: Encodable {
        var type: String
        var data: String
    }

    private struct Tempo: Encodable {
        var time: Int
        var bpm: Double
    }

    private struct Shot: Encodable {
        var start: Double
        var end: Double
        var label: String
    }

    private var duration: Int
    private var speakers: [String]
    private var lanes: [String: Lane] = [:]
    private var words: Words
    private var beats: Beats
    private var tempo: [Tempo]
    private var loudness: Curve?
    private var wave: Wave?
    private var audio: Audio?
    private var audioURL: String?
    private var shots: [Shot]

    init(_ page: TimelinePage) {
        let summary = page.summary
        duration = summary.durationMs
        var numbers: [String: Int] = [:]
        var speakers: [String] = []
        for event in summary.events {
            guard let speaker = event.speakerID, numbers[speaker] == nil, speakers.count < 255 else { continue }
            speakers.append(PlainText.clean(speaker))
            numbers[speaker] = speakers.count
        }
        self.speakers = speakers
        for kind in [EventKind.speech, .music, .other, .silence] {
            lanes[kind.rawValue] = Self.lane(summary.events.filter { $0.kind == kind }, speakers: numbers)
        }
        words = Self.words(summary.events.filter { $0.kind == .speech })
        beats = Beats(
            time: Self.column(summary.beats.map { Int32(clamping: $0.timeMs) }),
            place: Self.column(summary.beats.map { UInt8(clamping: $0.beatInBar ?? 0) }),
            bar: Self.column(summary.beats.map { Int32(clamping: $0.barIndex ?? -1) }))
        tempo = (summary.meta.tempoCurve ?? []).compactMap { point in
            point.bpm.map { Tempo(time: point.timeMs, bpm: $0) }
        }
        loudness = summary.meta.loudness.map { curve in
            Curve(hop: max(1, curve.hopMs), values: Self.column(curve.values.map(Self.hundredths)))
        }
        wave = page.waveform.map {
            Wave(hop: max($0.hopMs, 0.001), minima: Self.column($0.minima), maxima: Self.column($0.maxima))
        }
        switch page.sound {
        case .bytes(let bytes, let type): audio = Audio(type: type, data: Data(bytes).base64EncodedString())
        case .path(let path): audioURL = path
        case nil: break
        }
        shots = page.shots.map { Shot(start: $0.startMs, end: $0.endMs, label: PlainText.clean($0.label)) }
    }

    /// As JSON in which no `<` could end the script that it stands in.
    func json() throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        var bytes: [UInt8] = []
        for byte in try encoder.encode(self) {
            if byte == UInt8(ascii: "<") { bytes += "\\u003c".utf8 } else { bytes.append(byte) }
        }
        return bytes
    }

    private static func lane(_ events: [AudioEvent], speakers: [String: Int]) -> Lane {
        Lane(
            start: column(events.map { Int32(clamping: $0.startMs) }),
            end: column(events.map { Int32(clamping: $0.endMs) }),
            speaker: column(events.map { UInt8(clamping: $0.speakerID.flatMap { speakers[$0] } ?? 0) }),
            loudness: column(events.map { hundredths($0.loudnessLUFS) }),
            confidence: column(
                events.map { $0.confidence.map { UInt8(clamping: Int(min(max($0, 0), 1) * 100 + 0.5)) } ?? 255 }),
            text: events.contains { $0.transcription != nil }
                ? events.map { PlainText.clean($0.transcription ?? "") } : nil)
    }

    private static func words(_ events: [AudioEvent]) -> Words {
        var (starts, ends, owners): ([Int32], [Int32], [Int32]) = ([], [], [])
        var texts: [String] = []
        for (index, event) in events.enumerated() {
            for word in event.meta.words ?? [] {
                starts.append(Int32(clamping: word.startMs))
                ends.append(Int32(clamping: word.endMs))
                owners.append(Int32(clamping: index))
                texts.append(PlainText.clean(word.word))
            }
        }
        return Words(
            start: column(starts), end: column(ends), event: column(owners), text: texts.joined(separator: "\n"))
    }

    private static func hundredths(_ loudness: Double?) -> Int16 {
        loudness.flatMap { $0.isFinite ? Int16(clamping: Int(min(max($0, -300), 300) * 100)) : nil } ?? .min
    }

    private static func column<Number: FixedWidthInteger>(_ numbers: [Number]) -> String {
        var bytes = Data(capacity: numbers.count * MemoryLayout<Number>.size)
        for number in numbers { withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) } }
        return bytes.base64EncodedString()
    }
}
