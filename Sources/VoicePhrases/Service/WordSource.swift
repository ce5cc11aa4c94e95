import Library
import TimelineModel

/// Where words were found.
struct WordSource: Sendable {
    /// The timeline or the transcript.
    var artifact: DerivedArtifact
    /// nil for a transcript that was made elsewhere.
    var timeline: TimelineRecord?
    /// Says what the words are: a timeline's identity, or the digest of a transcript's bytes.
    var identity: String
    var words: [SpokenWord]
    var skippedWords = 0
    /// Where in the asset's time the words' zero lies.
    var offsetMs = 0

    /// The words inside a part of the asset, in the part's own time; all of them without one.
    func cut(to span: ArtifactSpan?) -> WordSource {
        guard let span else { return self }
        var source = self
        source.words = words.cut(to: span.startMs..<span.endMs, offsetMs: offsetMs)
        source.offsetMs = span.startMs
        return source
    }
}

/// Which part of its asset an artifact stands for, in whole milliseconds.
struct ArtifactSpan: Sendable, Hashable {
    var startMs: Int
    /// Where nobody knows, beyond all time.
    var endMs: Int

    /// By the artifact's own times, else by those that its meta tells about the same asset.
    init(_ artifact: DerivedArtifact) {
        let origin = artifact.meta["source_asset_id"]?.text
        let isOfParent = origin == nil || origin == artifact.parentAssetID
        func told(_ key: String) -> Double? { isOfParent ? artifact.meta[key]?.double : nil }
        startMs = Self.whole(artifact.startMs ?? told("source_start_ms")) ?? 0
        endMs = max(Self.whole(artifact.endMs ?? told("source_end_ms")) ?? SpokenWord.latestMs, startMs)
    }

    private static func whole(_ milliseconds: Double?) -> Int? {
        guard let milliseconds, milliseconds.isFinite else { return nil }
        return Int(exactly: min(max(milliseconds, 0), Double(SpokenWord.latestMs)).rounded())
    }
}
