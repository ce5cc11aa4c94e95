import Testing
import TimelineModel

@Suite("Assembly keeps the timeline's promises whatever the stages say")
struct AssemblyPropertyTests {
    static let batches: [UInt64] = Array(0..<12)
    static let casesInBatch: UInt64 = 100

    private func each(_ batch: UInt64, _ body: (UInt64, StageOutputs, AnalysisParameters, AssembledTimeline) -> Void) {
        for seed in (batch * Self.casesInBatch)..<((batch + 1) * Self.casesInBatch) {
            let stages = Generated.stages(seed: seed)
            let parameters = Generated.parameters(seed: seed)
            let level = SpanLevel(lufs: seed % 5 == 0 ? .nan : -20.005, rmsDBFS: seed % 7 == 0 ? -.infinity : -23)
            body(seed, stages, parameters, TimelineAssembler(parameters: parameters).assemble(stages) { _ in level })
        }
    }

    @Test(
        "Every millisecond is covered, kinds never overlap themselves, silence and other overlap nothing",
        arguments: batches)
    func coverage(batch: UInt64) {
        each(batch) { seed, stages, _, timeline in
            #expect(timeline.durationMs == max(1, Int((stages.duration * 1000).rounded())), "seed \(seed)")
            // A bit for each kind, millisecond by millisecond.
            let bits: [EventKind: UInt8] = [.speech: 1, .music: 2, .silence: 4, .other: 8]
            var labels = [UInt8](repeating: 0, count: timeline.durationMs)
            var twice = false
            for event in timeline.events {
                guard event.startMs >= 0, event.startMs < event.endMs, event.endMs <= timeline.durationMs else {
                    Issue.record("seed \(seed): \(event.shape) is no span of \(timeline.durationMs) ms")
                    return
                }
                let bit = bits[event.kind] ?? 0
                for time in event.startMs..<event.endMs {
                    twice = twice || labels[time] & bit != 0
                    labels[time] |= bit
                }
            }
            #expect(!twice, "seed \(seed)")
            let unsound = labels.firstIndex { ![1, 2, 3, 4, 8].contains($0) }
            #expect(unsound == nil, "seed \(seed)")
        }
    }

    @Test("The module's own check finds nothing, and counts agree with the events", arguments: batches)
    func soundness(batch: UInt64) {
        each(batch) { seed, _, parameters, timeline in
            let summary = Sample.summary(timeline, parameters: parameters)
            #expect(summary.violations == [], "seed \(seed)")
            let silence = timeline.events.filter { $0.kind == .silence }
            #expect(timeline.counts.silence.count == silence.count, "seed \(seed)")
            #expect(timeline.counts.silence.ms == silence.reduce(0) { $0 + $1.endMs - $1.startMs }, "seed \(seed)")
            #expect(timeline.counts.beats == timeline.beats.count, "seed \(seed)")
        }
    }

    @Test("What the speech and music layers claim is in events of their kind", arguments: batches)
    func claims(batch: UInt64) {
        each(batch) { seed, stages, parameters, timeline in
            for (kind, layer) in [(EventKind.speech, stages.speech), (.music, stages.music)] {
                // A change of speaker cuts speech, but leaves no gap.
                var events: [Range<Int>] = []
                for event in timeline.events where event.kind == kind {
                    if let last = events.last, last.upperBound == event.startMs {
                        events[events.count - 1] = last.lowerBound..<event.endMs
                    } else {
                        events.append(event.startMs..<event.endMs)
                    }
                }
                if !parameters.includeSpeechMusic {
                    #expect(events.isEmpty, "seed \(seed)")
                    continue
                }
                for segment in layer where segment.start.isFinite && segment.end.isFinite {
                    let start = max(0, (min(segment.start, stages.duration) * 1000).rounded())
                    let end = (min(segment.end, stages.duration) * 1000).rounded()
                    guard start < end else { continue }
                    let holds = events.contains { Double($0.lowerBound) <= start && end <= Double($0.upperBound) }
                    #expect(holds, "seed \(seed): \(kind) \(start)-\(end)")
                }
            }
        }
    }

