import Library
import SemanticTimeline
import TimelineModel

/// What a clip plays: a piece of an asset, told by the clip or by the artifact that it names.
struct ShotSource: Sendable {
    var asset: MediaAsset
    /// Where offset 0 of the clip lies in the asset, in milliseconds.
    var baseMs: Double
    var artifact: DerivedArtifact?

    /// Most bytes of a text, and most members, that come along: a list names the same artifact again and again.
    private static let originLimits = (textBytes: 256, members: 16)

    /// What the artifact says of its origin, as a shot's meta tells it: `source_asset_id` and `source_start_ms` as they
    /// came, everything else that is a number, a flag or a short text under `origin`.
    var meta: [String: JSONValue] {
        guard let artifact else { return [:] }
        var meta: [String: JSONValue] = [:]
        var origin: [String: JSONValue] = [
            "artifact_id": .string(artifact.id), "artifact_kind": .string(artifact.kind.rawValue),
            "parent_asset_id": .string(artifact.parentAssetID),
        ]
        if let start = artifact.startMs { origin["start_ms"] = .number(start) }
        if let end = artifact.endMs { origin["end_ms"] = .number(end) }
        for (name, value) in artifact.meta.sorted(by: { $0.key < $1.key }) where Self.comesAlong(value) {
            if name == "source_asset_id" || name == "source_start_ms" {
                meta[name] = value
            } else if name.hasPrefix("source_") || name.hasPrefix("origin_"), name.utf8.count <= 64,
                origin.count < Self.originLimits.members
            {
                origin[name] = value
            }
        }
        meta["origin"] = .object(origin)
        return meta
    }

    private static func comesAlong(_ value: JSONValue) -> Bool {
        switch value {
        case .null, .array, .object: false
        case .string(let text): text.utf8.count <= originLimits.textBytes
        case .bool, .integer, .number: true
        }
    }
}

/// Finds what clips play, each asset and artifact once, in one scope only.
struct ShotSources {
    let service: SemanticTimelineService
    let scope: Scope
    private var assets: [String: MediaAsset] = [:]
    private var artifacts: [String: DerivedArtifact] = [:]

    init(service: SemanticTimelineService, scope: Scope) {
        self.service = service
        self.scope = scope
    }

    /// - Throws: ``SemanticTimelineError`` `audioNotFound` for what is not in the scope.
    mutating func source(of clip: AudioSequence.Clip) async throws -> ShotSource {
        guard let artifactID = clip.artifactID else {
            return ShotSource(asset: try await asset(clip.assetID ?? ""), baseMs: 0)
        }
        let artifact = try await artifact(artifactID)
        // What the artifact's maker says of its origin goes before where it is registered.
        let named = artifact.meta["source_asset_id"]?.text.flatMap { $0.isEmpty ? nil : $0 }
        let statedStart = artifact.meta["source_start_ms"]?.double
        let assetID = named ?? artifact.parentAssetID
        // Its start is told in its parent's time.
        let ownStart = assetID == artifact.parentAssetID ? artifact.startMs : nil
        return ShotSource(
            asset: try await asset(assetID), baseMs: statedStart ?? ownStart ?? 0, artifact: artifact)
    }

    private mutating func asset(_ id: String) async throws -> MediaAsset {
        if let known = assets[id] { return known }
        guard let asset = try await service.stores.assets.asset(id, in: scope) else {
            throw SemanticTimelineError.notFound(.audioNotFound, "asset")
        }
        assets[id] = asset
        return asset
    }

    private mutating func artifact(_ id: String) async throws -> DerivedArtifact {
        if let known = artifacts[id] { return known }
        guard let artifact = try await service.stores.artifacts.artifact(id, in: scope) else {
            throw SemanticTimelineError.notFound(.audioNotFound, "artifact")
        }
        artifacts[id] = artifact
        return artifact
    }
}
