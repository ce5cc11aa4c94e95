public import Analysis
import Hummingbird
public import Logging
public import SemanticTimeline
import ServiceLifecycle
import UnixSignals

/// A process that does the jobs of a shared library.
public struct CuelineWorker: Sendable {
    private let library: ServedLibrary
    private let service: SemanticTimelineService
    private let worker: JobWorker
    private let metrics: PrometheusRegistry
    private let address: (host: String, port: Int)?
    private let logger: Logger

    /// - Parameters:
    ///   - program: the path of `cueline`, which analyses in child processes.
    ///   - arguments: for those.
    ///   - listeningOn: where health and metrics are served; nil serves none.
    /// - Throws: `SemanticTimelineError` `validation` for a library without a queue.
    public init(
        library: ServedLibrary, analyzer: Analyzer, semantics: SemanticTimelineService.Options, program: String,
        arguments: [String] = [], options: WorkerOptions, listeningOn address: (host: String, port: Int)? = nil,
        logger: Logger
    ) throws {
        guard let queue = library.stores.queue else {
            throw SemanticTimelineError(.validation, "a library in a folder has no queue")
        }
        let metrics = PrometheusRegistry()
        self.library = library
        self.metrics = metrics
        self.address = address
        self.logger = logger
        service = SemanticTimelineService(
            stores: library.stores, analyzer: analyzer,
            runner: ChildProcessRunner(program: program, arguments: arguments), options: semantics,
            observer: MetricsObserver(metrics: metrics), logger: logger)
        worker = JobWorker(service: service, queue: queue, options: options, logger: logger)
    }

    /// Works until the process is asked to stop (SIGTERM, SIGINT), and gives back what it has then.
    ///
    /// - Parameter onRunning: is told the port of the metrics, where there is one.
    public func run(onRunning: @escaping @Sendable (Int?) -> Void = { _ in }) async throws {
        WorkFolders.removeAbandoned(in: service.options.workFolder)
        await library.removeAbandonedTemporaryFiles()
        await service.removeAbandonedSources()
        var services: [any Service] = [
            WorkerService(worker: worker), TidyingService(library: library, service: service),
        ]
        if let address {
            let router = Router(context: AppContext.self, options: [.autoGenerateHeadEndpoints])
            router.add(middleware: RequestMiddleware(metrics: metrics))
            OperationRoutes(service: service, worker: worker, metrics: metrics).add(to: router)
            var limits = ConnectionLimits()
            limits.connections = 256
            services.append(
                Application(
                    router: router, server: CuelineServer.http(limits),
                    configuration: ApplicationConfiguration(
                        address: .hostname(address.host, port: address.port), serverName: nil),
                    onServerRunning: { onRunning($0.localAddress?.port) }, logger: logger))
        } else {
            onRunning(nil)
        }
        // Children are told to stop, and have half a second.
        var configuration = ServiceGroupConfiguration(
            services: services, gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        configuration.maximumGracefulShutdownDuration = .seconds(30)
        try await ServiceGroup(configuration: configuration).run()
    }
}

/// Removes what processes that are gone left on this machine, now and then.
private struct TidyingService: Service, CustomStringConvertible {
    /// What logs call it.
    let description = "tidying"
    let library: ServedLibrary
    let service: SemanticTimelineService

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while (try? await Task.sleep(for: .seconds(600))) != nil {
                WorkFolders.removeAbandoned(in: service.options.workFolder)
                await library.removeAbandonedTemporaryFiles()
                await service.removeAbandonedSources()
            }
        }
    }
}
