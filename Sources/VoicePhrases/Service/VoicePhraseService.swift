public import Library
public import SemanticTimeline
import TimelineModel

/// Finds the phrases that are spoken in assets and registers them as artifacts.
///
/// Phrases come from the words of a stored timeline, or of a transcript that was made elsewhere; nothing is heard again
/// and no audio is rendered. The same words and parameters give the same artifacts.
public struct VoicePhraseService: Sendable {
    /// Largest transcript that is read, in bytes.
    static let transcriptLimit = 32 << 20
    /// Most phrases of an answer: a day of short sentences has fewer.
    private static let mostPhrases = 50_000

    let service: SemanticTimelineService

    public init(service: SemanticTimelineService) {
        self.service = service
    }

    /// The phrases of an asset, or of an artifact derived from it.
    ///
    /// Without `artifactID`: of the best timeline of the asset's present bytes, real before stub, then newest; a
    /// transcript that was made elsewhere comes before a stub. With a timeline's or a transcript's id: of that one. With
    /// another artifact's: of its own timeline, else of the part of the asset that it stands for. Where nobody speaks
    /// there are no phrases, and that is not an error.
    ///
    /// - Throws: `SemanticTimelineError` `audioNotFound` for what is not in the scope, `timelineNotFound` when there
    ///   are no words to be had, `validation` for parameters out of range and (422) for a transcript that cannot be
    ///   understood, `fetchFailed` for one that cannot be read; `CancellationError`.
    public func detect(_ request: VoicePhraseRequest, in scope: Scope) async throws -> VoicePhraseResult {
        try await translatingErrors {
            let request = try request.checked(in: scope)
            guard let asset = try await service.stores.assets.asset(request.assetID, in: scope) else {
                throw SemanticTimelineError.notFound(.audioNotFound, "asset")
            }
            let source = try await words(of: asset, artifactID: request.artifactID)
            let output = PhraseBuilder(rule: request.rule).phrases(of: source.words, offsetMs: source.offsetMs)
            guard output.phrases.count <= Self.mostPhrases else {
                throw SemanticTimelineError(
                    .validation, "these are more than \(Self.mostPhrases) phrases; a longer max_gap_ms gives fewer",
                    field: "max_gap_ms", httpStatus: 422)
            }
            try Task.checkCancellation()
            let plan = PhraseArtifacts(request: request, source: source, scope: scope)
            let ids = output.phrases.enumerated().map { plan.id(of: $1, number: $0) }
            try await register(ids, output.phrases, plan, in: scope)
            return VoicePhraseResult(phrases: output.phrases, artifactIDs: ids, meta: meta(of: source, output))
        }
    }

    private func meta(of source: WordSource, _ output: PhraseBuilder.Output) -> VoicePhraseMeta {
        let isTimeline = source.timeline != nil
        return VoicePhraseMeta(
            engine: PhraseRule.version, transcriptFound: source.words.count > output.skippedWords,
            backendInfo: isTimeline ? source.artifact.meta["backend_info"] ?? .object([:]) : .object([:]),
            sourceArtifactID: source.artifact.id,
            semanticVersion: isTimeline ? source.artifact.meta["semantic_version"]?.text : nil,
            semanticCacheKey: source.timeline?.cacheKey, droppedShort: output.droppedShort,
            skippedWords: source.skippedWords + output.skippedWords, count: output.phrases.count,
            isStub: source.timeline?.isStub == true ? true : nil)
    }

    /// Inserts those artifacts that are not there yet. The last one is there when all of them are: they come and go
    /// together.
    ///
    /// - Throws: ``LibraryError`` `conflict` when something else has the id of one.
    private func register(
        _ ids: [String], _ phrases: [VoicePhrase], _ plan: PhraseArtifacts, in scope: Scope
    ) async throws {
        let store = service.stores.artifacts
        guard let last = ids.last else { return }
        if let known = try await store.artifact(last, in: scope), plan.isOne(known) { return }
        let inserted: Int
        do {
            inserted = try await store.insertMissing(zip(ids, phrases).map { plan.artifact($0, of: $1) })
        } catch let error as LibraryError where error.code == .missingParent {
            throw SemanticTimelineError.notFound(.audioNotFound, "asset")
        }
        guard inserted < ids.count else { return }
        for id in ids {
            guard let known = try await store.artifact(id, in: scope), plan.isOne(known) else {
                throw LibraryError(.conflict, "there is already another artifact of a phrase's id")
            }
        }
    }
}
