import HTTPTypes
import Hummingbird
import SemanticTimeline
import TimelineModel
import VoicePhrases

/// `/audio/voice-phrases`: what was said, in stretches without long pauses.
struct VoicePhraseRoutes: Sendable {
    let phrases: VoicePhraseService
    let tenancy: Tenancy

    func add(to router: Router<AppContext>) {
        router.post("/audio/voice-phrases/detect", use: detect)
    }

    @Sendable private func detect(_ request: Request, context: AppContext) async throws -> Response {
        let fields = try await JSONBody.fields(of: request)
        let caller = try await tenancy.caller(of: request, body: fields)
        let asked = VoicePhraseRequest(
            assetID: try fields.requiredIdentifier("asset_id", as: .assetID),
            artifactID: try fields.identifier("artifact_id", as: .artifactID), userID: caller.userID,
            maxGapMs: try fields.integer("max_gap_ms", in: PhraseRule.maxGapRangeMs) ?? 500,
            minPhraseLenMs: try fields.integer("min_phrase_len_ms", in: PhraseRule.minPhraseLenRangeMs) ?? 200)
        return try JSONResponse.make(try await phrases.detect(asked, in: caller.scope))
    }
}
