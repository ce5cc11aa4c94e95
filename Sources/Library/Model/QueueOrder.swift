/// Which of the jobs that wait comes first, whoever asked.
public enum JobPriority: Int, Sendable, Hashable, CaseIterable, Comparable {
    case high
    case normal
    case low

    public static func < (left: JobPriority, right: JobPriority) -> Bool { left.rawValue < right.rawValue }
}

/// A job to be put into a queue.
public struct QueueOrder: Sendable, Hashable {
    public var job: JobRecord
    /// What only one job of a scope works on at a time.
    public var flight: String
    /// What it takes, in any unit that is the same for all; seconds of sound, say. Tenants get equal shares of it.
    public var cost: Double
    public var priority: JobPriority
    /// The job that goes on when all those that name it are over.
    public var parentID: String?
    /// Bytes that the job needs, which are kept for as long as it is in the queue.
    public var blobSHA256: String?

    public init(
        job: JobRecord, flight: String, cost: Double, priority: JobPriority = .normal, parentID: String? = nil,
        blobSHA256: String? = nil
    ) {
        self.job = job
        self.flight = flight
        self.cost = cost
        self.priority = priority
        self.parentID = parentID
        self.blobSHA256 = blobSHA256
    }
}

/// How much a queue takes.
public struct QueueLimits: Sendable, Hashable {
    /// Jobs of one tenant that are not over.
    public var openPerTenant: Int
    /// Jobs of one tenant that may be worked on or stand in line at the same time; the others wait behind, out of the others' way.
    public var admittedPerTenant: Int

    public init(openPerTenant: Int = 100_000, admittedPerTenant: Int = 256) {
        self.openPerTenant = openPerTenant
        self.admittedPerTenant = admittedPerTenant
    }
}

/// The right to work on a job, for as long as it is extended in time. Its token is drawn anew whenever somebody gets the job: what was lost and
/// given to another cannot be mistaken for it.
public struct JobLease: Sendable, Hashable {
    public let scope: Scope
    public let jobID: String
    let shard: Int
    let number: Int64
    let token: String
}

/// A job that a worker got.
public struct ClaimedJob: Sendable {
    public let lease: JobLease
    public let job: JobRecord
    public let priority: JobPriority
    public let parentID: String?
    public let blobSHA256: String?
}

/// What has become of a lease that was to be extended.
public struct LeaseState: Sendable, Hashable {
    /// Whether the job is to be stopped: somebody cancelled it.
    public let isCancelled: Bool
}

/// What becomes of a job that failed.
public enum JobFailure: Sendable, Hashable {
    /// It would fail again.
    case final
    /// It may well do next time: it is tried again later, later each time, up to the queue's limit.
    case passing
}

/// What a queue's caretaker did.
public struct QueueCare: Sendable, Hashable {
    /// Jobs whose worker was not heard of any more.
    public var lapsed = 0
    /// Of those, given up.
    public var dead = 0
    /// Jobs whose time to be tried again has come.
    public var promoted = 0
    /// Jobs that were let into the line.
    public var admitted = 0

    public init() {}
}

/// How a queue stands.
public struct QueueStatistics: Sendable, Hashable {
    /// How many jobs of a tenant there are.
    public struct Tenant: Sendable, Hashable {
        public var tenantID: String
        /// Jobs that stand in line, wait behind, or wait to be tried again.
        public var waiting: Int
        public var running: Int
    }

    /// Those with the most jobs first.
    public var tenants: [Tenant] = []
    public var waiting = 0
    public var running = 0
    /// Jobs that were given up and not removed yet.
    public var dead = 0
    /// Seconds for which the oldest job has been standing in line; 0 for none.
    public var oldestSeconds = 0.0

    public init() {}
}
