import Library
import TimelineModel

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// What GET and by-clip answer: a timeline with its artifact.
struct TimelineResponse: Encodable {
    /// The part before the summary, in the order of the keys.
    struct Head: Encodable {
        var artifactID: String
        var artifactMeta: [String: JSONValue]

        init(_ artifact: DerivedArtifact) {
            artifactID = artifact.id
            artifactMeta = artifact.meta
        }

        enum CodingKeys: String, CodingKey {
            case artifactID = "artifact_id"
            case artifactMeta = "artifact_meta"
        }
    }

    private var artifact: DerivedArtifact
    private var summary: AudioSemanticTimelineSummary

    init(_ artifact: DerivedArtifact, _ summary: AudioSemanticTimelineSummary) {
        self.artifact = artifact
        self.summary = summary.sanitised()
    }

    static func decode(_ bytes: [UInt8]) throws -> AudioSemanticTimelineSummary {
        try TimelineJSON.decode(from: Data(bytes))
    }

    private enum CodingKeys: String, CodingKey {
        case artifactID = "artifact_id"
        case uri
        case summary
        case artifactMeta = "artifact_meta"
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(artifact.id, forKey: .artifactID)
        try container.encode(artifact.uri, forKey: .uri)
        try container.encode(artifact.meta, forKey: .artifactMeta)
        try container.encode(summary, forKey: .summary)
    }
}
