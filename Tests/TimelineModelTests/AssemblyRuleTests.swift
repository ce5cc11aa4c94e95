import Testing
import TimelineModel

@Suite("Assembly's rules by example (D18)")
struct AssemblyRuleTests {
    private func assemble(
        _ duration: Double, speech: [(Double, Double)] = [], music: [(Double, Double)] = [],
        silence: [(Double, Double)] = [], other: [LayerSegment] = [], words: [TranscribedWord] = [],
        speakers: [SpeakerTurn] = [], beats: [TrackedBeat] = [], isTranscribed: Bool = false,
        parameters: AnalysisParameters = AnalysisParameters()
    ) -> AssembledTimeline {
        let layer = { (spans: [(Double, Double)]) in
            spans.map { LayerSegment(start: $0.0, end: $0.1, confidence: 0.5) }
        }
        var stages = StageOutputs(
            duration: duration, speech: layer(speech), music: layer(music), silence: layer(silence), other: other,
            words: words, language: "en", speakers: speakers, beats: beats)
        stages.isTranscribed = isTranscribed
        return TimelineAssembler(parameters: parameters).assemble(stages) { range in
            SpanLevel(lufs: -Double(range.count), rmsDBFS: -.infinity)
        }
    }

    @Test("D18a: silence at head and tail is part of the timeline")
    func headAndTail() {
        let timeline = assemble(13, music: [(5, 8)], silence: [(0, 5), (8, 13)])
        #expect(timeline.events.map(\.shape) == ["silence 0-5000", "music 5000-8000", "silence 8000-13000"])
        #expect(timeline.counts.silence == TimelineCounts.Kind(count: 2, ms: 10_000))
    }

    @Test("D18b: digital silence is silence, without loudness")
    func digitalSilence() {
        let timeline = assemble(10, silence: [(0, 10)])
        #expect(timeline.events.map(\.shape) == ["silence 0-10000"])
        #expect(timeline.events[0].loudnessLUFS == nil)
        #expect(timeline.events[0].meta.rmsDBFS == nil)
    }

    @Test("D18c: speech does not erase the music under it")
    func speechOverMusic() {
        let timeline = assemble(60, speech: [(20, 22)], music: [(0, 60)])
        #expect(timeline.events.map(\.shape) == ["music 0-60000", "speech 20000-22000"])
    }

    @Test("D18d: what nobody claims is other, as sure as the layer that says so")
    func other() {
        let timeline = assemble(
            10, speech: [(0, 4)],
            other: [
                LayerSegment(start: 0, end: 5, confidence: 1), LayerSegment(start: 5, end: 8, confidence: 0.5),
                LayerSegment(start: 8, end: .nan, confidence: 0.1),
            ])
        #expect(timeline.events.map(\.shape) == ["speech 0-4000", "other 4000-10000"])
        #expect(timeline.events[1].confidence == 0.625)
        #expect(assemble(10).events[0].confidence == nil)
    }

    @Test("Speech that has words says where it has none for five seconds: before, between and after them")
    func unheard() {
        let words = [(6.5, 7.0), (12.0, 12.5), (17.4, 18.0)].map {
            TranscribedWord(text: "word", start: $0.0, end: $0.1, confidence: 1)
        }
        #expect(assemble(30, speech: [(1, 23)], words: words, isTranscribed: true).unheardMs == [1000, 7000, 18_000])
        #expect(assemble(30, speech: [(2, 22.9)], words: words, isTranscribed: true).unheardMs == [7000])
        #expect(assemble(30, speech: [(1, 23)], isTranscribed: true).unheardMs.isEmpty)
    }

    @Test("Speech that was listened to has words, or says that it has none")
    func unintelligible() {
        let word = TranscribedWord(text: "hi", start: 1.2, end: 1.6, confidence: 1)
        let heard = assemble(9, speech: [(1, 2), (4, 6)], music: [(7, 8)], words: [word], isTranscribed: true)
        let speech = heard.events.filter { $0.kind == .speech }
        #expect(speech.map(\.meta.unintelligible) == [nil, true] && speech.map(\.transcription) == ["hi", nil])
        #expect(heard.events.filter { $0.kind != .speech }.allSatisfy { $0.meta.unintelligible == nil })
        #expect(heard.unheardMs.isEmpty)
        #expect(assemble(9, speech: [(1, 2)]).events.allSatisfy { $0.meta.unintelligible == nil })
    }

