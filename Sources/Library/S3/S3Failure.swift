/// Why S3 did not do what it was asked. Holds no key, no path and no host.
package struct S3Failure: Error, Sendable, Hashable, CustomStringConvertible {
    package enum Reason: Sendable, Hashable {
        /// The server's answer, with S3's code if it said one.
        case status(Int, code: String?)
        /// No answer, or only a part of one.
        case transport(String)
        /// An answer that makes no sense.
        case malformed(String)
        /// The object is no longer the one that was asked for.
        case changed
    }

    package let reason: Reason
    /// How long the server asks to be left alone.
    package var retryAfter: Duration?
    /// Whether it makes sense to ask again.
    package let isTransient: Bool

    package init(status: Int, code: String?, retryAfter: Duration? = nil) {
        let transientCodes = ["InternalError", "SlowDown", "ServiceUnavailable", "RequestTimeout", "OperationAborted"]
        reason = .status(status, code: code)
        self.retryAfter = retryAfter
        isTransient =
            [408, 429, 500, 502, 503, 504].contains(status) || code.map(transientCodes.contains) ?? false
    }

    init(transport text: String, isTransient: Bool = true) {
        reason = .transport(text)
        self.isTransient = isTransient
    }

    init(malformed text: String) {
        reason = .malformed(text)
        isTransient = true
    }

    private init(_ reason: Reason) {
        self.reason = reason
        isTransient = false
    }

    static let changed = S3Failure(.changed)

    package var status: Int? {
        if case .status(let status, _) = reason { status } else { nil }
    }

    package var code: String? {
        if case .status(_, let code) = reason { code } else { nil }
    }

    /// Whether there is no such object. A bucket that is missing is a mistake in the configuration.
    var isMissing: Bool { status == 404 && code != "NoSuchBucket" }

    package var description: String {
        switch reason {
        case .status(let status, let code): "\(status)" + (code.map { " " + $0 } ?? "")
        case .transport(let text): text
        case .malformed(let text): text
        case .changed: "the object changed"
        }
    }
}

extension LibraryError {
    /// What a failure of S3 means here.
    init(_ failure: S3Failure, _ message: String) {
        if failure.isMissing {
            self.init(.blobMissing, "the bytes are not there", underlying: failure.description)
        } else {
            self.init(failure.isTransient ? .unavailable : .inputOutput, message, underlying: failure.description)
        }
    }
}
