import Library

/// Which of an asset's timelines answers for a clip: of the source's present bytes, with all that is asked for, the real
/// one before the stub, then the newest.
struct TimelineSelection: Sendable, Hashable {
    var includeBeats = true
    var includeSpeechMusic = true
    /// SHA-256 of the source's present bytes; nil where they cannot be told.
    var sourceSHA256: String?

    /// The candidates that may answer, best first.
    ///
    /// - Parameter timelines: newest first.
    func ranked(_ timelines: [StoredTimeline]) -> [StoredTimeline] {
        let usable = timelines.filter { timeline in
            let record = timeline.record
            return record.sourceSHA256 == sourceSHA256 && (record.includeBeats || !includeBeats)
                && (record.includeSpeechMusic || !includeSpeechMusic)
        }
        return usable.filter { !$0.record.isStub } + usable.filter(\.record.isStub)
    }
}
