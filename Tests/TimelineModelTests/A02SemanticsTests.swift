import Testing
import TimelineModel

@Suite("A02SemanticsTests: slicing by clip")
struct A02SemanticsTests {
    static let batches: [UInt64] = Array(0..<10)

    @Test("D19, D20: a window is half-open; what touches it is outside")
    func halfOpen() throws {
        let slice = try Sample.small().slice(inMs: 1000, outMs: 1500)
        #expect(slice.events.map(\.shape) == ["speech 0-500"])
        #expect(slice.beats.map(\.timeMs) == [0])
        let next = try Sample.small().slice(inMs: 1500, outMs: 2500)
        #expect(next.beats.map(\.timeMs) == [0, 500])
        #expect(next.beats.map(\.beatIndex) == [1, 2])
        #expect(next.beats.map(\.barIndex) == [0, 0])
    }

    @Test("D21: the duration is the window's, the asset's is in meta; counts are the slice's")
    func durations() throws {
        let slice = try Sample.small().slice(inMs: 900.4, outMs: 1700)
        #expect(slice.durationMs == 800)
        #expect(slice.meta.assetDurationMs == 4000)
        #expect(slice.meta.clipWindowMs == [900.4, 1700])
        #expect(slice.meta.clipRelative == true)
        #expect(slice.meta.summary.silence == TimelineCounts.Kind(count: 1, ms: 100))
        #expect(slice.meta.summary.words == 2 && slice.meta.summary.beats == 2)
    }

