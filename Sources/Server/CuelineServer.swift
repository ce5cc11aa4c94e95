public import Analysis
import Files
package import Hummingbird
import HummingbirdCore
import Library
public import Logging
import Media
import Metrics
import NIOCore
public import SemanticTimeline
import ServiceLifecycle
import UnixSignals
import VideoOrigin
import VoicePhrases

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The service over HTTP: a library, the semantic timelines on it, and the routes of the contract.
public struct CuelineServer: Sendable {
    private let options: ServerOptions
    private let library: ServedLibrary
    /// Works on the jobs of a shared library; nil where others do.
    private let worker: JobWorker?
    private let logger: Logger
    private let metrics = PrometheusRegistry()
    package let service: SemanticTimelineService
    private let tenancy: Tenancy

    /// - Parameters:
    ///   - program: the path of `cueline`, which analyses in child processes.
    ///   - workers: arguments for those.
    ///   - worker: how jobs of a shared library are worked on here; nil leaves them to others.
    /// - Throws: `SemanticTimelineError` `validation` for a key that is too short.
    public init(
        options: ServerOptions, library: ServedLibrary, analyzer: Analyzer,
        semantics: SemanticTimelineService.Options, program: String, workers: [String] = [],
        worker: WorkerOptions? = nil, logger: Logger
    ) async throws {
        self.options = options
        self.library = library
        self.logger = logger
        tenancy = Tenancy(authenticator: try await Self.authenticator(options, logger: logger))
        let service = SemanticTimelineService(
            stores: library.stores, analyzer: analyzer,
            runner: ChildProcessRunner(program: program, arguments: workers), options: semantics,
            observer: MetricsObserver(metrics: metrics), logger: logger)
        self.service = service
        if let queue = library.stores.queue, let worker {
            self.worker = JobWorker(service: service, queue: queue, options: worker, logger: logger)
        } else {
            self.worker = nil
        }
    }

    /// Checks tokens, where there is a key or a file of keys.
    private static func authenticator(_ options: ServerOptions, logger: Logger) async throws -> Authenticator? {
        guard options.authKey != nil || options.authKeysFile != nil else { return nil }
        return Authenticator(
            keys: try await AuthKeys(key: options.authKey, file: options.authKeysFile, logger: logger),
            rules: options.tokenRules)
    }

    /// All routes.
    ///
    /// - Parameters:
    ///   - allowedOrigins: of pages that may read answers.
    ///   - ownNames: hosts that are answered to; nil answers to all.
    ///   - completesMethods: whether methods that a route does not know are answered with 405.
    package static func router(
        service: SemanticTimelineService, tenancy: Tenancy, metrics: PrometheusRegistry,
        maximumUploadBytes: Int64 = 8 << 30, allowedOrigins: Set<String> = [], ownNames: Set<String>? = nil,
        worker: JobWorker? = nil, completesMethods: Bool = true
    ) -> Router<AppContext> {
        let router = Router(context: AppContext.self, options: [.autoGenerateHeadEndpoints])
        router.add(
            middleware: RequestMiddleware(
                metrics: metrics, crossOrigin: CrossOrigin(origins: allowedOrigins, ownNames: ownNames)))
        let uploads = UploadReader(blobs: service.stores.blobs, limit: maximumUploadBytes)
        AssetRoutes(service: service, tenancy: tenancy, uploads: uploads, probe: MediaProbe()).add(to: router)
        ArtifactRoutes(service: service, tenancy: tenancy, uploads: uploads).add(to: router)
        SemanticRoutes(service: service, tenancy: tenancy).add(to: router)
        VideoOriginRoutes(origin: VideoOriginService(service: service), tenancy: tenancy).add(to: router)
        VoicePhraseRoutes(phrases: VoicePhraseService(service: service), tenancy: tenancy).add(to: router)
        VideoRoutes(service: service, tenancy: tenancy).add(to: router)
        JobRoutes(service: service, tenancy: tenancy).add(to: router)
        PageRoutes().add(to: router)
        OperationRoutes(service: service, worker: worker, metrics: metrics).add(to: router)
        if completesMethods { MethodTable.complete(router) }
        return router
    }

    /// How connections are served.
    package static func http(_ limits: ConnectionLimits, _ connections: Connections? = nil) -> HTTPServerBuilder {
        let connections = connections ?? Connections(limit: limits.connections)
        var configuration = HTTP1Channel.Configuration(
            additionalChannelHandlers: [ContinueHandler(), ConnectionGuard(limits, connections)],
            idleTimeout: TimeAmount(limits.idleTimeout))
        configuration.httpDecoder = HTTP1Channel.Configuration.DecoderConfiguration(
            maxHeaderFieldSize: limits.fieldBytes, maxHeaderListSize: limits.headBytes,
            maxHeaderFieldCount: limits.fields)
        return .http1(configuration: configuration)
    }

