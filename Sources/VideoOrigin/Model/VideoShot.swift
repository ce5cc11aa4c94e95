public import TimelineModel

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// A piece of a recording's picture for a place of the sequence. Times are milliseconds and may have fractions.
public struct VideoShot: Sendable, Hashable, Codable {
    public var sourceAssetID: String
    public var sourceStartMs: Double
    public var sourceEndMs: Double
    public var targetStartMs: Double
    public var targetDurationMs: Double
    /// How the shot came to be: see `docs/video-audio-design.md`.
    public var meta: [String: JSONValue]

    public init(
        sourceAssetID: String, sourceStartMs: Double, sourceEndMs: Double, targetStartMs: Double,
        targetDurationMs: Double, meta: [String: JSONValue] = [:]
    ) {
        self.sourceAssetID = sourceAssetID
        self.sourceStartMs = sourceStartMs
        self.sourceEndMs = sourceEndMs
        self.targetStartMs = targetStartMs
        self.targetDurationMs = targetDurationMs
        self.meta = meta
    }

    private enum CodingKeys: String, CodingKey {
        case sourceAssetID = "source_asset_id"
        case sourceStartMs = "source_start_ms"
        case sourceEndMs = "source_end_ms"
        case targetStartMs = "target_start_ms"
        case targetDurationMs = "target_duration_ms"
        case meta
    }
}

extension VideoShot {
    fileprivate init(_ value: JSONValue) throws {
        func number(_ key: CodingKeys) -> Double? { value.members?[key.rawValue]?.double }
        guard let members = value.members, let asset = members[CodingKeys.sourceAssetID.rawValue]?.text,
            let sourceStart = number(.sourceStartMs), let sourceEnd = number(.sourceEndMs),
            let targetStart = number(.targetStartMs), let duration = number(.targetDurationMs),
            let meta = members[CodingKeys.meta.rawValue]?.members
        else {
            throw DecodingError.dataCorrupted(DecodingError.Context(codingPath: [], debugDescription: "no shot"))
        }
        self.init(
            sourceAssetID: asset, sourceStartMs: sourceStart, sourceEndMs: sourceEnd, targetStartMs: targetStart,
            targetDurationMs: duration, meta: meta)
    }
}

/// The shots of a sequence, sorted by target start, then track, then clip.
public struct ShotListResult: Sendable, Hashable, Codable {
    public var shots: [VideoShot]
    public var meta: [String: JSONValue]

    public init(shots: [VideoShot], meta: [String: JSONValue]) {
        self.shots = shots
        self.meta = meta
    }

    /// Reads a stored list, whoever wrote it.
    ///
    /// - Throws: `DecodingError`.
    package init(stored bytes: [UInt8]) throws {
        let document: [String: JSONValue] = try TimelineJSON.decode(from: Data(bytes))
        guard case .array(let shots)? = document["shots"], let meta = document["meta"]?.members else {
            throw DecodingError.dataCorrupted(
                DecodingError.Context(codingPath: [], debugDescription: "no list of shots"))
        }
        self.shots = try shots.map { try VideoShot($0) }
        self.meta = meta
    }
}