    @Test("D18h: without speech and music there are silence and other, and no words")
    func withoutSpeechMusic() {
        let timeline = assemble(
            5, speech: [(1, 2)], music: [(3, 4)], silence: [(0, 1)],
            words: [TranscribedWord(text: "hi", start: 1, end: 1.5, confidence: 1)],
            parameters: AnalysisParameters(includeSpeechMusic: false))
        #expect(timeline.events.map(\.shape) == ["silence 0-1000", "other 1000-5000"])
        #expect(timeline.counts.words == 0)
    }

    @Test("D18i: bars start on detected downbeats; before the first nothing is said about bars")
    func bars() {
        let positions = [3, 4, 1, 2, 3, 1, nil, 1]
        let beats = positions.enumerated().map {
            TrackedBeat(time: Double($0.offset) / 2, confidence: 0.87654, beatInBar: $0.element)
        }
        let timeline = assemble(4, music: [(0, 4)], beats: beats + [TrackedBeat(time: 4, confidence: 1)])
        #expect(timeline.beats.map(\.beatIndex) == [0, 1, 2, 3, 4, 5, 6, 7])
        #expect(timeline.beats.map(\.barIndex) == [nil, nil, 0, 0, 0, 1, 1, 2])
        #expect(timeline.beats.map(\.beatInBar) == [nil, nil, 1, 2, 3, 1, nil, 1])
        #expect(timeline.beats.allSatisfy { $0.confidence == 0.877 })
        #expect(timeline.counts.bars == 3)
    }

    @Test("D18j: times are rounded to the nearest millisecond, not cut off")
    func rounding() {
        let timeline = assemble(2.0006, music: [(0.0006, 0.9996)])
        #expect(timeline.durationMs == 2001)
        #expect(timeline.events.map(\.shape) == ["music 0-1000", "other 1000-2001"])
        #expect(timeline.events[1].loudnessLUFS == -1001)
    }

