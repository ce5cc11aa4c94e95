import TimelineModel

/// What each export of a timeline has to hold, in milliseconds. Which of it a format has, the readers know.
struct TimelineFacts: Encodable {
    struct Word: Encodable {
        var word: String
        var start_ms: Int
        var end_ms: Int
    }

    struct Event: Encodable {
        var kind: String
        var start_ms: Int
        var end_ms: Int
        @Nullable var speaker_id: String?
        @Nullable var transcription: String?
        @Nullable var words: [Word]?
    }

    struct Beat: Encodable {
        var time_ms: Int
        @Nullable var beat_index: Int?
        @Nullable var bar_index: Int?
        @Nullable var beat_in_bar: Int?
    }

    var asset_id: String
    var media_url: String
    var duration_ms: Int
    @Nullable var meter: Int?
    var events: [Event]
    var beats: [Beat]

    init(_ summary: AudioSemanticTimelineSummary, mediaURL: String) {
        asset_id = summary.assetID
        media_url = mediaURL
        duration_ms = summary.durationMs
        meter = summary.meta.meter
        events = summary.events.map { event in
            Event(
                kind: event.kind.rawValue, start_ms: event.startMs, end_ms: event.endMs, speaker_id: event.speakerID,
                transcription: event.transcription,
                words: event.meta.words?.map { Word(word: $0.word, start_ms: $0.startMs, end_ms: $0.endMs) })
        }
        beats = summary.beats.map {
            Beat(
                time_ms: $0.timeMs, beat_index: $0.beatIndex, bar_index: $0.barIndex, beat_in_bar: $0.beatInBar)
        }
    }
}

/// Written as `null` where there is none.
@propertyWrapper
struct Nullable<Value: Encodable>: Encodable {
    var wrappedValue: Value?

    init(wrappedValue: Value?) { self.wrappedValue = wrappedValue }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        if let wrappedValue { try container.encode(wrappedValue) } else { try container.encodeNil() }
    }
}
