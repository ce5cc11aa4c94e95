import Analysis
import Foundation
package import Library
package import Logging
import Synchronization
import TimelineModel

/// How a worker works.
public struct WorkerOptions: Sendable {
    /// Jobs at once.
    public var slots = 1
    /// Who this is, for people.
    public var name: String
    /// For how long a job is had without a word; extended three times as often.
    public var lease: Duration = .seconds(30)
    /// About how often an empty queue is asked, and how often it is taken care of.
    public var poll: Duration = .milliseconds(500)
    public var care: Duration = .seconds(2)

    public init(name: String) {
        self.name = name
    }
}

/// Works on the jobs of a queue: claims, hears in child processes, and ends each job once.
///
/// While it works it extends its leases; a job whose lease is another's is stopped at once, since what comes of it would be turned
/// away. What failed for a reason that may pass is tried again later, by anybody.
package final class JobWorker: Sendable {
    /// What a worker did, for metrics.
    package struct Counts: Sendable, Hashable {
        package var done = 0
        package var failed = 0
        /// Leases that were lost: the work was for nothing.
        package var lost = 0
        /// Jobs taken from workers that were gone, by this one as caretaker.
        package var lapsed = 0
    }

    private struct Active {
        var lease: JobLease
        var handle: JobHandle
        var isLost = false
    }

    private struct State {
        var active: [JobLease: Active] = [:]
        var counts = Counts()
        /// What was told of them.
        var taken = Counts()
        var isDraining = false
    }

    /// So often a divided recording is heard or put together.
    private static let mostHearings = 12

    let service: SemanticTimelineService
    let queue: any JobQueue
    let options: WorkerOptions
    let logger: Logger
    private let state = Mutex(State())

    package init(service: SemanticTimelineService, queue: any JobQueue, options: WorkerOptions, logger: Logger) {
        self.service = service
        self.queue = queue
        self.options = options
        self.logger = logger
    }

    package var counts: Counts { state.withLock { $0.counts } }

    /// What it did since this was asked last.
    package func takeCounts() -> Counts {
        state.withLock { state in
            let (now, before) = (state.counts, state.taken)
            state.taken = now
            return Counts(
                done: now.done - before.done, failed: now.failed - before.failed, lost: now.lost - before.lost,
                lapsed: now.lapsed - before.lapsed)
        }
    }

    package var runningCount: Int { state.withLock { $0.active.count } }

    /// Works until the task is cancelled; then gives back what it has and returns.
    package func run() async {
        await withTaskCancellationHandler {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await self.keepLeases() }
                group.addTask { await self.takeCare() }
                group.addTask { await self.workOn() }
            }
        } onCancel: {
            state.withLock { $0.isDraining = true }
        }
    }

    // MARK: - Claiming

    private func workOn() async {
        let (ends, ended) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        await withDiscardingTaskGroup { group in
            var waiting = ends.makeAsyncIterator()
            // Work comes in bursts: where there was some, there may be more soon.
            var pause = options.poll / 16
            while !Task.isCancelled {
                let free = options.slots - runningCount
                guard free > 0 else {
                    await waiting.next()
                    continue
                }
                var claimed: [ClaimedJob] = []
                do {
                    claimed = try await queue.claim(owner: options.name, limit: free, lease: options.lease)
                } catch is CancellationError {
                    break
                } catch {
                    logger.warning("no job could be claimed", metadata: ["error": "\(error)"])
                }
                for job in claimed {
                    let handle = JobHandle(record: job.job)
                    state.withLock { $0.active[job.lease] = Active(lease: job.lease, handle: handle) }
                    group.addTask {
                        await self.work(on: job, handle: handle)
                        ended.yield()
                    }
                }
                if claimed.isEmpty {
                    // Not all at the same moment.
                    try? await Task.sleep(for: pause * Double.random(in: 0.5...1.5))
                    pause = min(pause * 1.5, options.poll)
                } else {
                    pause = options.poll / 16
                }
            }
            group.cancelAll()
        }
    }

    private func work(on claimed: ClaimedJob, handle: JobHandle) async {
        // The handle's own task, so that losing the lease or cancelling the job stops it.
        let task = Task { await self.carryOut(claimed, handle: handle) }
        handle.start(task)
        await withTaskCancellationHandler {
            await task.value
        } onCancel: {
            handle.interrupt()
        }
        _ = state.withLock { $0.active.removeValue(forKey: claimed.lease) }
    }

    // MARK: - Working

    private func carryOut(_ claimed: ClaimedJob, handle: JobHandle) async {
        do {
            switch claimed.job.kind {
            case Self.pieceKind: try await transcribe(claimed, handle: handle)
            default: try await analyze(claimed, handle: handle)
            }
            state.withLock { $0.counts.done += 1 }
        } catch is LeaseLost {
            state.withLock { $0.counts.lost += 1 }
            logger.warning("a lease was lost", metadata: ["job": "\(claimed.job.id)"])
        } catch {
            await settle(claimed, handle: handle, after: error)
        }
    }

    private func analyze(_ claimed: ClaimedJob, handle: JobHandle) async throws {
        guard let request: SemanticRequest = claimed.job.request.decoded() else {
            throw SemanticTimelineError(.validation, "the job's request cannot be read")
        }
        let prepared = try await service.prepare(request)
        let sending = Sending()
        do {
            _ = try await service.perform(prepared, handle: handle, pieces: offering(prepared, claimed, sending)) {
                new, answer in
                let record = handle.snapshot.record.finished(answer, at: .now)
                try await self.complete(claimed.lease, record, new)
            }
        } catch let unfinished as UnfinishedWork {
            try await sending.arrived()
            // Parts that are lost again and again cannot be put together.
            guard claimed.job.attempts < Self.mostHearings else {
                throw SemanticTimelineError(.unsupportedMedia, "the parts of the recording were lost again and again")
            }
            let isHeld = try await persisting(claimed.lease) {
                try await self.queue.park(claimed.lease, stages: unfinished.stages)
            }
            guard isHeld else { throw LeaseLost() }
        } catch {
            await sending.stop()
            throw error
        }
    }

    /// Ends a job, for as long as it takes the library to answer: the work is done.
    func complete(_ lease: JobLease, _ record: JobRecord, _ result: JobResult) async throws {
        let isDone = try await persisting(lease) {
            try await self.queue.complete(lease, job: record, result: result)
        }
        guard isDone else { throw LeaseLost() }
    }

    /// Does it again while the library does not answer, at most for some minutes and as long as the lease is not known to be lost.
    func persisting<Value: Sendable>(
        _ lease: JobLease, _ body: @Sendable () async throws -> Value
    ) async throws -> Value {
        let start = ContinuousClock.now
        while true {
            do {
                return try await body()
            } catch let error as LibraryError where error.code == .unavailable {
                let isLost = state.withLock { $0.active[lease]?.isLost ?? true }
                guard !isLost, ContinuousClock.now - start < .seconds(300) else { throw error }
                logger.warning("the library does not answer", metadata: ["error": "\(error.underlying ?? "")"])
                try await Task.sleep(for: .seconds(Double.random(in: 0.5...1.5)))
            }
        }
    }

    /// Notes how a job failed, was stopped or is given back.
    private func settle(_ claimed: ClaimedJob, handle: JobHandle, after error: any Error) async {
        let (isLost, isDraining) = state.withLock { ($0.active[claimed.lease]?.isLost ?? false, $0.isDraining) }
        if isLost {
            state.withLock { $0.counts.lost += 1 }
            logger.warning("a lease was lost", metadata: ["job": "\(claimed.job.id)"])
            return
        }
        let isStopped = error is CancellationError || Task.isCancelled
        do {
            // Unstructured on purpose: cancelling the work must not cancel the note of it.
            try await Task {
                if handle.isCancelled, isStopped {
                    var record = handle.snapshot.record
                    record.cancel(at: .now)
                    _ = try await self.queue.fail(claimed.lease, job: record, as: .final)
                } else if isStopped, isDraining || error is CancellationError {
                    try await self.queue.release(claimed.lease)
                } else {
                    try await self.fail(claimed, handle: handle, SemanticTimelineError(error))
                }
            }.value
        } catch {
            // The lease runs out, and the job is another's then.
            logger.error("a job's end could not be noted", metadata: ["job": "\(claimed.job.id)", "error": "\(error)"])
        }
    }

    private func fail(_ claimed: ClaimedJob, handle: JobHandle, _ failure: SemanticTimelineError) async throws {
        var record = handle.snapshot.record
        record.fail(failure, at: .now)
        let outcome = try await queue.fail(claimed.lease, job: record, as: failure.mayPass ? .passing : .final)
        state.withLock { $0.counts.failed += outcome == .failed ? 1 : 0 }
        logger.warning(
            "a job failed",
            metadata: [
                "job": "\(claimed.job.id)", "kind": "\(claimed.job.kind)", "code": "\(failure.code.rawValue)",
                "reason": "\(failure.message)", "underlying": "\(failure.underlying ?? "")",
                "attempt": "\(claimed.job.attempts)", "state": "\(outcome?.rawValue ?? "lost")",
            ])
    }

    // MARK: - Leases

    private func keepLeases() async {
        while true {
            do { try await Task.sleep(for: options.lease / 3) } catch { break }
            await extendLeases()
        }
        // While it drains, its jobs stay its own.
        while state.withLock({ !$0.active.isEmpty }) {
            await extendLeases()
            try? await Task { try await Task.sleep(for: .milliseconds(100)) }.value
        }
    }

    private func extendLeases() async {
        let active = state.withLock { Array($0.active.values) }
        guard !active.isEmpty else { return }
        do {
            // Unstructured on purpose: a worker that drains extends on.
            let states = try await Task {
                try await self.queue.extend(
                    active.map { ($0.lease, $0.handle.snapshot.record) }, by: self.options.lease)
            }.value
            for job in active {
                if let found = states[job.lease] {
                    if found.isCancelled { job.handle.cancel() }
                } else {
                    // Ended just now, or another's.
                    state.withLock { $0.active[job.lease]?.isLost = true }
                    job.handle.interrupt()
                }
            }
        } catch {
            // Whether they are lost is not known: nobody may have taken them.
            logger.warning("leases could not be extended", metadata: ["error": "\(error)"])
        }
    }

    private func takeCare() async {
        while true {
            do {
                try await Task.sleep(for: options.care * Double.random(in: 0.5...1.5))
                let care = try await queue.tend(service.options.queueLimits)
                guard care.lapsed > 0 else { continue }
                state.withLock { $0.counts.lapsed += care.lapsed }
                logger.warning(
                    "workers were lost", metadata: ["jobs": "\(care.lapsed)", "given_up": "\(care.dead)"])
            } catch is CancellationError {
                return
            } catch {
                logger.warning("the queue could not be taken care of", metadata: ["error": "\(error)"])
                // Where the database was away, nobody could extend anything: everybody has the time of a lease for it now.
                do { try await Task.sleep(for: options.lease) } catch { return }
            }
        }
    }
}

/// Another has the job now.
struct LeaseLost: Error {}

extension SemanticTimelineError {
    /// Whether another try may succeed: the recording and the request are not at fault.
    var mayPass: Bool {
        switch code {
        case .analyzeFailed, .fetchFailed, .backendUnavailable, .internalError, .overloaded: true
        default: false
        }
    }
}
