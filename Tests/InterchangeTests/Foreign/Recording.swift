import Foundation
import TimelineModel

/// The repository's own recording, as its truth has it.
enum Recording {
    private struct Truth: Decodable {
        struct Word: Decodable {
            var word: String
            var start_ms: Int
            var end_ms: Int
        }

        struct Span: Decodable {
            var start_ms: Int
            var end_ms: Int
            var text: String?
            var voice: String?
            var words: [Word]?
        }

        var duration_ms: Int
        var speech: [Span]
        var music: [Span]
        var silence: [Span]
        var other: [Span]
        var beats_ms: [Int]
        var downbeats_ms: [Int]
        var tempo_bpm: Double
        var meter: Int
    }

    static func harbour() throws -> AudioSemanticTimelineSummary {
        let file = ForeignReaders.repository.appending(path: "Fixtures/harbour.json")
        let truth = try JSONDecoder().decode(Truth.self, from: Data(contentsOf: file))
        let spans: [(EventKind, [Truth.Span])] = [
            (.speech, truth.speech), (.music, truth.music), (.silence, truth.silence), (.other, truth.other),
        ]
        let events = spans.flatMap { kind, spans in
            spans.map { span in
                AudioEvent(
                    kind: kind, startMs: span.start_ms, endMs: span.end_ms, speakerID: span.voice, confidence: 1,
                    transcription: span.text,
                    meta: EventMeta(
                        words: span.words?.map {
                            TimelineWord(word: $0.word, startMs: $0.start_ms, endMs: $0.end_ms, confidence: 1)
                        }))
            }
        }
        var beats: [BeatEvent] = []
        var bar = -1
        for time in truth.beats_ms {
            if truth.downbeats_ms.contains(time) { bar += 1 }
            let beat = truth.downbeats_ms.contains(time) ? 1 : (beats.last?.beatInBar).map { $0 + 1 }
            beats.append(
                BeatEvent(
                    timeMs: time, beatIndex: beats.count, barIndex: bar < 0 ? nil : bar, beatInBar: beat,
                    confidence: 1))
        }
        var summary = Sample.summary(
            events.sorted(by: AudioEvent.precedes), beats: beats, durationMs: truth.duration_ms)
        summary.meta.tempoBPM = truth.tempo_bpm
        summary.meta.meter = truth.meter
        return summary
    }
}
