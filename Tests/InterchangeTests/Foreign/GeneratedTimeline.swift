import TimelineModel

/// Sound timelines made from a seed.
struct GeneratedTimeline {
    private var random: SplitMix64
    private var events: [AudioEvent] = []

    static func summary(seed: UInt64) -> AudioSemanticTimelineSummary {
        var generated = GeneratedTimeline(random: SplitMix64(seed: seed))
        let duration =
            switch seed {
            case 0: 0
            case 1: 1
            case 2: 36_000_000
            default:
                Int.random(
                    in: 2...generated.random.pick([40, 5_000, 60_000, 60_000, 200_000]), using: &generated.random)
            }
        return generated.summary(durationMs: duration)
    }

    private mutating func summary(durationMs: Int) -> AudioSemanticTimelineSummary {
        let longest = max(durationMs / 12, 1_500)
        var time = 0
        while time < durationMs {
            let end = min(time + Int.random(in: 1...longest, using: &random), durationMs)
            switch Int.random(in: 0..<6, using: &random) {
            case 0: events.append(AudioEvent(kind: .silence, startMs: time, endMs: end, confidence: 1))
            case 1: events.append(AudioEvent(kind: .other, startMs: time, endMs: end, confidence: confidence()))
            case 2: music(time, end)
            case 3: speech(time, end)
            case 4:
                music(time, end)
                var start = Int.random(in: time..<end, using: &random)
                while start < end {
                    let stop = Int.random(in: start + 1...end, using: &random)
                    speech(start, stop)
                    start = stop + Int.random(in: 0...3_000, using: &random)
                }
            default:
                let middle = Int.random(in: time..<end, using: &random)
                speech(time, Int.random(in: middle + 1...end, using: &random))
                music(middle, end)
            }
            time = end
        }
        spellLastNumber()
        var summary = Sample.summary(
            events.sorted(by: AudioEvent.precedes), beats: beats(durationMs: durationMs), durationMs: durationMs)
        summary.meta.language = "en"
        summary.meta.tempoBPM = summary.beats.isEmpty ? nil : 120
        return summary
    }

    /// The reader of SubRip takes a last line of the last caption for the number of a caption to come if it is one: the
    /// last word of all is none.
    private mutating func spellLastNumber() {
        let spoken = events.indices.filter { events[$0].meta.words?.isEmpty == false }
        guard let last = spoken.max(by: { events[$0].startMs < events[$1].startMs }),
            var words = events[last].meta.words, words[words.count - 1].word.allSatisfy(\.isNumber)
        else { return }
        words[words.count - 1].word = "one"
        events[last].meta.words = words
        if events[last].transcription != nil {
            events[last].transcription = words.map(\.word).joined(separator: " ")
        }
    }

    private mutating func confidence() -> Double { Double(Int.random(in: 0...1000, using: &random)) / 1000 }

    private mutating func music(_ start: Int, _ end: Int) {
        events.append(
            AudioEvent(kind: .music, startMs: start, endMs: end, loudnessLUFS: -21.25, confidence: confidence()))
    }

    private mutating func speech(_ start: Int, _ end: Int) {
        var event = AudioEvent(
            kind: .speech, startMs: start, endMs: end, speakerID: random.pick(Self.speakers),
            confidence: confidence())
        if random.once(in: 6) {
            event.transcription = random.pick([nil, "untimed <words> & \"more\", said\nat once"])
        } else {
            var words: [TimelineWord] = []
            var time = start + Int.random(in: 0...200, using: &random)
            while time < end, words.count < 400 {
                let length = Int.random(in: 1...random.pick([120, 400, 400, 2_500]), using: &random)
                let stop = min(time + length, end)
                // Long words are divided among captions, of which each needs its millisecond.
                words.append(
                    TimelineWord(
                        word: stop - time < 10 ? "a" : random.pick(Self.words), startMs: time, endMs: stop,
                        confidence: confidence()))
                time += length + random.pick([0, 0, 30, 900])
            }
            event.meta.words = random.once(in: 8) && words.isEmpty ? nil : words
            event.transcription = random.once(in: 8) ? nil : words.map(\.word).joined(separator: " ")
        }
        events.append(event)
    }

    /// Bars of two to seven beats, in tempos that change, after beats without a bar and with pauses.
    private mutating func beats(durationMs: Int) -> [BeatEvent] {
        guard !random.once(in: 4), durationMs > 0 else { return [] }
        var beats: [BeatEvent] = []
        var time = Int.random(in: 0...random.pick([0, 20, 900, 9_000]), using: &random)
        var interval = Int.random(in: 190...1_500, using: &random)
        func add(_ bar: Int?, _ beat: Int?, _ confidence: Double) {
            guard time < durationMs else { return }
            beats.append(
                BeatEvent(
                    timeMs: time, beatIndex: beats.count, barIndex: bar, beatInBar: beat, confidence: confidence))
        }
        for _ in 0..<random.pick([0, 0, 1, 3]) {
            add(nil, nil, confidence())
            time += interval
        }
        var meter = 4
        for bar in 0..<3_000 where time < durationMs {
            if random.once(in: 5) { meter = Int.random(in: 2...7, using: &random) }
            if random.once(in: 5) { interval = Int.random(in: 190...1_500, using: &random) }
            for beat in 1...meter {
                add(bar, beat, confidence())
                time += interval + Int.random(in: -9...9, using: &random)
                if random.once(in: 60) { time += Int.random(in: 1...20_000, using: &random) }
            }
        }
        return beats
    }

    private static let speakers = [nil, nil, "S1", "S2", "Ann & Bo", "a>b", "Zoë 日本", " ", "<v x>"]

    private static let words = [
        "a", "so.", "Well,", "unbelievable!", "-->", "&lt;", "&amp;", "e\u{301}t", "x\ny", "tab\there", "NOTE",
        String(repeating: "long", count: 30), "日本語", "1st", "\"quoted\"", "it's", "<b>bold</b>", "<00:01.000>", "=1+1",
        "👩‍👩‍👧", "back\\slash", "{brace}", "ab\u{202E}c", "semi;colon", "comma,", "\u{1F3B5}", "...", "--->",
        "7", "42", "1969", "٣",
    ]
}
