import TimelineModel

/// The pattern that stands in when nothing can be heard: deterministic, and never mistaken for a real timeline, for
/// it says so in every place.
enum StubBackend {
    static let version = "audio_semantic_stub_v1"

    /// Speech 5 s, silence, music 8 s, speech 4 s, other 3 s in a cycle, and beats every 500 ms.
    ///
    /// - Parameter duration: the real one, in seconds.
    static func timeline(duration: Double, parameters: AnalysisParameters) -> (events: [AudioEvent], beats: [BeatEvent])
    {
        let end = max(1, Int((duration * 1000).rounded()))
        let cycle: [(kind: EventKind, ms: Int)] = [
            (.speech, 5000), (.silence, max(parameters.minSilenceMs, 800)), (.music, 8000), (.speech, 4000),
            (.other, 3000),
        ]
        var events: [AudioEvent] = []
        var position = 0
        var step = 0
        while position < end {
            let (kind, length) = cycle[step % cycle.count]
            let stop = min(position + length, end)
            let shown = parameters.includeSpeechMusic || kind == .silence ? kind : .other
            if let last = events.last, last.kind == shown, shown == .other {
                events[events.count - 1].endMs = stop
            } else {
                events.append(AudioEvent(kind: shown, startMs: position, endMs: stop, confidence: 0))
            }
            position = stop
            step += 1
        }
        let beats =
            parameters.includeBeats
            ? stride(from: 0, to: end, by: 500).enumerated().map { index, time in
                BeatEvent(timeMs: time, beatIndex: index, barIndex: index / 4, beatInBar: index % 4 + 1, confidence: 0)
            } : []
        return (events, beats)
    }
}
