import Hummingbird
import Library
import TimelineModel

/// The answer to GET from the stored bytes, without reading them as JSON: what `TimelineAnswer` would encode to.
enum StoredTimelineResponse {
    /// The part before the summary, in the order of the keys.
    private struct Head: Encodable {
        var artifactID: String
        var artifactMeta: [String: JSONValue]

        enum CodingKeys: String, CodingKey {
            case artifactID = "artifact_id"
            case artifactMeta = "artifact_meta"
        }
    }

    /// - Parameter storedJSON: a summary's, without an artifact id.
    static func make(_ artifact: DerivedArtifact, storedJSON: [UInt8]) throws -> Response {
        let head = try TimelineJSON.encode(Head(artifactID: artifact.id, artifactMeta: artifact.meta))
        let id = try TimelineJSON.encode(["artifact_id": artifact.id])
        // Both end in a brace that is left open for what follows; keys stay sorted.
        var bytes = [UInt8](head.dropLast())
        bytes += Array(",\"summary\":".utf8)
        bytes += id.dropLast()
        bytes += Array(",".utf8)
        bytes += storedJSON.dropFirst()
        bytes += Array(",\"uri\":".utf8)
        bytes += [UInt8](try TimelineJSON.encode([artifact.uri]).dropFirst().dropLast())
        bytes += Array("}".utf8)
        return JSONResponse.response(bytes)
    }
}
