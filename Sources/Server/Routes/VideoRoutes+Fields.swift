import Library
import SemanticTimeline
import TimelineModel

/// From a request's fields to nodes, and from a change's fields into them.
extension VideoRoutes {
    private static let time = 0.0...1e12
    private static let speeds = 0.001...1000.0

    private static func id(_ fields: RequestFields, _ prefix: String) throws -> String {
        try fields.identifier("id", as: .assetID) ?? LibraryID.make(prefix)
    }

    @Sendable static func project(_ fields: RequestFields, _ caller: Caller, _ parent: String) throws -> VideoProject {
        VideoProject(
            id: try id(fields, "prj"), scope: caller.scope, userID: caller.userID,
            title: try fields.string("title") ?? "", createdAt: .now, meta: try fields.object("meta") ?? [:])
    }

    @Sendable static func change(_ project: inout VideoProject, _ fields: RequestFields) throws {
        project.title = try fields.string("title") ?? project.title
        project.meta = try fields.object("meta") ?? project.meta
    }

    @Sendable static func sequence(
        _ fields: RequestFields, _ caller: Caller, _ parent: String
    ) throws -> VideoSequence {
        VideoSequence(
            id: try id(fields, "seq"), scope: caller.scope, projectID: parent,
            name: try fields.string("name") ?? "", createdAt: .now, meta: try fields.object("meta") ?? [:])
    }

    @Sendable static func change(_ sequence: inout VideoSequence, _ fields: RequestFields) throws {
        sequence.name = try fields.string("name") ?? sequence.name
        sequence.meta = try fields.object("meta") ?? sequence.meta
    }

    @Sendable static func track(_ fields: RequestFields, _ caller: Caller, _ parent: String) throws -> VideoTrack {
        VideoTrack(
            id: try id(fields, "trk"), scope: caller.scope, sequenceID: parent,
            kind: try fields.choice("kind", TrackKind.self) ?? .video, name: try fields.string("name") ?? "",
            order: try fields.integer("order", in: -1_000_000...1_000_000) ?? 0, createdAt: .now,
            meta: try fields.object("meta") ?? [:])
    }

    @Sendable static func change(_ track: inout VideoTrack, _ fields: RequestFields) throws {
        track.kind = try fields.choice("kind", TrackKind.self) ?? track.kind
        track.name = try fields.string("name") ?? track.name
        track.order = try fields.integer("order", in: -1_000_000...1_000_000) ?? track.order
        track.meta = try fields.object("meta") ?? track.meta
    }

    @Sendable static func clip(_ fields: RequestFields, _ caller: Caller, _ parent: String) throws -> VideoClip {
        guard let inMs = try fields.number("in_ms", in: time) else {
            throw SemanticTimelineError.invalid("in_ms", "is required")
        }
        guard let outMs = try fields.number("out_ms", in: time) else {
            throw SemanticTimelineError.invalid("out_ms", "is required")
        }
        return VideoClip(
            id: try id(fields, "clp"), scope: caller.scope, trackID: parent,
            assetID: try fields.requiredIdentifier("asset_id", as: .assetID),
            artifactID: try fields.identifier("artifact_id", as: .artifactID), inMs: inMs, outMs: outMs,
            startMsOnTimeline: try fields.number("start_ms_on_timeline", in: time) ?? 0,
            speed: try fields.number("speed", in: speeds) ?? 1, label: try fields.string("label"), createdAt: .now,
            meta: try fields.object("meta") ?? [:])
    }

    @Sendable static func change(_ clip: inout VideoClip, _ fields: RequestFields) throws {
        clip.assetID = try fields.identifier("asset_id", as: .assetID) ?? clip.assetID
        clip.artifactID = try fields.identifier("artifact_id", as: .artifactID) ?? clip.artifactID
        clip.inMs = try fields.number("in_ms", in: time) ?? clip.inMs
        clip.outMs = try fields.number("out_ms", in: time) ?? clip.outMs
        clip.startMsOnTimeline = try fields.number("start_ms_on_timeline", in: time) ?? clip.startMsOnTimeline
        clip.speed = try fields.number("speed", in: speeds) ?? clip.speed
        clip.label = try fields.string("label") ?? clip.label
        clip.meta = try fields.object("meta") ?? clip.meta
    }
}
