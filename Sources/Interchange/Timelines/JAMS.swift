public import TimelineModel

/// Writes a timeline as JAMS, the "JSON Annotated Music Specification" (schema of version 0.3), for research code.
///
/// Annotations, each left out where there is nothing to say: `segment_open` with the kind of each event; `lyrics` with
/// the words of speech; `beat` with the position in the bar, or null; `beat_position` for beats in known bars, whose
/// measures count from 0 and whose unit is taken to be the quarter note; `tempo`, whose confidence, which the schema
/// demands, is the mean of the beats'. Times are seconds, exact to the millisecond. Speakers and levels are left out.
public struct JAMS: Sendable, Hashable {
    /// Whether words become `lyrics`.
    public var includesWords = true

    public init() {}

    /// The file's text: JSON with one observation a line. The tool named in an invented timeline says so.
    public func text(of summary: AudioSemanticTimelineSummary) -> String {
        let timeline = OrderedTimeline(summary)
        let bytes = JSONWriter.bytes(.compact) { json in
            json.member("file_metadata") { describe(summary, durationMs: timeline.durationMs, to: &$0) }
            json.member("sandbox") { _ in }
            json.lines("annotations") { annotate(timeline, summary, to: &$0) }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private func describe(
        _ summary: AudioSemanticTimelineSummary, durationMs: Int, to json: inout JSONWriter
    ) {
        json.member("title", PlainText.clean(summary.assetID))
        json.member("artist", "")
        json.member("release", "")
        json.member("duration", literal: DecimalSeconds.shortest(durationMs))
        json.member("jams_version", "0.3.5")
        json.member("identifiers") { json in
            json.member("asset_id", PlainText.clean(summary.assetID))
            if let artifact = summary.artifactID { json.member("artifact_id", PlainText.clean(artifact)) }
        }
    }

    private func annotate(
        _ timeline: OrderedTimeline, _ summary: AudioSemanticTimelineSummary, to json: inout JSONWriter
    ) {
        let frame = Frame(summary, durationMs: timeline.durationMs)
        frame.write("segment_open", of: timeline.events, to: &json) { event, json in
            json.observe(event.startMs, event.endMs, event.confidence) { $0.member("value", event.kind.rawValue) }
        }
        if includesWords {
            let words = timeline.events.lazy.filter { $0.kind == .speech }.flatMap { $0.meta.words ?? [] }
            frame.write("lyrics", of: words, to: &json) { word, json in
                json.observe(word.startMs, word.endMs, word.confidence) {
                    $0.member("value", PlainText.clean(word.word))
                }
            }
        }
        frame.write("beat", of: timeline.beats, to: &json) { beat, json in
            json.observe(beat.timeMs, beat.timeMs, beat.confidence) {
                $0.member("value", literal: beat.place.map { String($0.beat) } ?? "null")
            }
        }
        let placed = timeline.beats.filter { $0.place != nil }
        let sizes = Self.beatsPerBar(placed, meter: summary.meta.meter)
        frame.write("beat_position", of: placed, to: &json) { beat, json in
            guard let place = beat.place else { return }
            json.observe(beat.timeMs, beat.timeMs, beat.confidence) { json in
                json.member("value") { json in
                    json.member("position", literal: String(place.beat))
                    json.member("measure", literal: String(place.bar - 1))
                    json.member("num_beats", literal: String(sizes[place.bar] ?? place.beat))
                    json.member("beat_units", literal: "4")
                }
            }
        }
        let confidences = timeline.beats.compactMap(\.confidence).filter(\.isFinite).map(\.roundedConfidence)
        if let tempo = summary.meta.tempoBPM?.rounded(places: 3), tempo >= 0, !confidences.isEmpty {
            let mean = confidences.reduce(0, +) / Double(confidences.count)
            frame.write("tempo", of: [tempo], to: &json) { tempo, json in
                json.observe(0, timeline.durationMs, mean) { $0.member("value", literal: tempo.description) }
            }
        }
    }

    /// Beats by bar number as found; the last bar, which may have been cut short, has at least `meter`.
    private static func beatsPerBar(_ beats: [BeatEvent], meter: Int?) -> [Int: Int] {
        var sizes: [Int: Int] = [:]
        for case let place? in beats.map(\.place) { sizes[place.bar] = max(sizes[place.bar] ?? 1, place.beat) }
        if let last = beats.last?.place, let meter { sizes[last.bar] = max(sizes[last.bar] ?? 1, meter) }
        return sizes
    }

    /// What all annotations say of themselves.
    private struct Frame {
        private let duration: String
        private let tool: String
        private let version: String

        init(_ summary: AudioSemanticTimelineSummary, durationMs: Int) {
            duration = DecimalSeconds.shortest(durationMs)
            version = PlainText.clean(summary.meta.semanticVersion)
            tool = "cueline " + version + (summary.standInNotice.map { ". " + $0 } ?? "")
        }

        /// - Parameter observe: writes an element for an item.
        func write<Items: Collection>(
            _ namespace: String, of items: Items, to json: inout JSONWriter,
            observe: (Items.Element, inout JSONWriter) -> Void
        ) {
            guard !items.isEmpty else { return }
            json.element { json in
                json.member("namespace", namespace)
                json.member("time", literal: "0")
                json.member("duration", literal: duration)
                json.member("sandbox") { _ in }
                json.member("annotation_metadata") { json in
                    json.member("annotation_tools", tool)
                    json.member("data_source", "program")
                    json.member("version", version)
                }
                json.lines("data") { json in
                    for item in items { observe(item, &json) }
                }
            }
        }
    }
}

extension JSONWriter {
    fileprivate mutating func observe(
        _ startMs: Int, _ endMs: Int, _ confidence: Double?, value: (inout JSONWriter) -> Void
    ) {
        let start = DecimalSeconds.clamped(startMs)
        let end = max(DecimalSeconds.clamped(endMs), start)
        element { json in
            json.member("time", literal: DecimalSeconds.shortest(start))
            json.member("duration", literal: DecimalSeconds.shortest(end - start))
            value(&json)
            let known = confidence.flatMap { $0.isFinite ? $0.roundedConfidence.description : nil }
            json.member("confidence", literal: known ?? "null")
        }
    }
}
