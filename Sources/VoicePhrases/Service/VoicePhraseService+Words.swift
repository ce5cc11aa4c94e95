import Crypto
import Files
import Library
import SemanticTimeline
import TimelineModel

extension VoicePhraseService {
    /// The words of an asset, or of an artifact of it.
    func words(of asset: MediaAsset, artifactID: String?) async throws -> WordSource {
        guard let artifactID else { return try await bestWords(of: asset, part: nil) }
        guard let artifact = try await service.stores.artifacts.artifact(artifactID, in: asset.scope),
            artifact.parentAssetID == asset.id
        else { throw SemanticTimelineError.notFound(.audioNotFound, "artifact") }
        switch artifact.kind {
        case .asrTranscript:
            return try await words(ofTranscript: artifact, isNamed: true)
        case .audioSemanticTimeline:
            guard let timeline = try await service.stores.timelines.timeline(artifactID: artifactID, in: asset.scope)
            else { throw SemanticTimelineError.notFound(.timelineNotFound, "timeline") }
            return try await words(of: timeline)
        default:
            return try await bestWords(of: asset, part: artifact)
        }
    }

    /// A timeline that may be read, and the part of it that counts.
    private struct Candidate {
        var timeline: StoredTimeline
        var span: ArtifactSpan?
    }

    /// The words of the best timeline that can be read: a real one, else the newest transcript, else a stub.
    ///
    /// - Parameter part: an artifact whose own timelines come first; else the words in its part of the asset's.
    private func bestWords(of asset: MediaAsset, part: DerivedArtifact?) async throws -> WordSource {
        let span = part.map(ArtifactSpan.init)
        var candidates: [Candidate] = []
        if let part {
            candidates += try await timelines(of: asset, part).map { Candidate(timeline: $0, span: nil) }
        }
        candidates += try await timelines(of: asset, nil).map { Candidate(timeline: $0, span: span) }
        var failure: SemanticTimelineError?
        for candidate in candidates where !candidate.timeline.record.isStub {
            do {
                return try await words(of: candidate.timeline).cut(to: candidate.span)
            } catch let error as SemanticTimelineError where error.code == .timelineNotFound {
                failure = error
            }
        }
        let artifacts = try await service.stores.artifacts.artifacts(ofAsset: asset.id, in: asset.scope)
        if let transcript = artifacts.last(where: { $0.kind == .asrTranscript }) {
            return try await words(ofTranscript: transcript, isNamed: false).cut(to: span)
        }
        // A stub has no words: it must not stand in for those that cannot be read.
        if let failure { throw failure }
        guard let stub = candidates.first else {
            throw SemanticTimelineError(
                .timelineNotFound, "neither a timeline nor a transcript of this recording is there; analyze it first",
                resourceKind: "timeline")
        }
        return try await words(of: stub.timeline).cut(to: stub.span)
    }

    private func timelines(of asset: MediaAsset, _ artifact: DerivedArtifact?) async throws -> [StoredTimeline] {
        try await service.suitableTimelines(
            ofAsset: asset, artifact: artifact, includeBeats: false, includeSpeechMusic: true)
    }

    private func words(of timeline: StoredTimeline) async throws -> WordSource {
        let artifact = timeline.artifact
        let summary = try await service.summary(ofTimeline: artifact.id, in: artifact.scope)
        var source = WordSource(
            artifact: artifact, timeline: timeline.record, identity: timeline.record.identity,
            words: summary.spokenWords)
        if let id = timeline.record.sourceArtifactID,
            let analyzed = try await service.stores.artifacts.artifact(id, in: artifact.scope)
        {
            source.offsetMs = ArtifactSpan(analyzed).startMs
        }
        return source
    }

    /// The words of a transcript that was made elsewhere.
    ///
    /// - Parameter isNamed: the request names it.
    private func words(ofTranscript artifact: DerivedArtifact, isNamed: Bool) async throws -> WordSource {
        let bytes = try await service.content(of: artifact, limit: Self.transcriptLimit)
        do {
            let transcript = try await BlockingWork.run(priority: .bulk) { _ in try ForeignTranscript(json: bytes) }
            return WordSource(
                artifact: artifact, timeline: nil, identity: hexadecimal(SHA256.hash(data: bytes)),
                words: transcript.words, skippedWords: transcript.skippedEntries,
                offsetMs: ArtifactSpan(artifact).startMs)
        } catch let error as CancellationError {
            throw error
        } catch {
            throw SemanticTimelineError(
                .validation, "\(error)", resourceKind: "transcript", field: isNamed ? "artifact_id" : nil,
                httpStatus: 422)
        }
    }
}
