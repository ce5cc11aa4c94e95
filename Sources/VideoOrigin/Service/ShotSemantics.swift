import Library
import SemanticTimeline
import TimelineModel

/// The timeline that shots of an asset are aligned by.
struct ShotSemantics: Sendable {
    var timeline: StoredTimeline
    var reader: TimelineReader

    var version: JSONValue { timeline.artifact.meta["semantic_version"] ?? .null }

    /// What a result says of it.
    var meta: JSONValue {
        .object([
            "artifact_id": .string(timeline.artifact.id), "cache_key": .string(timeline.record.cacheKey),
            "version": version,
        ])
    }
}

/// Finds the assets' timelines, each asked for once a request and anew with every request: what was analysed a moment
/// ago counts.
struct ShotSemanticsFinder {
    let service: SemanticTimelineService
    let needsBeats: Bool
    private var known: [String: ShotSemantics?] = [:]

    init(service: SemanticTimelineService, needsBeats: Bool) {
        self.service = service
        self.needsBeats = needsBeats
    }

    mutating func semantics(of asset: MediaAsset) async throws -> ShotSemantics? {
        if let known = known[asset.id] { return known }
        let found = try await find(asset)
        known[asset.id] = .some(found)
        return found
    }

    /// With beats where they are wanted and there are some, else with speech alone.
    private func find(_ asset: MediaAsset) async throws -> ShotSemantics? {
        for includeBeats in needsBeats ? [true, false] : [false] {
            let timeline = try await service.bestTimeline(
                ofAsset: asset, artifact: nil, includeBeats: includeBeats, includeSpeechMusic: true)
            guard let timeline else { continue }
            return ShotSemantics(timeline: timeline, reader: try await service.reader(of: timeline))
        }
        return nil
    }
}
