/// How often a request is made again that failed for no lasting reason.
///
/// Pauses grow twofold, and the upper half of each is drawn ("equal jitter", AWS Architecture Blog, "Exponential Backoff and
/// Jitter"): many clients that failed together do not come back together, and none gives up within a short outage.
package struct S3Retries: Sendable {
    /// How often a request is made in all.
    package var tries = 8
    /// A try that would begin later than so long after the first is not made.
    package var budget: Duration = .seconds(30)
    /// The longest first pause.
    package var firstPause: Duration = .milliseconds(200)
    /// The longest pause of all.
    package var longestPause: Duration = .seconds(5)
    /// How long a connection may take, and the server to send something.
    package var connectTimeout: Duration = .seconds(5)
    package var readTimeout: Duration = .seconds(30)

    package init() {}
}

/// Counts the tries of one request.
struct S3Attempts {
    private let retries: S3Retries
    private var begin = ContinuousClock.now
    private(set) var failed = 0

    init(_ retries: S3Retries) {
        self.retries = retries
    }

    /// Waits until the next try.
    ///
    /// - Throws: the failure, when there is to be none; `CancellationError` at once.
    mutating func wait(after failure: S3Failure) async throws {
        failed += 1
        guard failure.isTransient, failed < retries.tries else { throw failure }
        var limit = retries.firstPause
        for _ in 1..<failed where limit < retries.longestPause { limit *= 2 }
        var pause = min(limit, retries.longestPause) * Double.random(in: 0.5...1)
        if let asked = failure.retryAfter { pause = max(pause, asked) }
        guard ContinuousClock.now + pause < begin + retries.budget else { throw failure }
        try await Task.sleep(for: pause)
    }

    /// What came after a failure counts anew: a long transfer is not given up for what befell its parts.
    mutating func succeed() {
        failed = 0
        begin = .now
    }
}