    @Test("D22: windows that cannot be cut are errors, not negative times")
    func refusals() {
        let cases: [(Double, Double, Double, SliceError)] = [
            (3000, 1000, 1, .inverted), (1000, 1000, 1, .empty), (1000.1, 1000.2, 1, .empty),
            (-1, 1000, 1, .negativeStart), (.nan, 1000, 1, .notFinite), (0, .infinity, 1, .notFinite),
            (0, 1000, .nan, .notFinite), (0, 1000, 0, .unusableSpeed), (0, 1000, -1, .unusableSpeed),
        ]
        for (inMs, outMs, speed, expected) in cases {
            #expect(throws: expected) { try Sample.small().slice(inMs: inMs, outMs: outMs, speed: speed) }
        }
        #expect(throws: SliceError.empty) {
            try Sample.small().slice(inMs: 0, outMs: 10, speed: 1e9, timeBase: .timeline)
        }
        #expect(throws: SliceError.unusableSpeed) {
            try Sample.small().slice(inMs: 0, outMs: 10, speed: 1e-300, timeBase: .timeline)
        }
        #expect(throws: SliceError.alreadyScaled) {
            try Sample.small().slice(inMs: 0, outMs: 1000, speed: 2, timeBase: .timeline).slice(inMs: 0, outMs: 10)
        }
    }

    @Test("D24: a cut event keeps the words on its side, and their text only")
    func words() throws {
        let before = try Sample.small().slice(inMs: 1000, outMs: 1601)
        #expect(before.events.first { $0.kind == .speech }?.transcription == "Ask not")
        #expect(before.events.first { $0.kind == .speech }?.meta.words?.last?.endMs == 601)
        let after = try Sample.small().slice(inMs: 1600, outMs: 2000)
        let speech = try #require(after.events.first { $0.kind == .speech })
        #expect(speech.transcription == "not")
        #expect(speech.meta.words?.map { [$0.startMs, $0.endMs] } == [[0, 200]])
        let none = try Sample.small().slice(inMs: 2300, outMs: 2400)
        #expect(none.events.first { $0.kind == .speech }?.meta.words == nil)
        #expect(none.events.first { $0.kind == .speech }?.transcription == nil)
    }

    @Test("Text without words survives whole, and not in a cut")
    func textWithoutWords() throws {
        var summary = Sample.small()
        for index in summary.events.indices { summary.events[index].meta.words = nil }
        #expect(try summary.slice(inMs: 0, outMs: 4000).events.compactMap(\.transcription) == ["Ask not what."])
        #expect(try summary.slice(inMs: 0, outMs: 2000).events.compactMap(\.transcription) == [])
    }

    @Test("D26: speed is recorded against the limit, and applied where asked")
    func speed() throws {
        let source = try Sample.small().slice(inMs: 1000, outMs: 3000, speed: 2)
        #expect(source.durationMs == 2000 && source.meta.timeBase == nil)
        #expect(source.meta.speedChange == 2 && source.meta.speedChangeLimited == true)
        #expect(source.meta.withinSpeedLimit == false && source.meta.speedChangeLimit == 1.05)
        let scaled = try Sample.small().slice(inMs: 1000, outMs: 3000, speed: 2, timeBase: .timeline)
        #expect(scaled.durationMs == 1000 && scaled.meta.timeBase == "timeline")
        #expect(scaled.events.map(\.shape) == ["speech 0-750", "music 250-1000"])
        #expect(scaled.beats.map(\.timeMs) == [0, 250, 500, 750])
        #expect(scaled.violations == [])
        for (speed, within) in [(1.0, true), (1.05, true), (1 / 1.05, true), (1.0501, false), (0.95, false)] {
            let meta = try Sample.small().slice(inMs: 0, outMs: 1000, speed: speed).meta
            #expect(meta.withinSpeedLimit == within, "speed \(speed)")
            #expect(meta.speedChangeLimited == (speed != 1), "speed \(speed)")
        }
    }

    @Test("A window past the end covers what there is and says so")
    func beyondTheEnd() throws {
        let slice = try Sample.small().slice(inMs: 3600, outMs: 5000)
        #expect(slice.durationMs == 1400)
        #expect(slice.events.map(\.shape) == ["other 0-400"])
        #expect(slice.meta.warnings == ["window_beyond_end"])
        #expect(slice.meta.loudness?.values.count == 4)
        let outside = try Sample.small().slice(inMs: 1e15, outMs: 1e300)
        #expect(outside.events.isEmpty && outside.beats.isEmpty)
    }

    @Test("The whole is the slice of the whole", arguments: batches)
    func whole(batch: UInt64) throws {
        for seed in (batch * 50)..<(batch * 50 + 50) {
            let summary = Generated.summary(seed: seed)
            let slice = try summary.slice(inMs: 0, outMs: Double(summary.durationMs))
            #expect(slice.events == summary.events && slice.beats == summary.beats, "seed \(seed)")
            #expect(slice.meta.summary == summary.meta.summary, "seed \(seed)")
        }
    }

    @Test("Adjacent slices partition time, words, beats and the loudness curve", arguments: batches)
    func partition(batch: UInt64) throws {
        for seed in (batch * 50)..<(batch * 50 + 50) {
            var summary = Generated.summary(seed: seed)
            guard summary.durationMs > 8 else { continue }
            summary.meta.loudness = LoudnessSummary(
                integratedLUFS: nil, truePeakDBTP: nil, windowMs: 1000,
                values: (0..<(summary.durationMs / 100)).map { Double($0) })
            var random = SplitMix64(seed: seed)
            let cuts = (0..<5).map { _ in Double.random(in: 0.6...Double(summary.durationMs - 1), using: &random) }
            let edges = ([0, Double(summary.durationMs)] + cuts).sorted()
            var milliseconds: [EventKind: Int] = [:]
            var words = 0
            var beats: [BeatEvent] = []
            var values: [Double?] = []
            for (inMs, outMs) in zip(edges, edges.dropFirst()) where inMs.rounded() < outMs.rounded() {
                let slice = try summary.slice(inMs: inMs, outMs: outMs)
                #expect(slice.violations == [], "seed \(seed)")
                for event in slice.events { milliseconds[event.kind, default: 0] += event.endMs - event.startMs }
                words += slice.meta.summary.words
                beats += slice.beats.map { beat in
                    var beat = beat
                    beat.timeMs += Int(inMs.rounded())
                    return beat
                }
                values += slice.meta.loudness?.values ?? []
            }
            for (kind, count) in [
                (EventKind.speech, summary.meta.summary.speech), (.music, summary.meta.summary.music),
                (.other, summary.meta.summary.other), (.silence, summary.meta.summary.silence),
            ] {
                #expect(milliseconds[kind] ?? 0 == count.ms, "seed \(seed): \(kind)")
            }
            #expect(words == summary.meta.summary.words, "seed \(seed)")
            #expect(beats == summary.beats, "seed \(seed)")
            #expect(values == summary.meta.loudness?.values, "seed \(seed)")
        }
    }

    @Test("A slice of a slice is the slice", arguments: batches)
    func nested(batch: UInt64) throws {
        for seed in (batch * 50)..<(batch * 50 + 50) {
            var summary = Generated.summary(seed: seed)
            guard summary.durationMs > 400 else { continue }
            // Words on an outer edge are clipped, which moves their midpoint: compared without words.
            for index in summary.events.indices {
                summary.events[index].meta.words = nil
                summary.events[index].transcription = nil
            }
            let duration = Double(summary.durationMs)
            let outer = (100.0, (duration * 0.9).rounded())
            let inner = (20.0, ((outer.1 - outer.0) / 2).rounded())
            let nested = try summary.slice(inMs: outer.0, outMs: outer.1).slice(inMs: inner.0, outMs: inner.1)
            let direct = try summary.slice(inMs: outer.0 + inner.0, outMs: outer.0 + inner.1)
            #expect(nested == direct, "seed \(seed)")
        }
    }

    @Test("Slices in timeline time keep every promise", arguments: batches)
    func scaled(batch: UInt64) throws {
        for seed in (batch * 50)..<(batch * 50 + 50) {
            let summary = Generated.summary(seed: seed)
            var random = SplitMix64(seed: seed)
            let speed = Double.random(in: 0.1...1, using: &random)
            let slice = try summary.slice(
                inMs: 0, outMs: Double(summary.durationMs), speed: speed, timeBase: .timeline)
            #expect(slice.violations == [], "seed \(seed)")
            let fast = try? summary.slice(
                inMs: 0, outMs: Double(summary.durationMs), speed: 1 / speed, timeBase: .timeline)
            // At more than original speed beats may share a millisecond; everything else holds.
            #expect(fast.map { $0.violations.allSatisfy { $0.hasPrefix("beat") } } ?? true, "seed \(seed)")
        }
    }

    @Test("Flat layout has one label at a time and loses no speech", arguments: batches)
    func flattened(batch: UInt64) {
        for seed in (batch * 50)..<(batch * 50 + 50) {
            let summary = Generated.summary(seed: seed)
            let flat = summary.flattened()
            #expect(flat.violations == [], "seed \(seed)")
            let ends = [0] + flat.events.map(\.endMs)
            #expect(zip(flat.events.map(\.startMs), ends).allSatisfy(==), "seed \(seed)")
            #expect(flat.meta.summary.speech == summary.meta.summary.speech, "seed \(seed)")
            #expect(flat.flattened() == flat, "seed \(seed)")
        }
        #expect(
            Sample.small().flattened().events.map(\.shape)
                == ["silence 0-1000", "speech 1000-2500", "music 2500-3500", "other 3500-4000"])
    }

    @Test("Documents that break every promise are sliced without trapping")
    func hostileDocuments() throws {
        var summary = Sample.small()
        summary.durationMs = .max
        summary.events = [
            AudioEvent(
                kind: .speech, startMs: .min, endMs: .max, transcription: "x",
                meta: EventMeta(words: [TimelineWord(word: "x", startMs: .min, endMs: .max, confidence: .nan)])),
            AudioEvent(kind: .music, startMs: .max, endMs: .min),
        ]
        summary.beats = [BeatEvent(timeMs: .min), BeatEvent(timeMs: .max)]
        summary.meta.loudness = LoudnessSummary(
            integratedLUFS: .nan, truePeakDBTP: nil, windowMs: -1, hopMs: .min, values: [.nan])
        #expect(!summary.violations.isEmpty)
        let slice = try summary.slice(inMs: 10, outMs: 20, speed: 3, timeBase: .timeline)
        #expect(slice.events.map(\.shape) == ["speech 0-3"])
        #expect(slice.beats.isEmpty && slice.meta.loudness?.values == [])
        #expect(summary.flattened().events.count == 1)
    }
}
