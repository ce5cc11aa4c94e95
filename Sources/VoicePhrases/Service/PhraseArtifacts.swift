import Crypto
import Files
import Library
import TimelineModel

/// Makes the artifacts of phrases. They hold no bytes: each points into its asset.
struct PhraseArtifacts: Sendable {
    private let request: VoicePhraseRequest
    private let source: WordSource
    private let scope: Scope
    private let createdAt = Timestamp.now
    /// What all phrases of one answer have in common.
    private let common: IdentityFields
    private let meta: [String: JSONValue]

    init(request: VoicePhraseRequest, source: WordSource, scope: Scope) {
        self.request = request
        self.source = source
        self.scope = scope
        let rule = request.rule
        var fields = IdentityFields()
        fields.append("rule", PhraseRule.version)
        fields.append("tenant_id", scope.tenantID)
        fields.append("env", scope.env)
        fields.append("asset_id", request.assetID)
        fields.append("artifact_id", request.artifactID)
        fields.append("source_artifact_id", source.artifact.id)
        fields.append("source_identity", source.identity)
        fields.append("max_gap_ms", String(rule.maxGapMs))
        fields.append("min_phrase_len_ms", String(rule.minPhraseLenMs))
        fields.append("longest_ms", String(rule.longestMs))
        common = fields
        var meta: [String: JSONValue] = [
            "pipeline_hash": .string(hexadecimal(SHA256.hash(data: fields.bytes))),
            "backend_version": .string(PhraseRule.version),
            "source_asset_id": .string(request.assetID),
            "source_artifact_id": .string(source.artifact.id),
        ]
        if let timeline = source.timeline {
            meta["semantic_version"] = source.artifact.meta["semantic_version"]
            meta["semantic_cache_key"] = .string(timeline.cacheKey)
            meta["semantic_identity"] = .string(timeline.identity)
        } else {
            meta["transcript_artifact_id"] = .string(source.artifact.id)
        }
        self.meta = meta
    }

    /// The artifact of one phrase.
    func artifact(_ id: String, of phrase: VoicePhrase) -> DerivedArtifact {
        var meta = meta
        meta["phrase"] = .object(phrase.json)
        meta["source_start_ms"] = .integer(Int64(phrase.sourceStartMs))
        meta["source_end_ms"] = .integer(Int64(phrase.sourceEndMs))
        return DerivedArtifact(
            id: id, parentAssetID: request.assetID, scope: scope, kind: .audioPhrase,
            uri: Self.uri(ofAsset: request.assetID, phrase), createdAt: createdAt,
            startMs: Double(phrase.sourceStartMs), endMs: Double(phrase.sourceEndMs), meta: meta)
    }

    /// Whether an artifact is a phrase of this answer.
    func isOne(_ artifact: DerivedArtifact) -> Bool {
        artifact.kind == .audioPhrase && artifact.parentAssetID == request.assetID
            && artifact.meta["pipeline_hash"] == meta["pipeline_hash"]
    }

    /// The id of a phrase's artifact: the same for the same phrase, whenever it is found.
    func id(of phrase: VoicePhrase, number: Int) -> String {
        var fields = common
        fields.append("number", String(number))
        fields.append("source_start_ms", String(phrase.sourceStartMs))
        fields.append("source_end_ms", String(phrase.sourceEndMs))
        fields.append("speaker_id", phrase.speakerID)
        fields.append("transcript", phrase.transcript)
        return LibraryID.make("art", digest: Array(SHA256.hash(data: fields.bytes)))
    }

    /// The asset's content with the part in seconds (W3C Media Fragments URI 1.0).
    private static func uri(ofAsset id: String, _ phrase: VoicePhrase) -> String {
        "/media-v2/assets/\(id)/content#t=\(seconds(phrase.sourceStartMs)),\(seconds(phrase.sourceEndMs))"
    }

    /// Whole milliseconds, not negative, as seconds with three decimals.
    private static func seconds(_ milliseconds: Int) -> String {
        "\(milliseconds / 1000)." + String(1000 + milliseconds % 1000).dropFirst()
    }
}
