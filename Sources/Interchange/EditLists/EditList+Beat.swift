package import TimelineModel

extension EditList.Marker {
    /// A beat as a mark in its recording's time: `3.1` is the first beat of the third bar, `beat` one outside of known
    /// bars. Downbeats are red and say so, others green.
    package init(beat: BeatEvent) {
        let isDownbeat = beat.beatInBar == 1
        let numbers = [
            "bar_index": beat.barIndex, "beat_in_bar": beat.beatInBar, "beat_index": beat.beatIndex,
            "subdivision": beat.subdivision,
        ]
        var metadata = numbers.compactMapValues { $0.map { JSONValue.integer(Int64($0)) } }
        if let confidence = beat.confidence, confidence.isFinite {
            metadata["confidence"] = .number(confidence.roundedConfidence)
        }
        self.init(
            name: beat.place.map { "\($0.bar).\($0.beat)" } ?? "beat", atMs: Double(beat.timeMs),
            comment: isDownbeat ? "downbeat" : "beat", color: isDownbeat ? .red : .green, metadata: metadata)
    }
}
