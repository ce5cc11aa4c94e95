public import Analysis
public import Library
package import Logging
import Synchronization
package import TimelineModel

/// Timelines of a library: analysed once, found again by key and identity, cut to clips, queried.
///
/// A request is a **hit** when a timeline with its cache key *and* its semantic identity is stored and whole; that starts
/// no process and decodes nothing. Requests for one key that come while it is being worked on share the work. What a
/// stage found is kept for other requests of the same tenant and env.
public final class SemanticTimelineService: Sendable {
    /// What the service needs beside its stores.
    public struct Options: Sendable {
        /// Analyses at once.
        public var analysesAtOnce = 1
        /// Analyses that may wait, of all tenants and of one.
        public var waiting = 256
        public var waitingPerTenant = 64
        /// A folder for the files of running analyses; on the library's disk.
        public var workFolder: String
        /// Folders that `file:` sources may lie in.
        public var sourceRoots: [String] = []
        /// Recordings in buckets that may be read; nil for none.
        public var bucketSources: BucketSources?
        /// What a queue takes, where there is one.
        public var queueLimits = QueueLimits()
        /// Most bytes that answers and indexes of stored timelines take in memory.
        public var cacheBytes = 128 << 20

        public init(workFolder: String) {
            self.workFolder = workFolder
        }
    }

    public let stores: LibraryStores
    public let analyzer: Analyzer
    public let fileSources: FileSources
    let resolver: SourceResolver
    let runner: any AnalysisRunner
    /// Tells what a request will be heard with.
    let planner: @Sendable (AnalysisParameters) throws -> AnalysisPlan
    /// Indexes of stored timelines by the digest of their bytes; digests say what the bytes are, and whose they are was
    /// asked before.
    private let indexes: BoundedCache<String, TimelineIndex>
    /// What hits on stored timelines answer, by artifact.
    let results: BoundedCache<ArtifactKey, ReadyResult>
    /// What aligning shots asked of stored timelines.
    let cues: CueCache
    /// What was answered for clips.
    let clipAnswers: BoundedCache<ClipAnswerKey, EncodedTimelineAnswer>
    let pool: AnalysisPool
    package let options: Options
    let logger: Logger
    let observer: any AnalysisObserver
    /// Work under way, by key.
    private let flights = Mutex<[FlightKey: JobHandle]>([:])
    /// Jobs that live in this process, by id.
    private let jobs = Mutex<[String: JobHandle]>([:])
    private let isClosing = Mutex(false)
    /// Follows jobs that others work on; nil without a queue.
    let watcher: JobWatcher?

    package init(
        stores: LibraryStores, analyzer: Analyzer, runner: any AnalysisRunner, options: Options,
        planner: (@Sendable (AnalysisParameters) throws -> AnalysisPlan)? = nil,
        observer: any AnalysisObserver = NoObserver(), logger: Logger
    ) {
        self.stores = stores
        self.analyzer = analyzer
        self.runner = runner
        self.planner = planner ?? { try analyzer.plan($0) }
        self.options = options
        self.observer = observer
        self.logger = logger
        indexes = BoundedCache(limit: options.cacheBytes / 2)
        results = BoundedCache(limit: options.cacheBytes / 8)
        cues = CueCache(limit: options.cacheBytes / 8)
        clipAnswers = BoundedCache(limit: options.cacheBytes / 4)
        watcher = stores.queue.map { JobWatcher(queue: $0, logger: logger) }
        fileSources = FileSources(roots: options.sourceRoots)
        resolver = SourceResolver(stores: stores, files: fileSources, buckets: options.bucketSources)
        pool = AnalysisPool(
            limits: AnalysisPool.Limits(
                running: options.analysesAtOnce, waiting: options.waiting, waitingPerTenant: options.waitingPerTenant))
    }

    private struct FlightKey: Hashable {
        var scope: Scope
        var cacheKey: String
        var identity: String
        var force: Bool
    }

    /// What a request comes to.
    public enum Start: Sendable {
        /// - Parameter json: the result as it is sent.
        case hit(SemanticResult, json: [UInt8])
        case job(JobHandle)
    }

    /// Answers from the cache, or joins or starts the work.
    ///
    /// - Throws: ``SemanticTimelineError``, `CancellationError`.
    public func start(_ request: SemanticRequest) async throws -> Start {
        try await translatingErrors {
            let (prepared, candidates) = try await self.prepareWithCandidates(request)
            if !request.force, let hit = try await self.hit(prepared, candidates: candidates) {
                self.observer.requested(hit: true)
                return .hit(hit.result, json: hit.json)
            }
            self.observer.requested(hit: false)
            return .job(try await self.fly(prepared))
        }
    }

