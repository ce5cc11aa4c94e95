import SemanticTimeline
import TimelineModel

extension AudioSequence {
    /// Most clips of a sequence.
    public static let maximumClips = 20_000

    /// - Throws: `SemanticTimelineError` `validation` that names the field.
    init(_ fields: RequestFields) throws {
        id = try fields.identifier("id", as: .assetID) ?? "sequence"
        tenantID = try fields.identifier("tenant_id", as: .tenantID)
        env = try fields.identifier("env", as: .env)
        bpm = try fields.number("bpm", in: 1...1000)
        durationMs = try fields.number("duration_ms", in: 0...RequestFields.latestMs)
        markers = try fields.values("markers", limit: Self.maximumClips)
        meta = try fields.object("meta") ?? [:]
        tracks = []
        var count = 0
        for (index, track) in try fields.objects("tracks", limit: 1000).enumerated() {
            let clips = try track.objects("clips", limit: Self.maximumClips)
            count += clips.count
            guard count <= Self.maximumClips else {
                throw fields.invalid("tracks", "must not hold more than \(Self.maximumClips) clips")
            }
            tracks.append(
                Track(
                    id: try track.identifier("id", as: .assetID) ?? "track-\(index + 1)",
                    name: try track.string("name") ?? "", role: try track.string("role") ?? "",
                    isMuted: try track.bool("mute", default: false), isSoloed: try track.bool("solo", default: false),
                    order: try track.integer("order", in: -1_000_000...1_000_000) ?? index,
                    meta: try track.object("meta") ?? [:],
                    clips: try clips.enumerated().map { try Clip($0.element, number: $0.offset + 1) }))
        }
    }
}

extension AudioSequence.Clip {
    fileprivate init(_ fields: RequestFields, number: Int) throws {
        id = try fields.identifier("id", as: .assetID) ?? "clip-\(number)"
        assetID = try fields.identifier("asset_id", as: .assetID)
        artifactID = try fields.identifier("artifact_id", as: .artifactID)
        guard assetID != nil || artifactID != nil else {
            throw fields.invalid("asset_id", "or artifact_id is required of clip \(id)")
        }
        guard let start = try fields.number("start_ms", in: 0...RequestFields.latestMs) else {
            throw fields.invalid("start_ms", "is required of clip \(id)")
        }
        guard let duration = try fields.number("duration_ms", in: 0...RequestFields.latestMs), duration > 0 else {
            throw fields.invalid("duration_ms", "above 0 is required of clip \(id)")
        }
        startMs = start
        durationMs = duration
        sourceOffsetMs =
            try fields.number("source_offset_ms", in: -RequestFields.latestMs...RequestFields.latestMs) ?? 0
        label = try fields.string("label")
    }
}
