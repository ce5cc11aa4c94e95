public import Library
public import SemanticTimeline
import TimelineModel

/// Turns sequences of sound into lists of video shots (contract section 7), and keeps the lists.
public struct VideoOriginService: Sendable {
    /// Raised whenever equal requests may give other shots.
    static let version = "audio_to_video_origin_v1"

    public let service: SemanticTimelineService

    public init(service: SemanticTimelineService) {
        self.service = service
    }

    /// The shots of a sequence, stored once as a `video_shot_list` artifact: equal requests over equal semantics give
    /// the same one.
    ///
    /// - Throws: `SemanticTimelineError` `tenantMismatch` for somebody else's sequence; `audioNotFound`,
    ///   `timelineNotFound` and `validation` (422) name the clip.
    public func shotList(_ request: ShotListRequest, in scope: Scope) async throws -> StoredShotList {
        let sequence = request.sequence
        guard sequence.tenantID == nil || sequence.tenantID == scope.tenantID else {
            throw Self.mismatch("sequence.tenant_id")
        }
        guard sequence.env == nil || sequence.env == scope.env else { throw Self.mismatch("sequence.env") }
        return try await translatingErrors {
            do {
                var assembly = ShotAssembly(request: request, service: service, scope: scope)
                try await assembly.addAll()
                return try await store(assembly.result(), parentAssetID: assembly.firstAssetID, in: scope)
            } catch let error as LibraryError where error.code == .blobMissing || error.code == .blobDamaged {
                throw SemanticTimelineService.damaged
            }
        }
    }

    private static func mismatch(_ field: String) -> SemanticTimelineError {
        SemanticTimelineError(.tenantMismatch, "\(field) is not the request's", field: field)
    }
}
