import HTTPTypes
import Hummingbird
import Library
import SemanticTimeline
import TimelineModel

/// `/media-v2/artifacts`: what was made from assets.
struct ArtifactRoutes: Sendable {
    let service: SemanticTimelineService
    let tenancy: Tenancy
    let uploads: UploadReader

    func add(to router: Router<AppContext>) {
        router.post("/media-v2/assets/:id/artifacts", use: create)
        router.get("/media-v2/artifacts/:id", use: get)
        router.get("/media-v2/artifacts/:id/content", use: content)
    }

    @Sendable private func create(_ request: Request, context: AppContext) async throws -> Response {
        let parent = try context.pathID()
        let artifact: DerivedArtifact
        if UploadReader.isMultipart(request) {
            try await tenancy.admit(request)
            // Where the head says who asks, nothing is taken in for an asset that is not there.
            if let caller = try? await tenancy.caller(of: request) { try await requireAsset(parent, caller) }
            artifact = try await uploads.receive(request) { upload in
                let caller = try await tenancy.caller(of: request, body: upload.fields)
                try await requireAsset(parent, caller)
                guard upload.hasFile else { throw SemanticTimelineError.invalid("file", "is required") }
                var artifact = try self.artifact(of: upload.fields, parent: parent, caller: caller, uri: nil)
                artifact.content = try await upload.publish(in: caller.scope)
                return artifact
            }
        } else {
            let fields = try await JSONBody.fields(of: request)
            let caller = try await tenancy.caller(of: request, body: fields)
            try await requireAsset(parent, caller)
            artifact = try self.artifact(
                of: fields, parent: parent, caller: caller, uri: try fields.requiredString("uri"))
            _ = try await service.checkSource(artifact.uri, field: "uri", in: caller.scope)
        }
        do {
            try await service.stores.artifacts.insert(artifact, timeline: nil)
        } catch let error as LibraryError where error.code == .missingParent {
            throw SemanticTimelineError.notFound(.mediaNotFound, "asset")
        }
        return try JSONResponse.make(
            artifact, status: .created, headers: [.location: "/media-v2/artifacts/\(artifact.id)"])
    }

    private func requireAsset(_ id: String, _ caller: Caller) async throws {
        guard try await service.stores.assets.asset(id, in: caller.scope) != nil else {
            throw SemanticTimelineError.notFound(.mediaNotFound, "asset")
        }
    }

    /// - Parameter uri: where the bytes are; nil when they were uploaded.
    private func artifact(
        of fields: RequestFields, parent: String, caller: Caller, uri: String?
    ) throws -> DerivedArtifact {
        guard let kind = try fields.choice("kind", ArtifactKind.self) else {
            throw SemanticTimelineError.invalid("kind", "is required")
        }
        let id = try fields.identifier("id", as: .artifactID) ?? LibraryID.make("art")
        let startMs = try fields.number("start_ms", in: 0...1e12)
        let endMs = try fields.number("end_ms", in: 0...1e12)
        if let startMs, let endMs, endMs < startMs {
            throw SemanticTimelineError.invalid("end_ms", "must not be before start_ms")
        }
        var meta = try fields.object("meta") ?? [:]
        // Both are always there; of what was made elsewhere nobody here knows better.
        if meta["pipeline_hash"]?.text == nil { meta["pipeline_hash"] = .string("external") }
        if meta["backend_version"]?.text == nil { meta["backend_version"] = .string("external") }
        return DerivedArtifact(
            id: id, parentAssetID: parent, scope: caller.scope, kind: kind,
            uri: uri ?? SemanticTimelineService.contentURI(ofArtifact: id), createdAt: .now, startMs: startMs,
            endMs: endMs, trackLabel: try fields.string("track_label"), meta: meta)
    }

    @Sendable private func get(_ request: Request, context: AppContext) async throws -> Response {
        try JSONResponse.make(try await find(request, context))
    }

    @Sendable private func content(_ request: Request, context: AppContext) async throws -> Response {
        let artifact = try await find(request, context)
        return try await ContentResponse.make(
            request, content: artifact.content, uri: artifact.uri, scope: artifact.scope, service: service)
    }

    private func find(_ request: Request, _ context: AppContext) async throws -> DerivedArtifact {
        let caller = try await tenancy.caller(of: request)
        let id = try context.pathID()
        guard let artifact = try await service.stores.artifacts.artifact(id, in: caller.scope) else {
            throw SemanticTimelineError.notFound(.mediaNotFound, "artifact")
        }
        return artifact
    }
}
