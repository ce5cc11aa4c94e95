public import TimelineModel

/// Something that was made from an asset: a stem, a loop, a timeline.
public struct DerivedArtifact: Sendable, Hashable, Codable {
    /// Unique in its scope.
    public var id: String
    public var parentAssetID: String
    public var tenantID: String
    public var env: String
    public var kind: ArtifactKind
    /// `/media-v2/artifacts/{id}/content` for bytes that are kept here, else the URI as it was registered.
    public var uri: String
    /// Where in the parent's time it begins.
    public var startMs: Double?
    public var endMs: Double?
    public var trackLabel: String?
    public var createdAt: Timestamp
    /// Always holds `pipeline_hash` and `backend_version`.
    public var meta: [String: JSONValue]
    public var content: ContentFacts?

    public init(
        id: String, parentAssetID: String, scope: Scope, kind: ArtifactKind, uri: String, createdAt: Timestamp,
        startMs: Double? = nil, endMs: Double? = nil, trackLabel: String? = nil, meta: [String: JSONValue],
        content: ContentFacts? = nil
    ) {
        self.id = id
        self.parentAssetID = parentAssetID
        tenantID = scope.tenantID
        env = scope.env
        self.kind = kind
        self.uri = uri
        self.startMs = startMs
        self.endMs = endMs
        self.trackLabel = trackLabel
        self.createdAt = createdAt
        self.meta = meta
        self.content = content
    }

    public var scope: Scope { Scope(tenantID: tenantID, env: env) }

    private enum CodingKeys: String, CodingKey {
        case id
        case parentAssetID = "parent_asset_id"
        case tenantID = "tenant_id"
        case env
        case kind
        case uri
        case startMs = "start_ms"
        case endMs = "end_ms"
        case trackLabel = "track_label"
        case createdAt = "created_at"
        case meta
    }
}

/// What finding the right timeline needs to know of an `audio_semantic_timeline` artifact.
public struct TimelineRecord: Sendable, Hashable {
    public var artifactID: String
    public var assetID: String
    /// The derived artifact that was analysed; nil for the asset itself.
    public var sourceArtifactID: String?
    public var cacheKey: String
    public var identity: String
    /// SHA-256 of the bytes that were analysed.
    public var sourceSHA256: String
    public var isStub: Bool
    public var includeBeats: Bool
    public var includeSpeechMusic: Bool
    /// SHA-256 of the blob with the index into the stored JSON.
    public var indexSHA256: String

    public init(
        artifactID: String, assetID: String, sourceArtifactID: String?, cacheKey: String, identity: String,
        sourceSHA256: String, isStub: Bool, includeBeats: Bool, includeSpeechMusic: Bool, indexSHA256: String
    ) {
        self.artifactID = artifactID
        self.assetID = assetID
        self.sourceArtifactID = sourceArtifactID
        self.cacheKey = cacheKey
        self.identity = identity
        self.sourceSHA256 = sourceSHA256
        self.isStub = isStub
        self.includeBeats = includeBeats
        self.includeSpeechMusic = includeSpeechMusic
        self.indexSHA256 = indexSHA256
    }
}

/// A timeline's record together with its artifact.
public struct StoredTimeline: Sendable, Hashable {
    public var record: TimelineRecord
    public var artifact: DerivedArtifact

    public init(record: TimelineRecord, artifact: DerivedArtifact) {
        self.record = record
        self.artifact = artifact
    }
}

/// The output of one stage of analysis, kept for the next request that needs it.
public struct StageEntry: Sendable, Hashable {
    /// Digest of all that the output depends on.
    public var key: String
    /// `transcript`, `scene`, …
    public var name: String
    /// SHA-256 of the source's bytes, by which the entry is removed with the last asset that has them.
    public var sourceSHA256: String
    public var blobSHA256: String
    public var sizeBytes: Int64

    public init(key: String, name: String, sourceSHA256: String, blobSHA256: String, sizeBytes: Int64) {
        self.key = key
        self.name = name
        self.sourceSHA256 = sourceSHA256
        self.blobSHA256 = blobSHA256
        self.sizeBytes = sizeBytes
    }
}