    @Test("A pause shorter than the shortest silence does not split speech; one as long does")
    func pauses() {
        #expect(
            assemble(3, speech: [(0, 1), (1.299, 3)], silence: [(1, 1.299)]).events.map(\.shape) == ["speech 0-3000"])
        #expect(
            assemble(3, speech: [(0, 1), (1.3, 3)], silence: [(1, 1.3)]).events.map(\.shape)
                == ["speech 0-1000", "silence 1000-1300", "speech 1300-3000"])
    }

    @Test("Merged confidence is weighted by duration")
    func confidence() {
        let stages = StageOutputs(
            duration: 4,
            speech: [
                LayerSegment(start: 0, end: 1, confidence: 1), LayerSegment(start: 1, end: 4, confidence: 0.2),
                LayerSegment(start: 1, end: 4, confidence: .nan),
            ])
        let timeline = TimelineAssembler(parameters: AnalysisParameters()).assemble(stages) { _ in SpanLevel() }
        #expect(timeline.events.map(\.confidence) == [0.4])
    }

    @Test("A remainder under 60 ms belongs to the event before it, at the head to the one after it")
    func remainders() {
        #expect(
            assemble(3, speech: [(0.059, 1)], silence: [(1.059, 3)]).events.map(\.shape)
                == ["speech 0-1059", "silence 1059-3000"])
        #expect(
            assemble(3, speech: [(0.06, 1)], silence: [(1.06, 3)]).events.map(\.shape)
                == ["other 0-60", "speech 60-1000", "other 1000-1060", "silence 1060-3000"])
        #expect(assemble(3, silence: [(0.05, 1.5), (1.55, 3)]).events.map(\.shape) == ["silence 0-3000"])
    }

    @Test("Too short for any event: all is silence or other, whichever there is more of")
    func tiny() {
        #expect(assemble(0.2, silence: [(0.05, 0.2)]).events.map(\.shape) == ["silence 0-200"])
        #expect(assemble(0.05, silence: [(0.03, 0.05)]).events.map(\.shape) == ["other 0-50"])
    }

    @Test("Words go by their midpoint, else to speech within 500 ms, else away")
    func words() {
        let word = { (text: String, start: Double, end: Double) in
            TranscribedWord(text: text, start: start, end: end, confidence: 2)
        }
        let timeline = assemble(
            9, speech: [(1, 2), (4, 5)], silence: [(0, 1), (2, 4), (5, 9)],
            words: [
                word("late", 5.3, 5.5), word("lost", 5.6, 5.8), word("cut", 0.8, 1.4), word("in", 1.3, 1.9),
                word(" ", 1.1, 1.2), word("nan", .nan, 1), word("four", 4.2, 4.1),
            ])
        let speech = timeline.events.filter { $0.kind == .speech }
        #expect(speech.map(\.transcription) == ["cut in", "four late"])
        #expect(
            speech.compactMap(\.meta.words).joined().map { [$0.startMs, $0.endMs] }
                == [[1000, 1300], [1300, 1900], [4200, 4201], [4999, 5000]])
        #expect(speech.allSatisfy { $0.meta.language == "en" })
        #expect(timeline.counts.words == 4)
    }

    @Test("Languages without spaces are joined without")
    func spacing() {
        let words = ["日", "本", "語"].enumerated().map {
            TranscribedWord(
                text: $0.element, start: Double($0.offset), end: Double($0.offset) + 0.5, confidence: 1,
                followsSpace: $0.offset == 0)
        }
        let event = assemble(3, speech: [(0, 3)], words: words).events[0]
        #expect(event.transcription == "日本語")
        #expect(event.spacedWords.map(\.followsSpace) == [false, false, false])
    }

    @Test("More words than milliseconds still lie inside their event, in order")
    func crowdedWords() {
        let words = (0..<50).map { _ in TranscribedWord(text: "x", start: 0.02, end: 0.02, confidence: 1) }
        let event = assemble(0.02, speech: [(0, 0.02)], words: words).events[0]
        let times = (event.meta.words ?? []).map(\.startMs)
        #expect(times.count == 50 && times == times.sorted())
        #expect((event.meta.words ?? []).allSatisfy { 0 <= $0.startMs && $0.startMs < $0.endMs && $0.endMs <= 20 })
    }

    @Test("The order is start, kind by name, end")
    func order() {
        let timeline = assemble(4, speech: [(0, 1)], music: [(0, 2)])
        #expect(timeline.events.map(\.shape) == ["music 0-2000", "speech 0-1000", "other 2000-4000"])
    }

    private func turn(_ start: Double, _ end: Double, _ speaker: Int, _ confidence: Double = 0.8) -> SpeakerTurn {
        SpeakerTurn(start: start, end: end, speaker: speaker, confidence: confidence)
    }

    @Test("Speech is cut where the speaker changes; S1 is who is heard first")
    func speakers() {
        let timeline = assemble(
            20, speech: [(1, 9), (12, 15)], speakers: [turn(1, 5, 7), turn(5, 9, 3, 0.4), turn(12, 15, 7)])
        let speech = timeline.events.filter { $0.kind == .speech }
        #expect(speech.map(\.shape) == ["speech 1000-5000", "speech 5000-9000", "speech 12000-15000"])
        #expect(speech.map(\.speakerID) == ["S1", "S2", "S1"])
        #expect(speech.map(\.meta.speakerConfidence) == [0.8, 0.4, 0.8])
        #expect(speech.map(\.confidence) == [0.5, 0.5, 0.5])
    }

    @Test("Without turns nobody is named, and turns outside of speech name nobody")
    func noSpeakers() {
        for speakers in [[], [turn(5, 8, 1)], [turn(.nan, 2, 1), turn(2, .infinity, 1), turn(2, 1, 1)]] {
            let speech = assemble(10, speech: [(1, 4)], speakers: speakers).events.filter { $0.kind == .speech }
            #expect(speech.map(\.speakerID) == [nil])
            #expect(speech.map(\.meta.speakerConfidence) == [nil])
        }
    }

    @Test("A change of speaker moves to the pause between words that is near, and never into a word")
    func speakerChanges() {
        let words = [(0.0, 1.8), (1.9, 2.3), (2.7, 3.6), (3.6, 5.9)].map {
            TranscribedWord(text: "w", start: $0.0, end: $0.1, confidence: 1)
        }
        /// Where speech is cut, in milliseconds, when the change is heard at a time.
        func cuts(_ time: Double) -> [Int] {
            let timeline = assemble(6, speech: [(0, 6)], words: words, speakers: [turn(0, time, 1), turn(time, 6, 2)])
            #expect(timeline.events.reduce(0) { $0 + ($1.meta.words?.count ?? 0) } == words.count)
            return timeline.events.dropFirst().map(\.startMs)
        }
        #expect(cuts(2.5) == [2500])
        #expect(cuts(2.2) == [2400])
        #expect(cuts(3.0) == [2600])
        #expect(cuts(3.5) == [3600])
        // No pause is near.
        #expect(cuts(4.8) == [4800])
    }

    @Test("Turns that do not reach each other meet in the middle; those of one speaker are one")
    func gapsBetweenTurns() {
        let timeline = assemble(
            20, speech: [(0, 10)], speakers: [turn(0, 2, 1), turn(2.5, 4, 1, 0.9), turn(6, 9, 2)])
        #expect(timeline.events.prefix(2).map(\.shape) == ["speech 0-5000", "speech 5000-10000"])
        #expect(timeline.events.first?.meta.speakerConfidence == 0.9)
    }
}
