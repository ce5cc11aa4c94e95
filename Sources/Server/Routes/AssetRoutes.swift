import HTTPTypes
import Hummingbird
import Library
import Media
import NIOCore
import SemanticTimeline
import TimelineModel

/// `/media-v2/assets`: registering recordings, finding them, taking them back.
struct AssetRoutes: Sendable {
    let service: SemanticTimelineService
    let tenancy: Tenancy
    let uploads: UploadReader
    let probe: MediaProbe

    func add(to router: Router<AppContext>) {
        router.post("/media-v2/assets", use: create)
        router.post("/media-v2/uploads", use: makeUpload)
        router.get("/media-v2/assets", use: list)
        router.get("/media-v2/assets/:id", use: get)
        router.delete("/media-v2/assets/:id", use: delete)
        router.get("/media-v2/assets/:id/content", use: content)
    }

    private var stores: LibraryStores { service.stores }

    private struct UploadAnswer: Encodable {
        var uploadURL: String
        var fields: [String: String]
        var sourceURI: String
        var expiresAt: Timestamp

        enum CodingKeys: String, CodingKey {
            case uploadURL = "upload_url"
            case fields
            case sourceURI = "source_uri"
            case expiresAt = "expires_at"
        }
    }

    /// A place in the bucket that the client puts the bytes to by itself; an asset points to it then.
    @Sendable private func makeUpload(_ request: Request, context: AppContext) async throws -> Response {
        let fields = try await JSONBody.fields(of: request)
        let caller = try await tenancy.caller(of: request, body: fields)
        let seconds = try fields.integer("expires_seconds", in: 60...86_400) ?? 3600
        guard let bucket = stores.blobs as? S3BlobStore, service.options.bucketSources != nil else {
            throw SemanticTimelineError(
                .validation, "this server keeps no bytes in a bucket; send them to /media-v2/assets",
                resourceKind: "upload", httpStatus: 409)
        }
        let upload = bucket.makeUpload(in: caller.scope, most: uploads.limit, expires: .seconds(seconds))
        let expiry = Timestamp(millisecondsSince1970: Timestamp.now.millisecondsSince1970 + Int64(seconds) * 1000)
        return try JSONResponse.make(
            UploadAnswer(uploadURL: upload.url, fields: upload.fields, sourceURI: upload.uri, expiresAt: expiry),
            status: .created)
    }

    /// An asset with what was made of it.
    private struct AssetAnswer: Encodable {
        var asset: MediaAsset
        var artifacts: [DerivedArtifact]
    }

    private struct ListAnswer: Encodable {
        var assets: [MediaAsset]
        var cursor: String?
    }

    @Sendable private func create(_ request: Request, context: AppContext) async throws -> Response {
        let asset: MediaAsset
        if UploadReader.isMultipart(request) {
            try await tenancy.admit(request)
            asset = try await uploads.receive(request) { upload in
                let caller = try await tenancy.caller(of: request, body: upload.fields)
                guard upload.hasFile else { throw SemanticTimelineError.invalid("file", "is required") }
                var asset = try Self.asset(of: upload.fields, caller: caller, uploads: true)
                let content = try await upload.publish(in: caller.scope)
                asset.content = content
                asset.sizeBytes = content.sizeBytes
                return try await describe(asset, kindIsTold: upload.fields.has("kind"))
            }
        } else {
            let fields = try await JSONBody.fields(of: request)
            let caller = try await tenancy.caller(of: request, body: fields)
            let told = try Self.asset(of: fields, caller: caller, uploads: false)
            switch try await service.checkSource(told.sourceURI, field: "source_uri", in: caller.scope) {
            case .file(let path): asset = try await describe(told, at: path, kindIsTold: fields.has("kind"))
            case .bucket(let sizeBytes):
                // Nothing is fetched to be looked at: it may be large.
                var known = told
                known.sizeBytes = sizeBytes
                asset = known
            }
        }
        try await stores.assets.insert(asset)
        return try JSONResponse.make(
            asset, status: .created,
            headers: [.location: "/media-v2/assets/\(asset.id)"])
    }

