package import NIOHTTP1

/// What the headers of an answer tell of an object.
package struct S3Object: Sendable, Hashable {
    /// As it came, with its quotation marks. Changes with the bytes.
    package let etag: String
    /// The size of the whole object.
    package let sizeBytes: Int64
    /// When it was put there, in whole seconds, cut off.
    package let lastModified: Timestamp
    /// How far the server's clock is ahead of ours, in milliseconds, at least.
    let clockLeadMs: Int64

    /// One line that differs whenever the bytes do.
    package var stamp: String { "\(etag):\(sizeBytes)" }

    /// - Parameter size: nil for the answer's own length.
    /// - Throws: ``S3Failure`` when what an object has is missing.
    package init(_ headers: HTTPHeaders, size: Int64? = nil) throws {
        guard let etag = headers.first(name: "etag"), etag.utf8.allSatisfy({ (0x21...0x7E).contains($0) }),
            let size = size ?? headers.first(name: "content-length").flatMap(Int64.init), size >= 0,
            let lastModified = headers.first(name: "last-modified").flatMap(S3Date.http)
        else { throw S3Failure(malformed: "the answer lacks what every object has") }
        self.etag = etag
        self.lastModified = lastModified
        sizeBytes = size
        clockLeadMs = headers.clockLeadMs
    }
}

extension HTTPHeaders {
    /// How far the server's clock is ahead of ours, in milliseconds. Servers cut off fractions of seconds: it may be a
    /// second more. 0 when they do not tell.
    var clockLeadMs: Int64 {
        guard let date = first(name: "date").flatMap(S3Date.http) else { return 0 }
        return date.millisecondsSince1970 - Timestamp.now.millisecondsSince1970
    }
}

extension Timestamp {
    /// Whether what a server dates so happened before a moment of our clock, for certain.
    ///
    /// - Parameter clockLeadMs: how far the server's clock is ahead, at least.
    func isCertainlyBefore(_ moment: Timestamp, clockLeadMs: Int64) -> Bool {
        let (theirs, isFar) = moment.millisecondsSince1970.addingReportingOverflow(clockLeadMs)
        // The server cut off up to a second.
        let (latest, isEndless) = millisecondsSince1970.addingReportingOverflow(1000)
        return !isEndless && latest <= (isFar ? moment.millisecondsSince1970 : theirs)
    }
}