    /// Answers from the cache, or when the work is done.
    ///
    /// A caller that goes away does not stop work that others may wait for; `cancelJob` does.
    ///
    /// - Throws: ``SemanticTimelineError``, `CancellationError`.
    public func analyze(_ request: SemanticRequest) async throws -> SemanticResult {
        switch try await start(request) {
        case .hit(let result, _): result
        case .job(let handle): try await handle.result()
        }
    }

    // MARK: - Jobs

    /// A job that lives in this process.
    public func liveJob(_ id: String, in scope: Scope) -> JobHandle? {
        guard let handle = jobs.withLock({ $0[id] }), handle.snapshot.record.scope == scope else { return nil }
        return handle
    }

    /// A job to be followed: one that lives in this process or, with a queue, anywhere; nil for one that is over.
    ///
    /// - Throws: ``SemanticTimelineError`` `jobNotFound`.
    public func followedJob(_ id: String, in scope: Scope) async throws -> JobHandle? {
        guard stores.queue != nil else { return liveJob(id, in: scope) }
        let record = try await job(id, in: scope)
        return record.state.isFinal ? nil : watcher?.follow(record)
    }

    /// A job's record, live or stored.
    ///
    /// - Throws: ``SemanticTimelineError`` `jobNotFound`.
    public func job(_ id: String, in scope: Scope) async throws -> JobRecord {
        if let queue = stores.queue {
            guard let record = try await queue.jobs([(id, scope)]).first else {
                throw SemanticTimelineError.notFound(.jobNotFound, "job")
            }
            return record
        }
        if let handle = liveJob(id, in: scope) { return handle.snapshot.record }
        guard let record = try await stores.jobs.job(id, in: scope) else {
            throw SemanticTimelineError.notFound(.jobNotFound, "job")
        }
        return record
    }

    /// Stops a job; one that has ended stays as it is.
    ///
    /// - Returns: the record afterwards.
    public func cancelJob(_ id: String, in scope: Scope) async throws -> JobRecord {
        if let queue = stores.queue { return try await cancel(id, in: scope, queue) }
        guard let handle = liveJob(id, in: scope) else { return try await job(id, in: scope) }
        handle.cancel()
        await handle.stopped()
        return handle.snapshot.record
    }

    /// Takes up what a restart interrupted. A job that was started three times is given up, unless its last start got further
    /// than the one before.
    public func resumeJobs() async throws {
        // With a queue, leases see to that.
        guard stores.queue == nil else { return }
        for var record in try await stores.jobs.unfinishedJobs() {
            do {
                let request: SemanticRequest? = record.request.decoded()
                let prepared = if let request { try await prepare(request) } else { nil as PreparedRequest? }
                if let prepared, let started = record.startedAt,
                    let state = WorkFolders.stateDate(options.workFolder + "/" + WorkFolders.checkpointName(prepared)),
                    state > started
                {
                    record.attempts = 0
                }
                guard record.attempts < 3, let prepared else {
                    throw SemanticTimelineError(
                        .analyzeFailed, "the service was interrupted \(record.attempts) times during this job")
                }
                _ = try await fly(prepared, resuming: record)
            } catch {
                var failed = record
                failed.fail(SemanticTimelineError(error), at: .now)
                try await stores.jobs.update(failed)
            }
        }
    }

    /// Stops all work; jobs that have not ended stay queued for the next start.
    public func close() async {
        isClosing.withLock { $0 = true }
        let handles = jobs.withLock { Array($0.values) }
        for handle in handles { handle.interrupt() }
        for handle in handles { await handle.stopped() }
        watcher?.close(Self.stopping)
    }

    /// The index behind a digest.
    ///
    /// - Throws: ``LibraryError`` `blobMissing`, `blobDamaged`, `inputOutput`.
    func index(_ sha256: String, in scope: Scope) async throws -> TimelineIndex {
        if let index = indexes[sha256] { return index }
        let bytes = try await stores.blobs.read(sha256, in: scope, range: nil)
        guard let index = TimelineIndex(serialized: bytes) else {
            throw LibraryError(.blobDamaged, "the stored timeline is damaged")
        }
        indexes.keep(index, for: sha256, cost: bytes.count)
        return index
    }

    // MARK: - Flights

