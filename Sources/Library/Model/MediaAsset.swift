public import TimelineModel

/// What a recording is.
public enum AssetKind: String, Sendable, Hashable, Codable, CaseIterable {
    case video
    case audio
    case image
    case other
}

/// A recording that somebody registered: its bytes are here (an upload) or where `sourceURI` points.
public struct MediaAsset: Sendable, Hashable, Codable {
    /// Unique in its scope; chosen by the caller, or made here.
    public var id: String
    public var tenantID: String
    public var env: String
    public var userID: String?
    public var kind: AssetKind
    /// `/media-v2/assets/{id}/content` for an upload, else the `file:` or `s3:` URI as it was registered.
    public var sourceURI: String
    public var durationMs: Double?
    public var fps: Double?
    public var audioChannels: Int?
    public var sampleRate: Int?
    public var codecInfo: String?
    public var sizeBytes: Int64?
    public var tags: [String]
    public var sourceRef: String?
    public var createdAt: Timestamp
    public var meta: [String: JSONValue]
    /// What the bytes were when they were last hashed; set from the beginning for uploads.
    public var content: ContentFacts?

    public init(
        id: String, scope: Scope, userID: String? = nil, kind: AssetKind, sourceURI: String, createdAt: Timestamp,
        tags: [String] = [], sourceRef: String? = nil, meta: [String: JSONValue] = [:], content: ContentFacts? = nil
    ) {
        self.id = id
        tenantID = scope.tenantID
        env = scope.env
        self.userID = userID
        self.kind = kind
        self.sourceURI = sourceURI
        self.createdAt = createdAt
        self.tags = tags
        self.sourceRef = sourceRef
        self.meta = meta
        self.content = content
        sizeBytes = content?.sizeBytes
    }

    public var scope: Scope { Scope(tenantID: tenantID, env: env) }

    /// The wire's form; `content` shows as its digest only.
    private enum CodingKeys: String, CodingKey {
        case id
        case tenantID = "tenant_id"
        case env
        case userID = "user_id"
        case kind
        case sourceURI = "source_uri"
        case durationMs = "duration_ms"
        case fps
        case audioChannels = "audio_channels"
        case sampleRate = "sample_rate"
        case codecInfo = "codec_info"
        case sizeBytes = "size_bytes"
        case tags
        case sourceRef = "source_ref"
        case createdAt = "created_at"
        case meta
    }
}

/// What is known of the bytes of an asset or an artifact.
public struct ContentFacts: Sendable, Hashable, Codable {
    /// Lower-case hexadecimal SHA-256.
    public var sha256: String
    public var sizeBytes: Int64
    /// nil for bytes that the library keeps itself, which never change; else the source's size, times and inode when
    /// it was hashed.
    public var stamp: String?

    public init(sha256: String, sizeBytes: Int64, stamp: String? = nil) {
        self.sha256 = sha256
        self.sizeBytes = sizeBytes
        self.stamp = stamp
    }

    /// Whether the library keeps the bytes.
    public var isStored: Bool { stamp == nil }
}

/// Which assets a list shows; nil fields do not matter.
public struct AssetFilter: Sendable, Hashable {
    public var kind: AssetKind?
    public var tag: String?
    public var sourceRef: String?

    public init(kind: AssetKind? = nil, tag: String? = nil, sourceRef: String? = nil) {
        self.kind = kind
        self.tag = tag
        self.sourceRef = sourceRef
    }
}

/// Which part of a list is wanted: at most `limit` things after the one that `cursor` names, oldest first.
public struct PageRequest: Sendable, Hashable {
    public var limit: Int
    /// ``Page/next`` of the page before; nil for the first.
    public var cursor: Int64?
    /// The order of all pages of a list; oldest first by default.
    public var isNewestFirst: Bool

    public init(limit: Int = 100, cursor: Int64? = nil, isNewestFirst: Bool = false) {
        self.limit = limit
        self.cursor = cursor
        self.isNewestFirst = isNewestFirst
    }
}

/// A part of a list.
public struct Page<Item: Sendable>: Sendable {
    public var items: [Item]
    /// Where the next page begins; nil when there is none.
    public var next: Int64?

    public init(items: [Item], next: Int64?) {
        self.items = items
        self.next = next
    }
}
