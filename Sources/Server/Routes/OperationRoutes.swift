import HTTPTypes
import Hummingbird
import Library
import NIOCore
import SemanticTimeline
import TimelineModel

/// `/health`, `/ready`, `/metrics`, `/openapi.json`: for those who run the service.
struct OperationRoutes: Sendable {
    let service: SemanticTimelineService
    /// nil where this process works on no queue's jobs.
    let worker: JobWorker?
    let metrics: PrometheusRegistry
    private let gauges = QueueGauges()

    init(service: SemanticTimelineService, worker: JobWorker? = nil, metrics: PrometheusRegistry) {
        self.service = service
        self.worker = worker
        self.metrics = metrics
    }

    func add(to router: Router<AppContext>) {
        router.get("/health", use: health)
        router.get("/ready", use: ready)
        router.get("/metrics", use: exposition)
        router.get("/openapi.json", use: openAPI)
    }

    /// The process answers.
    @Sendable private func health(_ request: Request, context: AppContext) async throws -> Response {
        try JSONResponse.make(["status": "ok"])
    }

    private struct Readiness: Encodable {
        var status: String
        /// Whether analyses are the stub's because a part is missing.
        var degraded: Bool
        var backendInfo: BackendInfo

        enum CodingKeys: String, CodingKey {
            case status
            case degraded
            case backendInfo = "backend_info"
        }
    }

    /// The library answers, and what analyses are made with.
    @Sendable private func ready(_ request: Request, context: AppContext) async throws -> Response {
        do {
            _ = try await service.stores.assets.asset("ready", in: Scope(tenantID: "ready", env: "ready"))
        } catch {
            throw SemanticTimelineError(
                .backendUnavailable, "the library does not answer", resourceKind: "library", underlying: "\(error)")
        }
        let (info, isStub) = try await service.backend()
        return try JSONResponse.make(Readiness(status: "ready", degraded: isStub, backendInfo: info))
    }

    @Sendable private func exposition(_ request: Request, context: AppContext) async throws -> Response {
        await service.recordPool(into: metrics)
        worker?.record(into: metrics)
        // Without the database there is the rest.
        if let queue = service.stores.queue, let statistics = try? await queue.statistics() {
            gauges.record(statistics, into: metrics)
        }
        return Response(
            status: .ok, headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: metrics.render())))
    }

    @Sendable private func openAPI(_ request: Request, context: AppContext) async throws -> Response {
        JSONResponse.response(OpenAPI.document)
    }
}
