import Library
import SemanticTimeline
import TestSupport
import TimelineModel
import VoicePhrases

/// A service that finds phrases in a library in memory, with an asset whose timelines and transcripts are made up.
struct PhraseHarness {
    let base: ServiceHarness
    let phrases: VoicePhraseService
    let asset: MediaAsset
    var scope: Scope { base.scope }

    init(database: SQLLibrary? = nil) async throws {
        base = try ServiceHarness(database: database)
        phrases = VoicePhraseService(service: base.service)
        asset = try await base.addAsset("a123")
    }

    func detect(
        _ artifact: String? = nil, asset: String = "a123", in scope: Scope? = nil,
        _ change: (inout VoicePhraseRequest) -> Void = { _ in }
    ) async throws -> VoicePhraseResult {
        var request = VoicePhraseRequest(assetID: asset, artifactID: artifact)
        change(&request)
        return try await phrases.detect(request, in: scope ?? self.scope)
    }

    /// Two voices from 1 to 4 seconds, and 40 ms of one at 6 seconds.
    static let said: [AudioEvent] = [
        speech(1000..<2900, speaker: "S1", ["Ask": 1000..<1300, "not": 1300..<1800, "what": 2500..<2900]),
        speech(2900..<4000, speaker: "S2", ["Why": 3000..<3400, "not?": 3500..<3900]),
        speech(6000..<6500, speaker: "S1", ["Oh": 6000..<6040]),
    ]

    static func speech(_ span: Range<Int>, speaker: String?, _ words: KeyValuePairs<String, Range<Int>>) -> AudioEvent {
        var event = AudioEvent(kind: .speech, startMs: span.lowerBound, endMs: span.upperBound, speakerID: speaker)
        guard !words.isEmpty else { return event }
        event.transcription = words.map(\.key).joined(separator: " ")
        event.meta.words = words.map { word, time in
            TimelineWord(word: word, startMs: time.lowerBound, endMs: time.upperBound, confidence: 0.75)
        }
        return event
    }

    /// Stores a timeline of ten seconds.
    ///
    /// - Parameter source: the derived artifact that was heard.
    @discardableResult
    func addTimeline(
        _ id: String, _ events: [AudioEvent] = said, of source: DerivedArtifact? = nil, isStub: Bool = false
    ) async throws -> DerivedArtifact {
        try await base.addTimeline(
            id, of: asset, events: events, durationMs: 10_000, source: source, isStub: isStub)
    }

    @discardableResult
    func addArtifact(
        _ id: String, _ kind: ArtifactKind, _ text: String = "bytes", startMs: Double? = nil, endMs: Double? = nil,
        meta: [String: JSONValue] = [:]
    ) async throws -> DerivedArtifact {
        try await base.addArtifact(
            id, kind, of: asset, bytes: Array(text.utf8), startMs: startMs, endMs: endMs, meta: meta)
    }
}
