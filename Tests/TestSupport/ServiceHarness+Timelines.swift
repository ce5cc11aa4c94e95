package import Library
import SemanticTimeline
package import TimelineModel

extension ServiceHarness {
    /// Stores a timeline that is written out by hand, as an analysis of an asset would.
    ///
    /// - Parameters:
    ///   - source: the derived artifact that was heard.
    ///   - sourceSHA256: of the bytes that were heard; by default the present ones.
    @discardableResult
    package func addTimeline(
        _ id: String, of asset: MediaAsset, events: [AudioEvent], beats: [BeatEvent] = [], durationMs: Int,
        source: DerivedArtifact? = nil, sourceSHA256: String? = nil, isStub: Bool = false, includeBeats: Bool = true
    ) async throws -> DerivedArtifact {
        let backend = isStub ? "audio_semantic_stub_v1" : "whisper_librosa_v2"
        let sha256 = sourceSHA256 ?? (source == nil ? asset.content?.sha256 : source?.content?.sha256)
        var meta = TimelineMeta(
            modelUsed: "whisper_tiny.en", backendType: isStub ? "stub" : "whisper_librosa", backendVersion: backend,
            semanticVersion: backend + (isStub ? "" : ".1"), parameters: AnalysisParameters(), cacheKey: "key-\(id)",
            semanticIdentity: "identity-\(id)", contentSHA256: sha256 ?? "", seed: 42)
        meta.summary = TimelineCounts(events: events, beats: beats)
        let document = try TimelineDocument(
            AudioSemanticTimelineSummary(
                assetID: asset.id, durationMs: durationMs, events: events, beats: beats, meta: meta))
        let content = try await publish(document.json, in: asset.scope)
        let index = try await publish(document.index.serialized(), in: asset.scope)
        let artifact = DerivedArtifact(
            id: id, parentAssetID: asset.id, scope: asset.scope, kind: .audioSemanticTimeline,
            uri: SemanticTimelineService.contentURI(ofArtifact: id), createdAt: .now,
            meta: [
                "semantic_version": .string(meta.semanticVersion),
                "backend_info": .object(["backend_type": .string(meta.backendType)]),
            ], content: content)
        try await database.insert(
            artifact,
            timeline: TimelineRecord(
                artifactID: id, assetID: asset.id, sourceArtifactID: source?.id, cacheKey: meta.cacheKey,
                identity: meta.semanticIdentity, sourceSHA256: meta.contentSHA256, isStub: isStub,
                includeBeats: includeBeats, includeSpeechMusic: true, indexSHA256: index.sha256))
        return artifact
    }

    /// Stores an artifact that was made elsewhere.
    @discardableResult
    package func addArtifact(
        _ id: String, _ kind: ArtifactKind, of asset: MediaAsset, bytes: [UInt8] = Array("bytes".utf8),
        startMs: Double? = nil, endMs: Double? = nil, meta: [String: JSONValue] = [:]
    ) async throws -> DerivedArtifact {
        let artifact = DerivedArtifact(
            id: id, parentAssetID: asset.id, scope: asset.scope, kind: kind,
            uri: SemanticTimelineService.contentURI(ofArtifact: id), createdAt: .now, startMs: startMs, endMs: endMs,
            meta: meta, content: try await publish(bytes, in: asset.scope))
        try await database.insert(artifact, timeline: nil)
        return artifact
    }

    private func publish(_ bytes: [UInt8], in scope: Scope) async throws -> ContentFacts {
        let staged = try await blobs.stage()
        try await staged.append(bytes)
        return try await staged.publish(in: scope)
    }
}
