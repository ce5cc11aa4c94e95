public import TimelineModel

extension EditList {
    /// A semantic timeline as an edit list: where its recording speaks and plays, at its own times.
    ///
    /// Events are shots on a track for each kind there is: `speech`, `music`, `other`; silence is where no track has
    /// any. Speech is named by its first words. Beats are marks of the sequence, named `bar.beat` as musicians count,
    /// downbeats red, others green. What an event or beat carries is in its metadata, under the names of the wire format,
    /// but for the words of speech one by one; so is who made the timeline and how, but not its parameters and summary.
    ///
    /// - Parameter mediaURL: where an editor finds the recording.
    public init(
        timeline: AudioSemanticTimelineSummary, mediaURL: String, title: String, frameRate: FrameRate = .milliseconds
    ) {
        let media = Media(
            id: timeline.assetID, name: timeline.assetID, url: mediaURL, durationMs: Double(timeline.durationMs),
            hasVideo: false, hasAudio: true)
        let kinds: [EventKind] = [.speech, .music, .other]
        self.init(
            title: title, frameRate: frameRate,
            shots: kinds.flatMap { kind in
                timeline.events.filter { $0.kind == kind }.map { Shot(event: $0, media: media) }
            },
            markers: timeline.beats.map { Marker(beat: $0) },
            metadata: Self.metadata(of: timeline))
    }

    private static func metadata(of timeline: AudioSemanticTimelineSummary) -> [String: JSONValue] {
        let meta = timeline.meta
        return present([
            "asset_id": .string(timeline.assetID),
            "artifact_id": timeline.artifactID.map { .string($0) },
            "audio_semantic_cache_key": .string(meta.cacheKey),
            "backend_type": .string(meta.backendType),
            "language": meta.language.map { .string($0) },
            "meter": meta.meter.map { .integer(Int64($0)) },
            "semantic_identity": .string(meta.semanticIdentity),
            "semantic_version": .string(meta.semanticVersion),
            "tempo_bpm": number(meta.tempoBPM, places: 3),
        ])
    }

    fileprivate static func present(_ members: [String: JSONValue?]) -> [String: JSONValue] {
        members.compactMapValues { $0 }
    }

    fileprivate static func number(_ value: Double?, places: Int) -> JSONValue? {
        value.flatMap { $0.rounded(places: places) }.map { .number($0) }
    }
}

extension EditList.Shot {
    /// Characters of a speech shot's name.
    private static let nameLength = 40

    fileprivate init(event: AudioEvent, media: EditList.Media) {
        let start = Double(event.startMs)
        let spoken = event.kind == .speech ? ExchangeText.name(event.transcription ?? "", limit: Self.nameLength) : ""
        self.init(
            name: spoken.isEmpty ? event.kind.rawValue : spoken, media: media, sourceStartMs: start,
            targetStartMs: start, durationMs: Double(event.endMs) - start, track: event.kind.rawValue,
            metadata: EditList.present([
                "kind": .string(event.kind.rawValue),
                "confidence": EditList.number(event.confidence, places: 3),
                "language": event.meta.language.map { .string($0) },
                "loudness_lufs": EditList.number(event.loudnessLUFS, places: 2),
                "rms_dbfs": EditList.number(event.meta.rmsDBFS, places: 2),
                "speaker_id": event.speakerID.map { .string($0) },
                "transcription": event.transcription.map { .string($0) },
            ]))
    }
}
