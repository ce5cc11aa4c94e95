import Foundation
import Library
import Logging
import Synchronization
import TimelineModel

/// Follows jobs that workers anywhere work on: asks the queue now and then, for all of them at once.
final class JobWatcher: Sendable {
    private struct Followed {
        weak var handle: JobHandle?
        var scope: Scope
    }

    private struct State {
        var jobs: [String: Followed] = [:]
        var task: Task<Void, Never>?
        var isClosed = false
    }

    /// The pause between two looks grows from the first to the last, so that short jobs are answered at once.
    private static let pauses = (first: 0.05, last: 0.5, growth: 1.2)

    private let queue: any JobQueue
    private let logger: Logger
    private let state = Mutex(State())

    init(queue: any JobQueue, logger: Logger) {
        self.queue = queue
        self.logger = logger
    }

    /// A handle that shows how a job goes, for as long as somebody has it.
    func follow(_ job: JobRecord) -> JobHandle {
        state.withLock { state in
            if let handle = state.jobs[job.id]?.handle, !handle.isAtRest { return handle }
            let handle = JobHandle(record: job)
            state.jobs[job.id] = Followed(handle: handle, scope: job.scope)
            if state.isClosed { handle.suspend(SemanticTimelineService.stopping) }
            // Whoever waits now waits for something new.
            state.task?.cancel()
            // Unstructured on purpose: it serves whoever follows, and ends when nobody does.
            if !state.isClosed { state.task = Task { await self.watch() } }
            return handle
        }
    }

    /// Lets go of everybody who waits.
    func close(_ failure: SemanticTimelineError) {
        let jobs = state.withLock { state in
            state.isClosed = true
            state.task?.cancel()
            return state.jobs.values.compactMap(\.handle)
        }
        for handle in jobs { handle.suspend(failure) }
    }

    private func watch() async {
        var pause = Self.pauses.first
        while !Task.isCancelled {
            let ids = state.withLock { state in
                state.jobs = state.jobs.filter { $0.value.handle?.isAtRest == false }
                return state.jobs.map { (id: $0.key, scope: $0.value.scope) }
            }
            guard !ids.isEmpty else { return }
            do {
                try await look(at: ids)
            } catch is CancellationError {
                return
            } catch {
                logger.warning("the queue could not be asked", metadata: ["error": "\(error)"])
            }
            try? await Task.sleep(for: .seconds(pause * Double.random(in: 0.75...1.25)))
            pause = min(pause * Self.pauses.growth, Self.pauses.last)
        }
    }

    private func look(at ids: [(id: String, scope: Scope)]) async throws {
        let found = Dictionary(
            try await queue.jobs(ids).map { ($0.id, $0) }, uniquingKeysWith: { $1 })
        for (id, _) in ids {
            guard let handle = state.withLock({ $0.jobs[id]?.handle }) else { continue }
            guard var record = found[id] else {
                let gone = SemanticTimelineError.notFound(.jobNotFound, "job")
                handle.update(outcome: .failure(gone)) { $0.fail(gone, at: .now) }
                continue
            }
            record.progress = max(record.progress, handle.snapshot.record.progress)
            if record != handle.snapshot.record { handle.update(outcome: record.outcome) { $0 = record } }
        }
    }
}

extension JobRecord {
    /// How a job ended; nil for one that goes on.
    var outcome: Result<SemanticResult, SemanticTimelineError>? {
        switch state {
        case .queued, .running: return nil
        case .done:
            guard let result: SemanticResult = result?.decoded() else {
                return .failure(SemanticTimelineError(.internalError, "the job's result cannot be read"))
            }
            return .success(result)
        case .cancelled:
            return .failure(SemanticTimelineError(.analyzeFailed, "the analysis was cancelled", resourceKind: "job"))
        case .failed:
            let code = error?.members?["code"]?.text.flatMap(SemanticTimelineError.Code.init(rawValue:))
            let message = error?.members?["message"]?.text
            return .failure(SemanticTimelineError(code ?? .analyzeFailed, message ?? "the analysis failed"))
        }
    }
}
