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

    /// The best timeline whose bytes are whole: of the real ones those with beats first, where beats are wanted. A stub
    /// only where there is no real one at all.
    private func find(_ asset: MediaAsset) async throws -> ShotSemantics? {
        let ranked = try await service.suitableTimelines(
            ofAsset: asset, artifact: nil, includeBeats: false, includeSpeechMusic: true)
        let real = ranked.filter { !$0.record.isStub }
        var candidates = real.isEmpty ? ranked : real
        if needsBeats {
            candidates = candidates.filter(\.record.includeBeats) + candidates.filter { !$0.record.includeBeats }
        }
        for timeline in candidates where try await service.isWhole(timeline) {
            return ShotSemantics(timeline: timeline, reader: try await service.reader(of: timeline))
        }
        return nil
    }
}
