public import TimelineModel

/// Where a job is in its life; the last three are final.
public enum JobState: String, Sendable, Hashable, Codable, CaseIterable {
    case queued
    case running
    case done
    case failed
    case cancelled

    public var isFinal: Bool { self == .done || self == .failed || self == .cancelled }
}

/// Which jobs are meant; nil and empty fields do not matter.
public struct JobFilter: Sendable, Hashable {
    public var id: String?
    public var tenantID: String?
    public var env: String?
    public var kind: String?
    public var states: Set<JobState> = []

    public init(id: String? = nil, tenantID: String? = nil, env: String? = nil, kind: String? = nil) {
        self.id = id
        self.tenantID = tenantID
        self.env = env
        self.kind = kind
    }
}

/// How far a running job is, stage by stage.
public struct JobWork: Sendable, Hashable, Codable {
    /// Length of the recording, where it is known.
    public var durationSeconds: Double?
    /// How much of the recording each stage has done, 0…1.
    public var stages: [String: Double]
    /// Seconds of the recording that are done in a second.
    public var rate: Double?
    /// Seconds that the rest will take, as far as that can be told.
    public var secondsLeft: Double?

    public init(durationSeconds: Double?, stages: [String: Double], rate: Double?, secondsLeft: Double?) {
        self.durationSeconds = durationSeconds
        self.stages = stages
        self.rate = rate
        self.secondsLeft = secondsLeft
    }

    private enum CodingKeys: String, CodingKey {
        case durationSeconds = "duration_seconds"
        case stages
        case rate
        case secondsLeft = "seconds_left"
    }
}

/// Long work that somebody asked for.
public struct JobRecord: Sendable, Hashable, Codable {
    public var id: String
    public var tenantID: String
    public var env: String
    public var userID: String?
    /// `analyze`.
    public var kind: String
    public var state: JobState
    /// What it is busy with.
    public var stage: String
    /// 0…1; never falls.
    public var progress: Double
    /// While it runs in this process; never stored.
    public var work: JobWork?
    /// What was asked, in the form that starts it again after a restart.
    public var request: JSONValue
    /// On `done`: what the synchronous call would have answered.
    public var result: JSONValue?
    /// On `failed`: `code` and `message`.
    public var error: JSONValue?
    public var createdAt: Timestamp
    public var startedAt: Timestamp?
    public var finishedAt: Timestamp?
    /// How often it was started.
    public var attempts: Int

    public init(
        id: String, scope: Scope, userID: String?, kind: String, request: JSONValue, createdAt: Timestamp
    ) {
        self.id = id
        tenantID = scope.tenantID
        env = scope.env
        self.userID = userID
        self.kind = kind
        state = .queued
        stage = "queued"
        progress = 0
        self.request = request
        self.createdAt = createdAt
        attempts = 0
    }

    public var scope: Scope { Scope(tenantID: tenantID, env: env) }

    private enum CodingKeys: String, CodingKey {
        case id
        case tenantID = "tenant_id"
        case env
        case userID = "user_id"
        case kind
        case state
        case stage
        case progress
        case work
        case request
        case result
        case error
        case createdAt = "created_at"
        case startedAt = "started_at"
        case finishedAt = "finished_at"
        case attempts
    }
}
