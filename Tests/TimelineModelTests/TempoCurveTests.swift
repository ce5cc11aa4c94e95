import Testing
import TimelineModel

@Suite("Tempo over time")
struct TempoCurveTests {
    private func summary() -> AudioSemanticTimelineSummary {
        var summary = Sample.small()
        summary.meta.tempoCurve = [
            TempoPoint(timeMs: 1000, bpm: 120), TempoPoint(timeMs: 2000, bpm: 90.456_789),
            TempoPoint(timeMs: 3000, bpm: nil),
        ]
        return summary
    }

    @Test("A slice begins with the tempo that holds at its start")
    func sliced() throws {
        let curve = try summary().slice(inMs: 1500, outMs: 3500).meta.tempoCurve
        #expect(
            curve == [
                TempoPoint(timeMs: 0, bpm: 120), TempoPoint(timeMs: 500, bpm: 90.456_789),
                TempoPoint(timeMs: 1500, bpm: nil),
            ])
        #expect(try summary().slice(inMs: 0, outMs: 1500).meta.tempoCurve == [TempoPoint(timeMs: 1000, bpm: 120)])
    }

    @Test("After the last beat a slice has no tempo")
    func afterTheEnd() throws {
        #expect(try summary().slice(inMs: 3200, outMs: 3900).meta.tempoCurve == [])
        #expect(try Sample.small().slice(inMs: 0, outMs: 1000).meta.tempoCurve == nil)
    }

    @Test("A slice in the timeline's clock is as much faster")
    func faster() throws {
        let curve = try summary().slice(inMs: 1000, outMs: 3000, speed: 2, timeBase: .timeline).meta.tempoCurve
        #expect(curve == [TempoPoint(timeMs: 0, bpm: 240), TempoPoint(timeMs: 500, bpm: 180.913_578)])
    }

    @Test("Tempi have two decimals on the wire, and none where they are not finite")
    func sanitised() {
        var summary = summary()
        summary.meta.tempoCurve?.append(TempoPoint(timeMs: 3500, bpm: .infinity))
        summary.beats[1].downbeatConfidence = 0.123_456
        let clean = summary.sanitised()
        #expect(clean.meta.tempoCurve?.map(\.bpm) == [120, 90.46, nil, nil])
        #expect(clean.beats[1].downbeatConfidence == 0.123)
        #expect(clean.sanitised() == clean)
    }

    @Test("Only downbeats say how sure a bar is")
    func downbeatConfidence() {
        let outputs = StageOutputs(
            duration: 3,
            beats: [
                TrackedBeat(time: 0.5, confidence: 0.9, beatInBar: 1, downbeatConfidence: 0.71),
                TrackedBeat(time: 1, confidence: 0.9, beatInBar: 2, downbeatConfidence: 0.5),
                TrackedBeat(time: 1.5, confidence: 0.9, beatInBar: 1),
            ])
        let assembled = TimelineAssembler(parameters: AnalysisParameters()).assemble(outputs) { _ in SpanLevel() }
        #expect(assembled.beats.map(\.downbeatConfidence) == [0.71, nil, nil])
    }
}
