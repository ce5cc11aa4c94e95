import TimelineModel

/// Timelines by chance, the same for the same seed.
struct RandomTimelines {
    private var state: UInt64

    init(seed: Int) { state = UInt64(seed) &* 0x9E37_79B9_7F4A_7C15 | 1 }

    mutating func below(_ bound: Int) -> Int {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return Int(state % UInt64(bound))
    }

    private mutating func one<Value>(of values: [Value]) -> Value { values[below(values.count)] }

    /// One that keeps every promise of a timeline, with beats between which there may be pauses.
    mutating func sound() -> AudioSemanticTimelineSummary {
        var events: [AudioEvent] = []
        var time = 0
        for index in 0..<below(12) {
            let start = time
            var event = AudioEvent(kind: one(of: [.speech, .music, .silence, .other]), startMs: start, endMs: start)
            if event.kind == .speech {
                let words = (0..<1 + below(30)).map { number in
                    let wordStart = time
                    time += 1 + below(900)
                    let word = TimelineWord(
                        word: "w\(index)-\(number)\(one(of: ["", "", ",", "."]))", startMs: wordStart, endMs: time,
                        confidence: 0.5)
                    time += one(of: [0, 0, 40, 1_500])
                    return word
                }
                event.meta.words = words
                event.transcription = words.map(\.word).joined(separator: " ")
                event.speakerID = one(of: [nil, "S1", "S2"])
            }
            time += 1 + below(20_000)
            event.endMs = time
            events.append(event)
        }
        return Sample.summary(events, beats: beats(), durationMs: time)
    }

    private mutating func beats() -> [BeatEvent] {
        var beats: [BeatEvent] = []
        var time = one(of: [0, 1, 7, 100, 260, 900, 15_000, 400_000])
        var bar: Int?
        var beat = 0
        let tempo = one(of: [250, 333, 500, 1_200])
        for index in 0..<below(120) {
            if bar == nil ? below(3) == 0 : beat >= one(of: [4, 4, 4, 3, 5]) { (bar, beat) = ((bar ?? -1) + 1, 0) }
            beat += 1
            beats.append(
                BeatEvent(timeMs: time, beatIndex: index, barIndex: bar, beatInBar: bar == nil ? nil : beat))
            time += below(25) == 0 ? 2_501 + below(60_000) : tempo + below(31)
        }
        return beats
    }

    /// One that keeps none.
    mutating func hostile() -> AudioSemanticTimelineSummary {
        var events: [AudioEvent] = []
        for _ in 0..<below(14) {
            let words = (0..<below(6)).map { _ in
                TimelineWord(word: text(), startMs: time(), endMs: time(), confidence: number() ?? .nan)
            }
            events.append(
                AudioEvent(
                    kind: one(of: EventKind.allCases), startMs: time(), endMs: time(),
                    speakerID: one(of: [nil, text()]),
                    loudnessLUFS: number(), confidence: number(), transcription: one(of: [nil, text()]),
                    meta: EventMeta(words: words)))
        }
        let beats = (0..<below(20)).map { _ in
            BeatEvent(
                timeMs: time(), beatIndex: one(of: [nil, .max]), barIndex: one(of: [nil, .min, 0, 1, .max]),
                beatInBar: one(of: [nil, .min, 0, 1, 2, .max]), confidence: number())
        }
        var summary = Sample.summary(
            events.map {
                var event = $0; event.startMs &= 0xFFFF; event.endMs &= 0xFFFF; return event
            })
        summary.events = events
        summary.beats = beats
        summary.assetID = text()
        summary.artifactID = text()
        summary.durationMs = time()
        summary.meta.backendType = one(of: ["stub", "whisper_librosa"])
        summary.meta.backendVersion = text()
        summary.meta.semanticVersion = text()
        summary.meta.meter = one(of: [nil, .min, 0, 3, .max])
        summary.meta.tempoBPM = number()
        return summary
    }

    private mutating func time() -> Int {
        one(of: [.min, .max, -1, 0, 1, 1 << 53, (1 << 53) + 1, below(5_000), below(100_000), below(10_000_000)])
    }

    private mutating func number() -> Double? { one(of: [nil, .nan, .infinity, -.infinity, -1e300, 0.25, -0.0]) }

    private mutating func text() -> String {
        one(of: [
            "", " ", "=1+1", "a,b", "q\"uo\"te", "\"\u{301},", "tab\tnew\r\nline", "\u{0}\u{1B}[2J", "\u{202E}left",
            "<v x>-->", "-->\u{338}", "\n\n1\n00:00:00,000 --> 00:00:01,000\n", "{\\an8}<i>", "日本語", "\u{2028}",
            String(repeating: "huge", count: 500), "back\\slash", "\u{200D}", "e\u{301}",
        ])
    }
}
