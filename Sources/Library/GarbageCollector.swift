/// Removes blobs that nothing refers to, and jobs that ended long ago.
///
/// It may run while others write. Whoever stores something publishes the blob first and inserts the row that names it
/// then; in between, the blob looks like garbage. Hence the grace period: a blob is left alone until its last
/// publication lies further back than any writer takes from publishing to inserting. That covers bytes that were there
/// before, too, since publishing them again starts their period anew; and should they be published while the collector
/// has already found that no row names them, then the store sees that they are new and keeps them.
public struct GarbageCollector: Sendable {
    /// What a collection did.
    public struct Report: Sendable, Hashable, Codable {
        public var removedBlobs = 0
        /// Blobs past the grace period that are in use, or were published again meanwhile.
        public var keptBlobs = 0
        public var removedJobs = 0

        public init() {}

        private enum CodingKeys: String, CodingKey {
            case removedBlobs = "removed_blobs"
            case keptBlobs = "kept_blobs"
            case removedJobs = "removed_jobs"
        }
    }

    private static let portion = 500
    private static let damaged = LibraryError(
        .rowDamaged, "the library's database is damaged, so nothing is removed; `cueline doctor --library` says more")

    private let blobs: any BlobStore
    private let references: any BlobReferences
    private let jobs: (any JobStore)?

    /// How long jobs that ended are kept.
    public var jobRetention: Duration = .seconds(7 * 24 * 3600)

    /// - Parameters:
    ///   - references: knows all rows that may name one of the blobs.
    ///   - jobs: nil to leave jobs alone.
    public init(blobs: any BlobStore, references: any BlobReferences, jobs: (any JobStore)?) {
        self.blobs = blobs
        self.references = references
        self.jobs = jobs
    }

    /// Collects once.
    ///
    /// - Parameter grace: how long a blob is safe after its publication; hours rather than minutes.
    /// - Throws: ``LibraryError``, `rowDamaged` before anything is removed from a library whose rows cannot be trusted;
    ///   `CancellationError`. What was removed until then stays removed.
    public func collect(grace: Duration, now: Timestamp = .now) async throws -> Report {
        var report = Report()
        let moment = now.earlier(by: grace)
        if let jobs { report.removedJobs = try await jobs.removeJobs(finishedBefore: now.earlier(by: jobRetention)) }
        var isKnownToBeWhole = false
        for (scope, digests) in try await blobs.blobs(publishedBefore: moment) {
            var rest = digests[...]
            while !rest.isEmpty {
                let portion = Array(rest.prefix(Self.portion))
                rest = rest.dropFirst(Self.portion)
                let used = try await references.referenced(portion, in: scope)
                if used.count < portion.count, !isKnownToBeWhole {
                    guard try await references.isWhole() else { throw Self.damaged }
                    isKnownToBeWhole = true
                }
                for digest in portion {
                    let isRemoved =
                        if used.contains(digest) {
                            false
                        } else {
                            try await blobs.remove(digest, in: scope, publishedBefore: moment)
                        }
                    if isRemoved { report.removedBlobs += 1 } else { report.keptBlobs += 1 }
                }
            }
        }
        return report
    }
}

extension Timestamp {
    /// The moment that lies so long before; the earliest there is when that is too long. Negative durations count as 0.
    fileprivate func earlier(by duration: Duration) -> Timestamp {
        let (seconds, attoseconds) = max(duration, .zero).components
        let (whole, isTooLong) = seconds.multipliedReportingOverflow(by: 1000)
        let (sum, isTooLongStill) = whole.addingReportingOverflow(attoseconds / 1_000_000_000_000_000)
        let (result, isTooEarly) = millisecondsSince1970.subtractingReportingOverflow(sum)
        return Timestamp(millisecondsSince1970: isTooLong || isTooLongStill || isTooEarly ? .min : result)
    }
}