    /// The job that works on a request: the one under way, or a new one.
    private func fly(_ prepared: PreparedRequest, resuming record: JobRecord? = nil) async throws -> JobHandle {
        if let queue = stores.queue { return try await share(prepared, queue) }
        let key = FlightKey(
            scope: prepared.request.scope, cacheKey: prepared.cacheKey, identity: prepared.identity,
            force: prepared.request.force)
        if record == nil, let handle = flights.withLock({ $0[key] }), handle.isUnderWay { return handle }
        let ticket = try await pool.enter(tenant: prepared.request.tenantID, always: record != nil)
        var job =
            record
            ?? JobRecord(
                id: LibraryID.make("job"), scope: prepared.request.scope, userID: prepared.request.userID,
                kind: "analyze", request: .encoding(prepared.request), createdAt: .now)
        job.state = .queued
        let handle = JobHandle(record: job)
        // Somebody may have come first while this one waited for its place.
        let first = flights.withLock { flights in
            if let first = flights[key], first.isUnderWay { return first }
            flights[key] = handle
            return handle
        }
        guard first === handle else {
            await pool.withdraw(ticket)
            if let record {
                var duplicate = record
                duplicate.fail(
                    SemanticTimelineError(.analyzeFailed, "another job works on the same request"), at: .now)
                try await stores.jobs.update(duplicate)
            }
            return first
        }
        jobs.withLock { $0[job.id] = handle }
        do {
            // Unstructured on purpose: others may wait for the job already, whatever becomes of who asked first.
            if record == nil { try await Task { [job] in try await stores.jobs.insert(job) }.value }
        } catch {
            await pool.withdraw(ticket)
            land(key, handle)
            let failure = SemanticTimelineError(error)
            handle.update(outcome: .failure(failure)) { $0.fail(failure, at: .now) }
            throw error
        }
        if isClosing.withLock({ $0 }) {
            // The row stays, and is taken up at the next start.
            await pool.withdraw(ticket)
            handle.suspend(Self.stopping)
            land(key, handle)
            throw Self.stopping
        }
        // The job belongs to nobody's request: it outlives the client that asked first.
        handle.start(
            Task { [self] in
                await work(prepared, handle: handle, ticket: ticket)
                land(key, handle)
            })
        return handle
    }

    private func land(_ key: FlightKey, _ handle: JobHandle) {
        flights.withLock { if $0[key] === handle { $0[key] = nil } }
        _ = jobs.withLock { $0.removeValue(forKey: handle.id) }
    }

    /// Carries a job from its place in the queue to its end.
    private func work(_ prepared: PreparedRequest, handle: JobHandle, ticket: AnalysisPool.Ticket) async {
        do {
            try await pool.wait(ticket)
        } catch {
            await settle(handle, after: error)
            return
        }
        do {
            let started = handle.update { job in
                job.state = .running
                job.stage = "decode"
                job.startedAt = .now
                job.attempts += 1
            }
            try await stores.jobs.update(started)
            let result = try await perform(prepared, handle: handle) { new, _ in
                try await self.keep(new, in: prepared.request.scope)
            }
            let done = handle.snapshot.record.finished(result, at: .now)
            try await stores.jobs.update(done)
            handle.update(outcome: .success(result)) { $0 = done }
        } catch {
            await settle(handle, after: error)
        }
        await pool.leave(ticket)
    }

    static let stopping = SemanticTimelineError(
        .overloaded, "the service is stopping; the job goes on after its next start", retryAfterSeconds: 5)

    /// Notes how a job failed or was stopped.
    private func settle(_ handle: JobHandle, after error: any Error) async {
        let isCancelled = handle.isCancelled && (error is CancellationError || Task.isCancelled)
        if !isCancelled, error is CancellationError || Task.isCancelled {
            // The service stops, or somebody stopped its child: the job is taken up again, and this start of it does not
            // count.
            var queued = handle.snapshot.record
            if queued.state == .running { queued.attempts -= 1 }
            queued.state = .queued
            await store(queued)
            handle.suspend(Self.stopping)
            return
        }
        let failure =
            isCancelled
            ? SemanticTimelineError(.analyzeFailed, "the analysis was cancelled", resourceKind: "job")
            : SemanticTimelineError(error)
        if !isCancelled {
            logger.warning(
                "analysis failed",
                metadata: [
                    "job": "\(handle.id)", "code": "\(failure.code.rawValue)", "reason": "\(failure.message)",
                    "underlying": "\(failure.underlying ?? "")",
                ])
        }
        observer.failed(code: isCancelled ? "cancelled" : failure.code.rawValue)
        var ended = handle.snapshot.record
        if isCancelled { ended.cancel(at: .now) } else { ended.fail(failure, at: .now) }
        await store(ended)
        handle.update(outcome: .failure(failure)) { [ended] in $0 = ended }
    }

    /// Notes a job's state, also from a task that was cancelled.
    private func store(_ record: JobRecord) async {
        do {
            // Unstructured on purpose: cancelling the work must not cancel the note that it was cancelled.
            try await Task { try await stores.jobs.update(record) }.value
        } catch {
            logger.error("a job's state could not be noted", metadata: ["job": "\(record.id)", "error": "\(error)"])
        }
    }
}
