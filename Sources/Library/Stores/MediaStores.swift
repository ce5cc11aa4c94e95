/// Assets by scope and id.
public protocol AssetStore: Sendable {
    /// - Throws: ``LibraryError`` `conflict` when the scope has an asset of that id.
    func insert(_ asset: MediaAsset) async throws
    /// nil when the scope has none of that id.
    func asset(_ id: String, in scope: Scope) async throws -> MediaAsset?
    /// Oldest first.
    func assets(in scope: Scope, matching filter: AssetFilter, page: PageRequest) async throws -> Page<MediaAsset>
    /// Notes what the bytes behind an asset's URI were when they were hashed; nothing when the asset is gone.
    func recordContent(_ content: ContentFacts, ofAsset id: String, in scope: Scope) async throws
    /// Makes an asset's source another one, whose bytes were not looked at yet; nothing when the asset is gone.
    func setSource(_ uri: String, ofAsset id: String, in scope: Scope) async throws
    /// Removes an asset with its artifacts, timelines and those stage outputs that no other asset or artifact of the
    /// scope shares. Their blobs go with the next collection.
    ///
    /// - Returns: false when the scope has no such asset.
    func deleteAsset(_ id: String, in scope: Scope) async throws -> Bool
}

/// Artifacts by scope and id.
public protocol ArtifactStore: Sendable {
    /// Inserts an artifact; for a timeline, its record and the outputs of stages that it came with, in one transaction.
    ///
    /// - Throws: ``LibraryError`` `conflict`; `missingParent` when the scope has no asset `parentAssetID`.
    func insert(_ artifact: DerivedArtifact, timeline: TimelineRecord?, stages: [StageEntry]) async throws
    /// Inserts those artifacts whose ids are not there yet, all in one transaction; the others stay as they are.
    ///
    /// - Returns: how many were inserted.
    /// - Throws: ``LibraryError`` `missingParent`; then none is inserted.
    func insertMissing(_ artifacts: [DerivedArtifact]) async throws -> Int
    /// - Returns: nil when the scope has no such artifact.
    func artifact(_ id: String, in scope: Scope) async throws -> DerivedArtifact?
    /// All of an asset's, oldest first.
    func artifacts(ofAsset id: String, in scope: Scope) async throws -> [DerivedArtifact]
    /// Notes what was found out about an artifact's bytes; nothing when it is gone.
    func recordContent(_ content: ContentFacts, ofArtifact id: String, in scope: Scope) async throws
}

extension ArtifactStore {
    /// Inserts an artifact without outputs of stages.
    public func insert(_ artifact: DerivedArtifact, timeline: TimelineRecord?) async throws {
        try await insert(artifact, timeline: timeline, stages: [])
    }
}

/// Timelines: how a cache key or a clip finds its artifact.
public protocol TimelineStore: Sendable {
    /// The artifacts of a key's timelines, by identity; of several with one identity, the newest.
    func timelineIDs(cacheKey: String, in scope: Scope) async throws -> [String: String]
    /// nil also for artifacts of another kind.
    func timeline(artifactID: String, in scope: Scope) async throws -> StoredTimeline?
    /// All timelines of an asset, or of one artifact derived from it, newest first.
    func timelines(ofAsset id: String, sourceArtifactID: String?, in scope: Scope) async throws -> [StoredTimeline]
}

/// Outputs of stages by scope and key.
public protocol StageStore: Sendable {
    /// The entries of those keys that are there.
    func stages(keys: [String], in scope: Scope) async throws -> [StageEntry]
    /// Adds entries; one of the same key is replaced.
    func record(_ entries: [StageEntry], in scope: Scope) async throws
    /// Adds an entry as long as an asset or an artifact of the scope has the bytes of its source: what is found while an
    /// analysis runs must not outlive what it was found in.
    ///
    /// - Returns: false when nothing has them.
    func recordIfSourceExists(_ entry: StageEntry, in scope: Scope) async throws -> Bool
}

/// Projects, sequences, tracks and clips.
public protocol VideoStore: Sendable {
    /// - Throws: ``LibraryError`` `conflict`; `missingParent`.
    func insert<Node: VideoNode>(_ node: Node) async throws
    /// - Returns: nil when the scope has no such node.
    func node<Node: VideoNode>(_ type: Node.Type, id: String, in scope: Scope) async throws -> Node?
    /// Oldest first; nil parent lists the scope's projects.
    func nodes<Node: VideoNode>(
        _ type: Node.Type, parentID: String?, in scope: Scope, page: PageRequest
    ) async throws -> Page<Node>
    /// - Returns: false when there is no such node.
    func update<Node: VideoNode>(_ node: Node) async throws -> Bool
    /// Removes a node with all that hangs on it.
    ///
    /// - Returns: false when there is no such node.
    func delete<Node: VideoNode>(_ type: Node.Type, id: String, in scope: Scope) async throws -> Bool
}

/// Jobs: rows that survive a restart.
public protocol JobStore: Sendable {
    /// Inserts a job.
    func insert(_ job: JobRecord) async throws
    /// - Returns: nil when the scope has no such job.
    func job(_ id: String, in scope: Scope) async throws -> JobRecord?
    /// Replaces a job's row; nothing when it is gone.
    func update(_ job: JobRecord) async throws
    /// Jobs of all scopes that are not final, oldest first: what a restart takes up again.
    func unfinishedJobs() async throws -> [JobRecord]
    /// Jobs of all scopes, newest first: what an operator looks at.
    func jobs(matching filter: JobFilter, limit: Int) async throws -> [JobRecord]
    /// Removes final jobs that ended before a moment.
    ///
    /// - Returns: how many.
    func removeJobs(finishedBefore moment: Timestamp) async throws -> Int
}

/// Which blobs are in use: what the garbage collector asks.
public protocol BlobReferences: Sendable {
    /// Those of the digests that a row of the scope names.
    func referenced(_ digests: [String], in scope: Scope) async throws -> Set<String>
    /// Whether the rows are as they were written: else one may name a blob that seems to be named by none.
    func isWhole() async throws -> Bool
}
