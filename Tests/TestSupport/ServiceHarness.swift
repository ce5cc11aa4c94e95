package import Analysis
import Foundation
package import Library
import Logging
package import SemanticTimeline
import Synchronization
package import TimelineModel

/// A service over a library in memory, whose analyses are made up.
package struct ServiceHarness: Sendable {
    package let service: SemanticTimelineService
    package let runner: FakeRunner
    package let database: SQLLibrary
    package let blobs: MemoryBlobStore
    package let scope = Scope(tenantID: "t1", env: "dev")
    private let plan: PlanBox

    /// What analyses are planned with, to be changed while the service lives.
    private final class PlanBox: Sendable {
        let plan: Mutex<@Sendable (AnalysisParameters) throws -> AnalysisPlan>
        init(_ plan: @escaping @Sendable (AnalysisParameters) throws -> AnalysisPlan) { self.plan = Mutex(plan) }
    }

    package init(
        seed: Int = 42, database: SQLLibrary? = nil, queue: (any JobQueue)? = nil,
        blobs: MemoryBlobStore = MemoryBlobStore(), bucket: (store: S3BlobStore, sources: BucketSources)? = nil,
        queueLimits: QueueLimits = QueueLimits(),
        limits: AnalysisPool.Limits = AnalysisPool.Limits(running: 1), roots: [String] = [],
        workFolder: String = FileManager.default.temporaryDirectory.appending(path: "cueline-work").path,
        plan: @escaping @Sendable (AnalysisParameters) throws -> AnalysisPlan = { FakePlan.make($0) }
    ) throws {
        let box = PlanBox(plan)
        let planner: @Sendable (AnalysisParameters) throws -> AnalysisPlan = { parameters in
            try box.plan.withLock { $0 }(parameters)
        }
        self.plan = box
        self.database = try database ?? SQLLibrary(sqlite: nil)
        self.blobs = blobs
        runner = FakeRunner(seed: seed, planner: planner)
        var configuration = AnalysisConfiguration(cacheFolder: "/nonexistent")
        configuration.seed = seed
        var options = SemanticTimelineService.Options(workFolder: workFolder)
        options.analysesAtOnce = limits.running
        options.waiting = limits.waiting
        options.waitingPerTenant = limits.waitingPerTenant
        options.sourceRoots = roots
        options.queueLimits = queueLimits
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        options.bucketSources = bucket?.sources
        var stores = LibraryStores(database: self.database, blobs: bucket?.store ?? blobs, queue: queue)
        stores.references = self.database
        service = SemanticTimelineService(
            stores: stores,
            analyzer: Analyzer(configuration: configuration), runner: runner, options: options, planner: planner,
            logger: logger)
    }

    /// Lets a worker do the jobs of the queue while a closure runs; it drains at the end.
    package func withWorker<Value: Sendable>(
        slots: Int = 1, _ body: (JobWorker) async throws -> Value
    ) async throws -> Value {
        guard let queue = service.stores.queue else {
            throw SemanticTimelineError(.internalError, "there is no queue")
        }
        var options = WorkerOptions(name: "test")
        options.slots = slots
        // A busy machine is silent for a second; three such leases fail a job.
        options.lease = .seconds(5)
        options.poll = .milliseconds(20)
        options.care = .milliseconds(50)
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let worker = JobWorker(service: service, queue: queue, options: options, logger: logger)
        let task = Task { await worker.run() }
        let result: Result<Value, any Error>
        do { result = .success(try await body(worker)) } catch { result = .failure(error) }
        task.cancel()
        await task.value
        return try result.get()
    }

    /// Plans analyses otherwise from now on.
    package func replan(_ plan: @escaping @Sendable (AnalysisParameters) throws -> AnalysisPlan) {
        self.plan.plan.withLock { $0 = plan }
    }

    /// Adds an uploaded asset.
    @discardableResult
    package func addAsset(
        _ id: String, bytes: [UInt8] = Array("sound".utf8), durationMs: Double? = nil, kind: AssetKind = .audio,
        in scope: Scope? = nil
    ) async throws -> MediaAsset {
        let scope = scope ?? self.scope
        let staged = try await service.stores.blobs.stage()
        try await staged.append(bytes)
        let content = try await staged.publish(in: scope)
        var asset = MediaAsset(
            id: id, scope: scope, kind: kind, sourceURI: "/media-v2/assets/\(id)/content", createdAt: .now,
            content: content)
        asset.durationMs = durationMs
        try await database.insert(asset)
        return asset
    }

    /// Adds a clip with all that it hangs on.
    @discardableResult
    package func addClip(
        _ id: String, asset: String, artifact: String? = nil, inMs: Double, outMs: Double, speed: Double = 1,
        in scope: Scope? = nil
    ) async throws -> VideoClip {
        let scope = scope ?? self.scope
        if try await database.node(VideoTrack.self, id: "track", in: scope) == nil {
            try await database.insert(
                VideoProject(id: "project", scope: scope, userID: nil, title: "", createdAt: .now, meta: [:]))
            try await database.insert(
                VideoSequence(
                    id: "sequence", scope: scope, projectID: "project", name: "", createdAt: .now, meta: [:]))
            try await database.insert(
                VideoTrack(
                    id: "track", scope: scope, sequenceID: "sequence", kind: .video, name: "", order: 0,
                    createdAt: .now, meta: [:]))
        }
        let clip = VideoClip(
            id: id, scope: scope, trackID: "track", assetID: asset, artifactID: artifact, inMs: inMs, outMs: outMs,
            startMsOnTimeline: 0, speed: speed, createdAt: .now)
        try await database.insert(clip)
        return clip
    }

    package func request(
        _ asset: String = "a123", user: String? = "u1", artifact: String? = nil,
        parameters: AnalysisParameters = AnalysisParameters(), force: Bool = false, in scope: Scope? = nil
    ) -> SemanticRequest {
        SemanticRequest(
            scope: scope ?? self.scope, userID: user, assetID: asset, artifactID: artifact, parameters: parameters,
            force: force)
    }
}

extension SemanticResult {
    package var isHit: Bool { meta["cache_hit"] == .bool(true) }
    package var cacheKey: String { meta["audio_semantic_cache_key"]?.text ?? "" }
    package var identity: String { meta["semantic_identity"]?.text ?? "" }

    /// The stages that were not computed for this result.
    package var cachedStages: Set<String> {
        Set((meta["stages"]?.members ?? [:]).filter { $0.value.members?["cached"] == .bool(true) }.keys)
    }
}