    /// The asset that the fields describe; in an upload the bytes are the source.
    private static func asset(of fields: RequestFields, caller: Caller, uploads: Bool) throws -> MediaAsset {
        let id = try fields.identifier("id", as: .assetID) ?? LibraryID.make("ast")
        var asset = MediaAsset(
            id: id, scope: caller.scope, userID: caller.userID,
            kind: try fields.choice("kind", AssetKind.self) ?? .audio,
            sourceURI: uploads ? "/media-v2/assets/\(id)/content" : try fields.requiredString("source_uri"),
            createdAt: .now, tags: try fields.strings("tags") ?? [], sourceRef: try fields.string("source_ref"),
            meta: try fields.object("meta") ?? [:])
        asset.durationMs = try fields.number("duration_ms", in: 0...1e12)
        asset.fps = try fields.number("fps", in: 0...100_000)
        asset.audioChannels = try fields.integer("audio_channels", in: 0...1024)
        asset.sampleRate = try fields.integer("sample_rate", in: 0...100_000_000)
        asset.codecInfo = try fields.string("codec_info")
        asset.sizeBytes = try fields.integer("size_bytes", in: 0...RequestFields.largestInteger).map(Int64.init)
        return asset
    }

    /// Fills in what the file says of itself and its sender did not; a file that says nothing stays as it is.
    private func describe(_ asset: MediaAsset, at path: String? = nil, kindIsTold: Bool) async throws -> MediaAsset {
        guard asset.kind == .audio || asset.kind == .video else { return asset }
        var asset = asset
        do {
            if let path {
                asset.fill(from: try await probe.probe(path), kindIsTold: kindIsTold)
            } else if let sha256 = asset.content?.sha256 {
                let info = try await stores.blobs.withFile(sha256, in: asset.scope) { try await probe.probe($0) }
                asset.fill(from: info, kindIsTold: kindIsTold)
            }
        } catch is MediaError {
            // Analysing it will say what is wrong with it.
        }
        return asset
    }

    @Sendable private func list(_ request: Request, context: AppContext) async throws -> Response {
        let caller = try await tenancy.caller(of: request)
        let query = request.query
        let filter = AssetFilter(
            kind: try query.choice("kind", AssetKind.self), tag: try query.string("tag"),
            sourceRef: try query.string("source_ref"))
        let page = try await stores.assets.assets(
            in: caller.scope, matching: filter, page: try Paging.request(query))
        return try JSONResponse.make(ListAnswer(assets: page.items, cursor: page.next.map { "\($0)" }))
    }

    @Sendable private func get(_ request: Request, context: AppContext) async throws -> Response {
        let asset = try await find(request, context)
        let artifacts = try await stores.artifacts.artifacts(ofAsset: asset.id, in: asset.scope)
        return try JSONResponse.make(AssetAnswer(asset: asset, artifacts: artifacts))
    }

    @Sendable private func delete(_ request: Request, context: AppContext) async throws -> Response {
        let caller = try await tenancy.caller(of: request)
        let id = try context.pathID()
        guard try await stores.assets.deleteAsset(id, in: caller.scope) else {
            throw SemanticTimelineError.notFound(.mediaNotFound, "asset")
        }
        return Response(status: .noContent)
    }

    @Sendable private func content(_ request: Request, context: AppContext) async throws -> Response {
        let asset = try await find(request, context)
        return try await ContentResponse.make(
            request, content: asset.content, uri: asset.sourceURI, scope: asset.scope, service: service)
    }

    private func find(_ request: Request, _ context: AppContext) async throws -> MediaAsset {
        let caller = try await tenancy.caller(of: request)
        let id = try context.pathID()
        guard let asset = try await stores.assets.asset(id, in: caller.scope) else {
            throw SemanticTimelineError.notFound(.mediaNotFound, "asset")
        }
        return asset
    }
}

/// Lists in pages.
enum Paging {
    private enum Order: String, CaseIterable {
        case oldest
        case newest
    }

    /// `limit`, `cursor` and `order` of a query.
    static func request(_ query: RequestFields) throws -> PageRequest {
        PageRequest(
            limit: try query.integer("limit", in: 1...1000) ?? 100,
            cursor: try query.integer("cursor", in: 0...RequestFields.largestInteger).map(Int64.init),
            isNewestFirst: try query.choice("order", Order.self) == .newest)
    }
}