    @Test("Spans of speech and of music lie at least the shortest silence apart", arguments: batches)
    func pauses(batch: UInt64) {
        each(batch) { seed, _, parameters, timeline in
            for kind in [EventKind.silence, .other] {
                let spans = timeline.events.filter { $0.kind == kind }
                for (left, right) in zip(spans, spans.dropFirst()) {
                    #expect(left.endMs < right.startMs, "seed \(seed): touching \(kind)")
                }
            }
            let shortest = timeline.events.filter { $0.kind == .silence }.map { $0.endMs - $0.startMs }.min()
            if let shortest, timeline.events.count > 1 {
                #expect(shortest >= parameters.minSilenceMs, "seed \(seed)")
            }
        }
    }

    @Test("Words lie inside speech, numbers are finite and rounded, beats are numbered", arguments: batches)
    func details(batch: UInt64) throws {
        each(batch) { seed, stages, parameters, timeline in
            for event in timeline.events {
                #expect(
                    event.kind == .speech || (event.transcription == nil && event.meta.words == nil), "seed \(seed)")
                #expect(event.kind != .silence || event.loudnessLUFS == nil, "seed \(seed)")
                #expect(event.loudnessLUFS.map { $0 == -20.01 || $0 == -20 } ?? true, "seed \(seed)")
                #expect(event.confidence.map { (0...1).contains($0) } ?? true, "seed \(seed)")
                #expect((event.meta.words == nil) == (event.transcription == nil), "seed \(seed)")
                var last = event.startMs
                for word in event.meta.words ?? [] {
                    #expect(
                        word.startMs >= last && word.startMs < word.endMs && word.endMs <= event.endMs, "seed \(seed)")
                    #expect((0...1).contains(word.confidence), "seed \(seed)")
                    last = word.startMs
                }
            }
            #expect(parameters.includeBeats || timeline.beats.isEmpty, "seed \(seed)")
            var bar: Int?
            for (index, beat) in timeline.beats.enumerated() {
                if beat.beatInBar == 1 { bar = (bar ?? -1) + 1 }
                #expect(beat.beatIndex == index && beat.barIndex == bar, "seed \(seed)")
                #expect(bar != nil || beat.beatInBar == nil, "seed \(seed)")
                #expect(index == 0 || timeline.beats[index - 1].timeMs < beat.timeMs, "seed \(seed)")
            }
        }
    }

    @Test("The order of the layers' spans and of beats does not matter", arguments: batches)
    func order(batch: UInt64) {
        each(batch) { seed, stages, parameters, timeline in
            var random = SplitMix64(seed: seed)
            var shuffled = stages
            shuffled.speech.shuffle(using: &random)
            shuffled.music.shuffle(using: &random)
            shuffled.silence.shuffle(using: &random)
            shuffled.beats.shuffle(using: &random)
            let again = TimelineAssembler(parameters: parameters).assemble(shuffled) { _ in SpanLevel() }
            #expect(again.events.map(\.shape) == timeline.events.map(\.shape), "seed \(seed)")
            let known = { (event: AudioEvent) in event.kind == .other ? nil : event.confidence }
            #expect(again.events.map(known) == timeline.events.map(known), "seed \(seed)")
            #expect(again.beats == timeline.beats, "seed \(seed)")
        }
    }

    @Test(
        "A length that is no positive number gives nothing; the shortest gives one millisecond",
        arguments: [Double.nan, .infinity, -.infinity, 0, -1])
    func lengths(duration: Double) {
        let segment = LayerSegment(start: 0, end: 1, confidence: 1)
        let stages = StageOutputs(duration: duration, speech: [segment], beats: [TrackedBeat(time: 0, confidence: 1)])
        let assembler = TimelineAssembler(parameters: AnalysisParameters())
        let timeline = assembler.assemble(stages) { _ in SpanLevel() }
        #expect(timeline == AssembledTimeline(durationMs: 0, events: [], beats: []))
        let short = assembler.assemble(StageOutputs(duration: 1e-9)) { _ in SpanLevel() }
        #expect(short.durationMs == 1)
        #expect(short.events.map(\.shape) == ["other 0-1"])
        let huge = assembler.assemble(StageOutputs(duration: 1e300, music: [segment])) { _ in SpanLevel() }
        #expect(Sample.summary(huge).violations == [])
    }
}
