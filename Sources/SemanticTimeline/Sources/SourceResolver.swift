import Files
import Library

/// Where the bytes are that an asset or an artifact stands for, and what they are.
struct ResolvedSource: Sendable {
    enum Location: Sendable, Hashable {
        case blob
        case file(path: String)
        case bucket(uri: String, etag: String)
    }

    var asset: MediaAsset
    /// The derived artifact that is meant instead of the asset.
    var artifact: DerivedArtifact?
    var content: ContentFacts
    var location: Location

    /// The length that the rows tell.
    var knownDurationMs: Double? {
        guard let artifact else { return asset.durationMs }
        guard let start = artifact.startMs, let end = artifact.endMs else { return nil }
        return end - start
    }
}

/// Finds sources: in their scope only, below the allowed folders only, with the digest of their present bytes.
struct SourceResolver: Sendable {
    let stores: LibraryStores
    let files: FileSources
    let buckets: BucketSources?

    /// - Throws: ``SemanticTimelineError`` `audioNotFound` for what is not in the scope, also for an artifact of another
    ///   asset; `fetchFailed` for a source that is gone.
    func resolve(assetID: String, artifactID: String?, in scope: Scope) async throws -> ResolvedSource {
        guard let asset = try await stores.assets.asset(assetID, in: scope) else {
            throw SemanticTimelineError.notFound(.audioNotFound, "asset")
        }
        guard let artifactID else {
            let (content, location) = try await locate(asset.content, uri: asset.sourceURI, in: scope) { facts in
                try await stores.assets.recordContent(facts, ofAsset: assetID, in: scope)
            }
            return ResolvedSource(asset: asset, artifact: nil, content: content, location: location)
        }
        guard let artifact = try await stores.artifacts.artifact(artifactID, in: scope),
            artifact.parentAssetID == assetID
        else { throw SemanticTimelineError.notFound(.audioNotFound, "artifact") }
        guard artifact.content != nil || artifact.kind != .audioPhrase else {
            throw SemanticTimelineError.invalid("artifact_id", "is a part of its asset without bytes of its own")
        }
        let (content, location) = try await locate(artifact.content, uri: artifact.uri, in: scope) { facts in
            try await stores.artifacts.recordContent(facts, ofArtifact: artifactID, in: scope)
        }
        return ResolvedSource(asset: asset, artifact: artifact, content: content, location: location)
    }

    /// The digest of the present bytes of an asset or artifact, for choosing a timeline. Where a file outside of the
    /// library is gone, the last one known.
    func presentSHA256(of asset: MediaAsset) async throws -> String? {
        try await present(asset.content, uri: asset.sourceURI, in: asset.scope) { facts in
            try await stores.assets.recordContent(facts, ofAsset: asset.id, in: asset.scope)
        }
    }

    func presentSHA256(of artifact: DerivedArtifact) async throws -> String? {
        try await present(artifact.content, uri: artifact.uri, in: artifact.scope) { facts in
            try await stores.artifacts.recordContent(facts, ofArtifact: artifact.id, in: artifact.scope)
        }
    }

    private func present(
        _ facts: ContentFacts?, uri: String, in scope: Scope, record: (ContentFacts) async throws -> Void
    ) async throws -> String? {
        do {
            return try await locate(facts, uri: uri, in: scope, record: record).content.sha256
        } catch let error as SemanticTimelineError where error.code == .fetchFailed {
            return facts?.sha256
        }
    }

    private func locate(
        _ facts: ContentFacts?, uri: String, in scope: Scope, record: (ContentFacts) async throws -> Void
    ) async throws -> (content: ContentFacts, location: ResolvedSource.Location) {
        if let facts, facts.isStored { return (facts, .blob) }
        if SemanticTimelineService.isBucketURI(uri) {
            return try await locateInBucket(facts, uri: uri, in: scope, record: record)
        }
        guard let path = try? files.path(of: uri) else {
            throw SemanticTimelineError(.fetchFailed, "the source cannot be read", resourceKind: "asset")
        }
        if let facts, FileStamp(path: path)?.text == facts.stamp { return (facts, .file(path: path)) }
        let fresh = try await files.content(ofFileAt: path)
        try await record(fresh)
        return (fresh, .file(path: path))
    }

    private func locateInBucket(
        _ facts: ContentFacts?, uri: String, in scope: Scope, record: (ContentFacts) async throws -> Void
    ) async throws -> (content: ContentFacts, location: ResolvedSource.Location) {
        do {
            guard let buckets else { throw LibraryError(.blobMissing, "there are no buckets") }
            let present = try await buckets.facts(uri, in: scope)
            let location = ResolvedSource.Location.bucket(uri: uri, etag: present.etag)
            if let facts, facts.stamp == present.stamp { return (facts, location) }
            let fresh = try await buckets.content(uri, present)
            try await record(fresh)
            return (fresh, location)
        } catch let error as LibraryError {
            throw SemanticTimelineError(
                .fetchFailed, "the source cannot be read", resourceKind: "asset",
                underlying: error.underlying ?? error.message)
        }
    }
}
