public import Library
public import TimelineModel

/// What GET and by-clip answer: a timeline, or a part of one, with the artifact that it comes from.
public struct TimelineAnswer: Sendable, Encodable {
    public var artifact: DerivedArtifact
    public var summary: AudioSemanticTimelineSummary

    /// Numbers are made fit for JSON.
    public init(artifact: DerivedArtifact, summary: AudioSemanticTimelineSummary) {
        self.artifact = artifact
        self.summary = summary.sanitised()
    }

    private enum CodingKeys: String, CodingKey {
        case artifactID = "artifact_id"
        case uri
        case summary
        case artifactMeta = "artifact_meta"
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(artifact.id, forKey: .artifactID)
        try container.encode(artifact.uri, forKey: .uri)
        try container.encode(artifact.meta, forKey: .artifactMeta)
        try container.encode(summary, forKey: .summary)
    }
}

/// An answer together with its JSON, as it is sent.
public struct EncodedTimelineAnswer: Sendable {
    public let answer: TimelineAnswer
    public let json: [UInt8]

    init(_ answer: TimelineAnswer) throws {
        self.answer = answer
        json = [UInt8](try TimelineJSON.encode(answer))
    }
}

/// All that the answer for a clip depends on.
struct ClipAnswerKey: Hashable, Sendable {
    /// How a clip's timeline was chosen.
    struct Choice: Hashable, Sendable {
        /// How far the clip's window is moved into the timeline's clock.
        var shiftMs: Double
        /// `artifact` or `asset`: whose timeline it is.
        var source: String
        var reason: String

        /// `meta.selection`.
        func selection(of artifactID: String) -> JSONValue {
            var members: [String: JSONValue] = [
                "artifact_id": .string(artifactID), "reason": .string(reason), "source": .string(source),
            ]
            if shiftMs != 0 { members["shift_ms"] = .number(shiftMs) }
            return .object(members)
        }
    }

    var artifact: ArtifactKey
    var inMs: Double
    var outMs: Double
    var speed: Double
    var timeBase: TimeBase
    var choice: Choice
}
