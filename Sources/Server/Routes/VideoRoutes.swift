import HTTPTypes
import Hummingbird
import Library
import SemanticTimeline
import TimelineModel

/// `/video`: projects, sequences, tracks and clips; just enough of a timeline to hold clips.
struct VideoRoutes: Sendable {
    let service: SemanticTimelineService
    let tenancy: Tenancy

    func add(to router: Router<AppContext>) {
        router.post("/video/projects") { try await create($0, $1, parent: VideoProject.self, make: Self.project) }
        router.get("/video/projects") { try await list($0, $1, VideoProject.self, parent: nil) }
        add(VideoProject.self, to: router, at: "/video/projects", change: Self.change)
        router.post("/video/projects/:id/sequences") {
            try await create($0, $1, parent: VideoProject.self, make: Self.sequence)
        }
        router.get("/video/projects/:id/sequences") {
            try await list($0, $1, VideoSequence.self, parent: VideoProject.self)
        }
        add(VideoSequence.self, to: router, at: "/video/sequences", change: Self.change)
        router.post("/video/sequences/:id/tracks") {
            try await create($0, $1, parent: VideoSequence.self, make: Self.track)
        }
        router.get("/video/sequences/:id/tracks") {
            try await list($0, $1, VideoTrack.self, parent: VideoSequence.self)
        }
        add(VideoTrack.self, to: router, at: "/video/tracks", change: Self.change)
        router.post("/video/tracks/:id/clips") {
            try await create($0, $1, parent: VideoTrack.self, make: Self.clip, check: check)
        }
        router.get("/video/tracks/:id/clips") { try await list($0, $1, VideoClip.self, parent: VideoTrack.self) }
        add(VideoClip.self, to: router, at: "/video/clips", change: Self.change, check: check)
    }

    private var store: any VideoStore { service.stores.video }

    /// GET, PATCH and DELETE of one node.
    private func add<Node: VideoNode>(
        _ type: Node.Type, to router: Router<AppContext>, at path: String,
        change: @escaping @Sendable (inout Node, RequestFields) throws -> Void,
        check: @escaping @Sendable (Node) async throws -> Void = { _ in }
    ) {
        router.get(RouterPath(path + "/:id")) { request, context in
            let caller = try await tenancy.caller(of: request)
            return try JSONResponse.make(try await find(type, context, in: caller.scope))
        }
        router.patch(RouterPath(path + "/:id")) { request, context in
            let fields = try await JSONBody.fields(of: request)
            let caller = try await tenancy.caller(of: request, body: fields)
            var node = try await find(type, context, in: caller.scope)
            try change(&node, fields)
            try await check(node)
            guard try await store.update(node) else { throw Self.missing(type) }
            return try JSONResponse.make(node)
        }
        router.delete(RouterPath(path + "/:id")) { request, context in
            let caller = try await tenancy.caller(of: request)
            let id = try context.pathID()
            guard try await store.delete(type, id: id, in: caller.scope) else { throw Self.missing(type) }
            return Response(status: .noContent)
        }
    }

    private func find<Node: VideoNode>(
        _ type: Node.Type, _ context: AppContext, in scope: Scope
    ) async throws -> Node {
        guard let node = try await store.node(type, id: try context.pathID(), in: scope) else {
            throw Self.missing(type)
        }
        return node
    }

    private static func missing<Node: VideoNode>(_ type: Node.Type) -> SemanticTimelineError {
        .notFound(type == VideoClip.self ? .clipNotFound : .mediaNotFound, type.kindName)
    }

    private func create<Parent: VideoNode, Node: VideoNode>(
        _ request: Request, _ context: AppContext, parent: Parent.Type,
        make: (RequestFields, Caller, String) throws -> Node, check: (Node) async throws -> Void = { _ in }
    ) async throws -> Response {
        let fields = try await JSONBody.fields(of: request)
        let caller = try await tenancy.caller(of: request, body: fields)
        let parentID = (try? context.pathID()) ?? ""
        if Node.parentKindName != nil, try await store.node(parent, id: parentID, in: caller.scope) == nil {
            throw Self.missing(parent)
        }
        let node = try make(fields, caller, parentID)
        try await check(node)
        do {
            try await store.insert(node)
        } catch let error as LibraryError where error.code == .missingParent {
            throw Self.missing(parent)
        }
        return try JSONResponse.make(
            node, status: .created, headers: [.location: "/video/\(Node.kindName)s/\(node.id)"])
    }

    private struct ListAnswer<Node: VideoNode>: Encodable {
        var items: [Node]
        var cursor: String?

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: Key.self)
            try container.encode(items, forKey: Key(stringValue: Node.kindName + "s"))
            try container.encodeIfPresent(cursor, forKey: Key(stringValue: "cursor"))
        }

        private struct Key: CodingKey {
            var stringValue: String
            var intValue: Int? { nil }
            init(stringValue: String) { self.stringValue = stringValue }
            init?(intValue: Int) { nil }
        }
    }

    private func list<Node: VideoNode>(
        _ request: Request, _ context: AppContext, _ type: Node.Type, parent: (any VideoNode.Type)?
    ) async throws -> Response {
        let caller = try await tenancy.caller(of: request)
        let parentID = try? context.pathID()
        if let parent, let parentID { try await require(parent, parentID, in: caller.scope) }
        let page = try await store.nodes(
            type, parentID: parentID, in: caller.scope, page: try Paging.request(request.query))
        return try JSONResponse.make(ListAnswer(items: page.items, cursor: page.next.map { "\($0)" }))
    }

    private func require<Node: VideoNode>(_ type: Node.Type, _ id: String, in scope: Scope) async throws {
        guard try await store.node(type, id: id, in: scope) != nil else { throw Self.missing(type) }
    }

    /// A clip's asset and artifact must be there.
    @Sendable private func check(_ clip: VideoClip) async throws {
        guard try await service.stores.assets.asset(clip.assetID, in: clip.scope) != nil else {
            throw SemanticTimelineError.notFound(.mediaNotFound, "asset")
        }
        if let id = clip.artifactID {
            guard let artifact = try await service.stores.artifacts.artifact(id, in: clip.scope),
                artifact.parentAssetID == clip.assetID
            else { throw SemanticTimelineError.notFound(.mediaNotFound, "artifact") }
        }
        try SemanticTimelineService.checkWindow(of: clip)
    }
}
