/// Turns what the stages found out into the events and beats that a timeline promises.
///
/// A pure function of its arguments that accepts anything: spans in any order, overlapping, empty, beyond the end, not
/// finite. Whatever comes in, the result has no violations in the sense of
/// ``AudioSemanticTimelineSummary/violations``.
public struct TimelineAssembler: Sendable {
    /// What is left between silences becomes `other` if at least this much of it is not silent; shorter remains belong
    /// to the event before them.
    public static let shortestOtherMs = 60
    /// A word whose middle lies outside all speech joins the nearest speech no farther away than this.
    public static let wordReachMs = 500

    public let parameters: AnalysisParameters

    public init(parameters: AnalysisParameters) {
        self.parameters = parameters
    }

    /// Assembles one recording.
    ///
    /// - Parameters:
    ///   - stages: the layers in seconds. A recording shorter than half a millisecond counts as 1 ms; a length that is
    ///     not a positive finite number gives an empty timeline.
    ///   - level: loudness of a span in milliseconds of this timeline; asked once for each event, in order.
    public func assemble(_ stages: StageOutputs, level: (Range<Int>) -> SpanLevel) -> AssembledTimeline {
        guard stages.duration > 0, let length = Milliseconds.rounded(seconds: stages.duration) else {
            return AssembledTimeline(durationMs: 0, events: [], beats: [])
        }
        let durationMs = max(length, 1)
        let silence = MillisecondSpan.layer(stages.silence, durationMs: durationMs)
        let foreground = parameters.includeSpeechMusic ? stages : StageOutputs(duration: stages.duration)
        let layers = TimelineLayers(
            speech: bridgingPauses(foreground.speech, durationMs), music: bridgingPauses(foreground.music, durationMs),
            silence: silence, durationMs: durationMs, minSilenceMs: parameters.minSilenceMs)

        var events = speechEvents(layers.speech, of: foreground)
        events += layers.music.map { $0.event(.music) }
        events += layers.silence.map { $0.event(.silence) }
        events += otherEvents(layers.other, confidences: stages.other)
        events.sort(by: AudioEvent.precedes)
        for index in events.indices {
            let measured = level(events[index].startMs..<events[index].endMs)
            if events[index].kind != .silence {
                events[index].loudnessLUFS = measured.lufs?.rounded(places: 2)
            }
            events[index].meta.rmsDBFS = measured.rmsDBFS?.rounded(places: 2)
        }
        let beats = parameters.includeBeats ? BeatNumbering.number(stages.beats, durationMs: durationMs) : []
        return AssembledTimeline(durationMs: durationMs, events: events, beats: beats)
    }

    /// Spans closer together than the shortest silence are one: a pause does not split them.
    private func bridgingPauses(_ segments: [LayerSegment], _ durationMs: Int) -> [MillisecondSpan] {
        MillisecondSpan.layer(segments, durationMs: durationMs).merged(bridging: parameters.minSilenceMs)
    }

    /// Speech with its words, one event for each speaker in turn. `S1` is who is heard first.
    private func speechEvents(_ spans: [MillisecondSpan], of stages: StageOutputs) -> [AudioEvent] {
        let parts = SpeakerParts(turns: stages.speakers, words: stages.words).parts(of: spans)
        let placed = WordPlacement.place(stages.words, into: parts.map(\.span), reachMs: Self.wordReachMs)
        var numbers: [Int: Int] = [:]
        return zip(parts, placed).map { part, words in
            var event = part.span.event(.speech)
            if let speaker = part.speaker {
                let number = numbers[speaker, default: numbers.count + 1]
                numbers[speaker] = number
                event.speakerID = "S\(number)"
                event.meta.speakerConfidence = part.confidence?.roundedConfidence
            }
            guard !words.isEmpty else {
                if stages.isTranscribed { event.meta.unintelligible = true }
                return event
            }
            event.transcription = words.joinedText
            event.meta.words = words.map(\.word)
            event.meta.language = stages.language
            return event
        }
    }

    /// `other` is as sure as the segments that overlap it, weighted by the overlap; unknown where none does.
    private func otherEvents(_ spans: [MillisecondSpan], confidences: [LayerSegment]) -> [AudioEvent] {
        var spans = spans
        for segment in confidences {
            guard let claim = MillisecondSpan(segment, durationMs: spans.last?.end ?? 0) else { continue }
            var index = spans.firstIndex(endingAfter: claim.start)
            while index < spans.count, spans[index].start < claim.end {
                let shared = min(spans[index].end, claim.end) - max(spans[index].start, claim.start)
                spans[index].weigh(claim.confidence, by: shared)
                index += 1
            }
        }
        return spans.map { $0.event(.other) }
    }
}
