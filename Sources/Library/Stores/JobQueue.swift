/// Jobs for whoever comes first of many workers, on many machines.
///
/// What a job leads to happens once: a worker has a lease with a random token, extends it while it works, and ends the job
/// with it; who was silent for too long finds that its lease is another's. Moments are those of the queue's own clock.
public protocol JobQueue: Sendable {
    /// Puts a job into the queue, unless one with the same flight is there.
    ///
    /// - Returns: the job, or the one that was there.
    /// - Throws: ``LibraryError`` `full`.
    func enqueue(_ order: QueueOrder, limits: QueueLimits) async throws -> JobRecord
    /// Gives jobs to a worker, those first whose tenants had the least so far. Getting none does not mean that there are none.
    ///
    /// - Parameters:
    ///   - owner: who it is, for people.
    ///   - lease: for how long.
    func claim(owner: String, limit: Int, lease: Duration) async throws -> [ClaimedJob]
    /// Extends leases and notes how far their jobs are.
    ///
    /// - Returns: those that are still held; the others are lost.
    func extend(_ jobs: [(lease: JobLease, progress: JobRecord)], by lease: Duration) async throws -> [JobLease:
        LeaseState]
    /// Ends a job that went well, with what came of it, all or nothing.
    ///
    /// - Parameter job: its record afterwards.
    /// - Returns: false when the lease was lost; then nothing was changed. A second call for what was done already is true.
    func complete(_ lease: JobLease, job: JobRecord, result: JobResult?) async throws -> Bool
    /// Notes that a job failed.
    ///
    /// - Parameter job: its record if it is not tried again.
    /// - Returns: the state afterwards; nil when the lease was lost.
    func fail(_ lease: JobLease, job: JobRecord, as failure: JobFailure) async throws -> JobState?
    /// Gives a job back that was not worked on to its end for no fault of its own.
    func release(_ lease: JobLease) async throws
    /// Lets a job wait until those that name it as their parent are over; then it is given to a worker again.
    ///
    /// - Returns: false when the lease was lost.
    func park(_ lease: JobLease, stages: [StageEntry]) async throws -> Bool
    /// Cancels a job with all that name it as their parent. One that runs is stopped by its worker, soon.
    ///
    /// - Returns: its record now; nil when there is none.
    func cancel(_ id: String, in scope: Scope) async throws -> JobRecord?
    /// Takes a job up again that was given up.
    ///
    /// - Returns: its record now; nil when there is none of those.
    /// - Throws: ``LibraryError`` `conflict` when another works on the same.
    func retry(_ id: String, in scope: Scope) async throws -> JobRecord?
    /// Records with how far they are now. Those that are gone are left out.
    func jobs(_ ids: [(id: String, scope: Scope)]) async throws -> [JobRecord]
    /// Does what nobody else does: takes jobs from workers that are gone, tries again what is due, and lets waiting jobs into the line.
    func tend(_ limits: QueueLimits) async throws -> QueueCare
    /// How many jobs stand where.
    func statistics() async throws -> QueueStatistics
}

/// What a job that went well adds to a library.
public struct JobResult: Sendable {
    public var artifact: DerivedArtifact?
    public var timeline: TimelineRecord?
    public var stages: [StageEntry]

    public init(artifact: DerivedArtifact?, timeline: TimelineRecord?, stages: [StageEntry]) {
        self.artifact = artifact
        self.timeline = timeline
        self.stages = stages
    }
}
