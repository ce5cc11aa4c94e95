import AsyncHTTPClient
import NIOCore
import NIOHTTP1

extension S3Client {
    /// Gives the bytes of an object to a closure, a piece at a time: the next piece comes when it has returned. When the
    /// connection breaks, it goes on where it was, if the object is still the same.
    ///
    /// - Parameters:
    ///   - range: nil for all; else not empty. A range beyond the end gives what there is of it: look at the object's size.
    ///   - etag: the object has to have.
    ///   - begin: learns of the object before the first piece.
    /// - Throws: ``S3Failure``; `CancellationError`; what the closures throw.
    @discardableResult
    func download(
        _ key: String, range: Range<Int64>? = nil, etag: String? = nil, begin: (S3Object) throws -> Void = { _ in },
        consume: ([UInt8]) async throws -> Void
    ) async throws -> S3Object {
        var transfer = Transfer(range: range, etag: etag)
        var attempts = S3Attempts(retries)
        while true {
            let before = transfer.position
            do {
                return try await sendOnce(transfer.request(key)) { response in
                    let object = try transfer.open(response)
                    if !transfer.isBegun {
                        transfer.isBegun = true
                        try begin(object)
                    }
                    try await transfer.take(response.body, consume)
                    return object
                }
            } catch let failure as S3Failure {
                if failure.status == 412 { throw S3Failure.changed }
                if transfer.position - before >= 1 << 23 { attempts.succeed() }
                try await attempts.wait(after: failure)
            }
        }
    }

    /// How far a download is.
    private struct Transfer {
        /// The first byte that was not taken yet.
        var position: Int64
        /// Where it ends; nil until it is known.
        private var end: Int64?
        private var etag: String?
        private let isWhole: Bool
        var isBegun = false
        /// So many bytes come before those that were asked for.
        private var excess: Int64 = 0
        /// Whether more bytes come than were asked for.
        private var isLonger = false

        init(range: Range<Int64>?, etag: String?) {
            position = range?.lowerBound ?? 0
            end = range?.upperBound
            self.etag = etag
            isWhole = range == nil
        }

        func request(_ key: String) -> Request {
            var request = Request(method: .GET, key: key)
            if !isWhole || position > 0 {
                request.headers.append(("range", "bytes=\(position)-" + (end.map { String($0 - 1) } ?? "")))
            }
            if let etag { request.headers.append(("if-match", etag)) }
            return request
        }

        /// Looks where the body of an answer begins. Servers may ignore that a range was asked for, and then give all; and
        /// some give the range with the status of all.
        mutating func open(_ response: HTTPClientResponse) throws -> S3Object {
            let length = response.headers.first(name: "content-length").flatMap(Int64.init)
            guard let length, length >= 0 else { throw S3Failure(malformed: "the answer has no length") }
            let object: S3Object
            let first: Int64
            if let text = response.headers.first(name: "content-range") {
                guard let range = Self.contentRange(text), range.last - range.first == length - 1 else {
                    throw S3Failure(malformed: "the answer's range makes no sense")
                }
                object = try S3Object(response.headers, size: range.size)
                first = range.first
            } else {
                guard response.status == .ok else { throw S3Failure(malformed: "the answer has no range") }
                object = try S3Object(response.headers)
                first = 0
            }
            guard etag == nil || etag == object.etag else { throw S3Failure.changed }
            etag = object.etag
            let last = min(end ?? object.sizeBytes, object.sizeBytes)
            guard first <= position, first <= .max - length, first + length >= last else {
                throw S3Failure(malformed: "the answer is another range")
            }
            end = last
            excess = position - first
            isLonger = first + length > max(last, position)
            return object
        }

        mutating func take(_ body: HTTPClientResponse.Body, _ consume: ([UInt8]) async throws -> Void) async throws {
            var pieces = body.makeAsyncIterator()
            while let end, position < end {
                let next: ByteBuffer?
                do {
                    next = try await pieces.next()
                } catch {
                    throw S3Transport.failure(error)
                }
                // A cancelled request may also just end.
                try Task.checkCancellation()
                guard var piece = next else { throw S3Failure(transport: "the answer was cut short") }
                let skipped = min(Int(clamping: excess), piece.readableBytes)
                piece.moveReaderIndex(forwardBy: skipped)
                excess -= Int64(skipped)
                let count = min(Int(clamping: end - position), piece.readableBytes)
                guard count > 0, let bytes = piece.readBytes(length: count) else { continue }
                try await consume(bytes)
                position += Int64(count)
            }
            // A body that was taken to its end leaves a connection that serves again.
            if !isLonger { _ = try? await pieces.next() }
        }

        /// `bytes 0-9/443`
        private static func contentRange(_ text: String) -> (first: Int64, last: Int64, size: Int64)? {
            guard text.hasPrefix("bytes ") else { return nil }
            let numbers = text.dropFirst(6).split(omittingEmptySubsequences: false) { $0 == "-" || $0 == "/" }
            guard numbers.count == 3, let first = Int64(numbers[0]), let last = Int64(numbers[1]),
                let size = Int64(numbers[2]), first >= 0, first <= last, last < size
            else { return nil }
            return (first, last, size)
        }
    }
}