    private static func text(_ error: IOError) -> String { String(cString: strerror(error.errnoCode)) }

    /// Serves until the process is asked to stop (SIGTERM, SIGINT).
    ///
    /// - Parameter onRunning: is told the port once connections are accepted.
    /// - Throws: when the address cannot be bound; `LibraryError` `inUse` when another server has the library.
    public func run(onRunning: @escaping @Sendable (Int) -> Void = { _ in }) async throws {
        let lock = try library.folder?.lockForServer()
        await library.removeAbandonedTemporaryFiles()
        await service.removeAbandonedSources()
        WorkFolders.removeAbandoned(in: service.options.workFolder)
        // Asked once here, so that no request waits for it.
        _ = try await service.backend()
        let router = Self.router(
            service: service, tenancy: tenancy, metrics: metrics, maximumUploadBytes: options.maximumUploadBytes,
            allowedOrigins: options.allowedOrigins, ownNames: options.ownNames, worker: worker)
        let application = Application(
            router: router,
            server: Self.http(options.connections),
            configuration: ApplicationConfiguration(
                address: .hostname(options.host, port: options.port), serverName: nil, backlog: 1024),
            onServerRunning: { channel in
                onRunning(channel.localAddress?.port ?? 0)
                // Not before the address is ours: a start that fails must not count as one of a job's.
                do {
                    try await service.resumeJobs()
                } catch {
                    logger.error("interrupted jobs could not be taken up", metadata: ["error": "\(error)"])
                }
            }, logger: logger)
        var services: [any Service] = [
            application, ClosingService(service: service),
            CollectorService(
                library: library, workFolder: service.options.workFolder, options: options, logger: logger),
        ]
        if let worker { services.append(WorkerService(worker: worker)) }
        var configuration = ServiceGroupConfiguration(
            services: services, gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        configuration.maximumGracefulShutdownDuration = options.shutdownTimeout
        defer { withExtendedLifetime(lock) {} }
        do {
            try await ServiceGroup(configuration: configuration).run()
        } catch let error as IOError {
            throw SemanticTimelineError(
                .internalError, "cannot listen on \(options.host) port \(options.port): \(Self.text(error))")
        }
        await service.close()
    }
}

/// Stops running analyses when the server is asked to stop, so that requests that wait for them get an answer.
private struct ClosingService: Service, CustomStringConvertible {
    /// What logs call it.
    let description = "closing"
    let service: SemanticTimelineService

    func run() async throws {
        try? await gracefulShutdown()
        await service.close()
    }
}

/// Collects blobs that nothing names and jobs that ended long ago, now and then.
private struct CollectorService: Service, CustomStringConvertible {
    /// What logs call it: never what it is made of, which holds keys.
    let description = "collector"
    let library: ServedLibrary
    let workFolder: String
    let options: ServerOptions
    let logger: Logger

    func run() async throws {
        let collector = library.collector(jobRetention: options.jobRetention)
        await cancelWhenGracefulShutdown {
            var clocks = ClockWatch()
            await reportDamage()
            while !Task.isCancelled {
                do {
                    // Servers that share a library do not all collect at once.
                    try await Task.sleep(for: options.collectionInterval * Double.random(in: 0.8...1.2))
                    // Ages by a clock that was set say nothing: what was stored a moment ago may look hours old.
                    guard clocks.agree(for: options.collectionGrace) else {
                        logger.warning(
                            "the clock was set; nothing is collected for as long as new blobs are left alone")
                        continue
                    }
                    let report = try await collector.collect(grace: options.collectionGrace)
                    let abandoned = try await library.removeAbandonedFiles()
                    await BlockingWork.runAlways { WorkFolders.removeOldCheckpoints(in: workFolder) }
                    logger.info(
                        "collected",
                        metadata: [
                            "removed_blobs": "\(report.removedBlobs)", "removed_jobs": "\(report.removedJobs)",
                            "removed_abandoned_files": "\(abandoned)",
                        ])
                } catch is CancellationError {
                    return
                } catch {
                    logger.error("collecting failed", metadata: ["error": "\(error)"])
                }
            }
        }
    }
}

extension CollectorService {
    /// Looks through the library's records once, after a start: whatever stopped the last server may have damaged the disk.
    fileprivate func reportDamage() async {
        guard let damage = try? await library.folder?.database.damage(), !damage.isNone else { return }
        logger.critical(
            "the library is damaged; stop the server and run cueline doctor --library DIR",
            metadata: ["structure": "\(damage.structure)", "damaged_rows": "\(damage.rows)"])
    }
}
