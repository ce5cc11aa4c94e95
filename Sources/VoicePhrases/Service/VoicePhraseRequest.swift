public import Library
import SemanticTimeline
import TimelineModel

/// A request for the phrases that are spoken in an asset.
public struct VoicePhraseRequest: Sendable, Hashable {
    public var assetID: String
    /// A timeline or a transcript of the asset, or something derived from it, to be asked instead.
    public var artifactID: String?
    public var userID: String?
    /// 0…60 000.
    public var maxGapMs: Int
    /// 0…60 000.
    public var minPhraseLenMs: Int

    public init(
        assetID: String, artifactID: String? = nil, userID: String? = nil, maxGapMs: Int = 500,
        minPhraseLenMs: Int = 200
    ) {
        self.assetID = assetID
        self.artifactID = artifactID
        self.userID = userID
        self.maxGapMs = maxGapMs
        self.minPhraseLenMs = minPhraseLenMs
    }

    /// The request with an empty artifact or user absent.
    ///
    /// - Throws: `SemanticTimelineError` `validation` that names the field.
    public func checked(in scope: Scope) throws -> VoicePhraseRequest {
        do {
            let identifiers = try Identifiers(
                tenantID: scope.tenantID, env: scope.env, assetID: assetID, artifactID: artifactID, userID: userID)
            var request = self
            request.artifactID = identifiers.artifactID
            request.userID = identifiers.userID
            try Self.check(maxGapMs, in: PhraseRule.maxGapRangeMs, as: "max_gap_ms")
            try Self.check(minPhraseLenMs, in: PhraseRule.minPhraseLenRangeMs, as: "min_phrase_len_ms")
            return request
        } catch {
            throw SemanticTimelineError(error)
        }
    }

    private static func check(_ value: Int, in range: ClosedRange<Int>, as field: String) throws {
        guard range.contains(value) else {
            throw SemanticTimelineError.invalid(
                field, "must be between \(range.lowerBound) and \(range.upperBound)")
        }
    }

    var rule: PhraseRule { PhraseRule(maxGapMs: maxGapMs, minPhraseLenMs: minPhraseLenMs) }
}
