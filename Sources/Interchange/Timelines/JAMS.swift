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
        var writer = Writer(summary: summary, durationMs: timeline.durationMs)
        writer.annotation("segment_open", of: timeline.events) { event, text in
            text.appendObservation(event.startMs, event.endMs, event.confidence) { $0.appendJSON(event.kind.rawValue) }
        }
        if includesWords {
            let words = timeline.events.lazy.filter { $0.kind == .speech }.flatMap { $0.meta.words ?? [] }
            writer.annotation("lyrics", of: words) { word, text in
                text.appendObservation(word.startMs, word.endMs, word.confidence) {
                    $0.appendJSON(PlainText.clean(word.word))
                }
            }
        }
        writer.annotation("beat", of: timeline.beats) { beat, text in
            text.appendObservation(beat.timeMs, beat.timeMs, beat.confidence) { value in
                value += beat.place.map { String($0.beat) } ?? "null"
            }
        }
        let placed = timeline.beats.filter { $0.place != nil }
        let sizes = Self.beatsPerBar(placed, meter: summary.meta.meter)
        writer.annotation("beat_position", of: placed) { beat, text in
            guard let place = beat.place else { return }
            text.appendObservation(beat.timeMs, beat.timeMs, beat.confidence) { value in
                value += "{\"position\":\(place.beat),\"measure\":\(place.bar - 1)"
                value += ",\"num_beats\":\(sizes[place.bar] ?? place.beat),\"beat_units\":4}"
            }
        }
        let confidences = timeline.beats.compactMap(\.confidence).filter(\.isFinite).map(\.roundedConfidence)
        if let tempo = summary.meta.tempoBPM?.rounded(places: 3), tempo >= 0, !confidences.isEmpty {
            writer.annotation("tempo", of: [tempo]) { tempo, text in
                let mean = confidences.reduce(0, +) / Double(confidences.count)
                text.appendObservation(0, timeline.durationMs, mean) { $0 += "\(tempo)" }
            }
        }
        return writer.finish()
    }

    /// Beats by bar number as found; the last bar, which may have been cut short, has at least `meter`.
    private static func beatsPerBar(_ beats: [BeatEvent], meter: Int?) -> [Int: Int] {
        var sizes: [Int: Int] = [:]
        for case let place? in beats.map(\.place) { sizes[place.bar] = max(sizes[place.bar] ?? 1, place.beat) }
        if let last = beats.last?.place, let meter { sizes[last.bar] = max(sizes[last.bar] ?? 1, meter) }
        return sizes
    }

    private struct Writer {
        private var text: String
        private var isFirst = true
        private let frame: String

        init(summary: AudioSemanticTimelineSummary, durationMs: Int) {
            let duration = DecimalSeconds.shortest(durationMs)
            var tool = "cueline " + PlainText.clean(summary.meta.semanticVersion)
            if let notice = summary.standInNotice { tool += ". " + notice }
            var frame = "\"time\":0,\"duration\":\(duration),\"sandbox\":{}"
            frame += ",\"annotation_metadata\":{\"annotation_tools\":"
            frame.appendJSON(tool)
            frame += ",\"data_source\":\"program\",\"version\":"
            frame.appendJSON(PlainText.clean(summary.meta.semanticVersion))
            self.frame = frame + "},\"data\":[\n"
            text = "{\"file_metadata\":{\"title\":"
            text.appendJSON(PlainText.clean(summary.assetID))
            text += ",\"artist\":\"\",\"release\":\"\",\"duration\":\(duration),\"jams_version\":\"0.3.5\""
            text += ",\"identifiers\":{\"asset_id\":"
            text.appendJSON(PlainText.clean(summary.assetID))
            if let artifact = summary.artifactID {
                text += ",\"artifact_id\":"
                text.appendJSON(PlainText.clean(artifact))
            }
            text += "}},\"sandbox\":{},\"annotations\":["
        }

        mutating func annotation<Items: Sequence>(
            _ namespace: String, of items: Items, observation: (Items.Element, inout String) -> Void
        ) {
            var hasData = false
            for item in items {
                if hasData {
                    text += ",\n"
                } else {
                    text += (isFirst ? "\n" : ",\n") + "{\"namespace\":\"\(namespace)\"," + frame
                    hasData = true
                    isFirst = false
                }
                observation(item, &text)
            }
            if hasData { text += "]}" }
        }

        consuming func finish() -> String { text + "]}\n" }
    }
}

extension String {
    fileprivate mutating func appendObservation(
        _ startMs: Int, _ endMs: Int, _ confidence: Double?, value: (inout String) -> Void
    ) {
        let start = DecimalSeconds.clamped(startMs)
        let end = max(DecimalSeconds.clamped(endMs), start)
        self += "{\"time\":" + DecimalSeconds.shortest(start) + ",\"duration\":" + DecimalSeconds.shortest(end - start)
        self += ",\"value\":"
        value(&self)
        self += ",\"confidence\":"
        appendJSON(confidence: confidence)
        self += "}"
    }
}
