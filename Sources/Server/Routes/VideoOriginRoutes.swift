import HTTPTypes
import Hummingbird
import SemanticTimeline
import TimelineModel
import VideoOrigin

/// `/audio/to-video-origin`: sequences of sound as lists of shots.
struct VideoOriginRoutes: Sendable {
    let origin: VideoOriginService
    let tenancy: Tenancy

    func add(to router: Router<AppContext>) {
        router.post("/audio/to-video-origin", use: create)
        router.get("/audio/to-video-origin/:artifact_id", use: get)
    }

    @Sendable private func create(_ request: Request, context: AppContext) async throws -> Response {
        let members = try await JSONBody.members(of: request)
        let caller = try await tenancy.caller(of: request, body: RequestFields(json: members))
        let list = try await origin.shotList(try ShotListRequest(json: members), in: caller.scope)
        return JSONResponse.response(list.json)
    }

    @Sendable private func get(_ request: Request, context: AppContext) async throws -> Response {
        let caller = try await tenancy.caller(of: request)
        let query = request.query
        let id = try context.pathID("artifact_id")
        let format = try query.choice("format", ShotListFormat.self) ?? .json
        let options = try Self.options(query)
        let bytes = try await origin.export(id, as: format, options: options, in: caller.scope)
        return ExportResponse.make(
            bytes, mediaType: format.mediaType, fileName: format == .json ? nil : "\(id).\(format.fileExtension)")
    }

    private static func options(_ query: RequestFields) throws -> ShotListExportOptions {
        let dropFrame = query.has("drop_frame") ? try query.bool("drop_frame", default: false) : nil
        return ShotListExportOptions(frameRate: try query.frameRate("frame_rate"), isDropFrame: dropFrame)
    }
}
