import NIOCore
import Server

extension FuzzRegistry {
    /// Forms, headers and tokens of requests.
    static let serverTargets: [FuzzTarget] = [
        // The first line is the content type, the second tells how long the buffers are.
        FuzzTarget(
            "multipart", tokens: ["\r\n--b", "--\r\n", "Content-Disposition: form-data; name=\"file\"", "boundary="]
        ) {
            bytes in
            let (head, rest) = firstLine(of: bytes)
            let (sizes, body) = firstLine(of: rest)
            guard let boundary = try? MultipartReader<Buffers>.boundary(of: head) else { return false }
            let whole = try blocking { await read(body, boundary, [body.count]) }
            let isTaken = whole.last == "closed"
            let pieces = try blocking { await read(body, boundary, sizes.utf8.map { Int($0 & 31) + 1 }) }
            try promise(whole == pieces, "a form in pieces is another one: \(whole) \(pieces)")
            return isTaken
        },
        FuzzTarget("header", tokens: ["form-data", "; name=\"", "filename=", "\\\"", "boundary=a"]) { bytes in
            guard let header = HeaderParameters(bytes) else { return false }
            try promise(!header.value.isEmpty, "a header of nothing")
            _ = [header["name"], header["filename"], header["boundary"]]
            return true
        },
        .text("byte-range", tokens: ["bytes=", "0-499", "-500", "9223372036854775807"]) { text in
            var isTaken = false
            for length in [0, 1, 1000, Int64.max] {
                guard case .part(let range) = ByteRange.parse(text, length: length) else { continue }
                try promise(
                    !range.isEmpty && range.lowerBound >= 0 && range.upperBound <= length,
                    "\(text) of \(length): \(range)")
                isTaken = true
            }
            return isTaken
        },
        .text("bearer-token", tokens: ["Bearer ", "eyJhbGciOiJIUzI1NiJ9", ".", "eyJhbGciOiJub25lIn0"]) { text in
            let claims = try? blocking { try await authenticator.value.claims(authorization: text) }
            try promise(claims == nil, "an unsigned token was believed")
            return true
        },
    ]

    private static let authenticator = Task { try await Authenticator(key: String(repeating: "k", count: 41)) }

    /// What a form holds: the headers and bytes of each part, and how it ended.
    private static func read(_ body: [UInt8], _ boundary: String, _ sizes: [Int]) async -> [String] {
        var found: [String] = []
        var reader = MultipartReader(Buffers(bytes: body, sizes: sizes.isEmpty ? [1] : sizes), boundary: boundary)
        do {
            while let part = try await reader.nextPart() {
                found.append("\(part)")
                if found.count % 4 == 1 { continue }
                found.append("\(Array(try await reader.collect(upTo: 1 << 16).readableBytesView))")
            }
            found.append("closed")
        } catch {
            found.append("\(error)")
        }
        return found
    }
}

/// Bytes in buffers of these sizes, again and again.
private struct Buffers: AsyncSequence, Sendable {
    var bytes: [UInt8]
    var sizes: [Int]

    struct AsyncIterator: AsyncIteratorProtocol {
        var rest: ArraySlice<UInt8>
        let sizes: [Int]
        var number = 0

        mutating func next() async -> ByteBuffer? { take() }

        mutating func next(isolation actor: isolated (any Actor)?) async throws(Never) -> ByteBuffer? { take() }

        private mutating func take() -> ByteBuffer? {
            guard !rest.isEmpty else { return nil }
            let piece = rest.prefix(Swift.max(sizes[number % sizes.count], 1))
            number += 1
            rest = rest.dropFirst(piece.count)
            return ByteBuffer(bytes: piece)
        }
    }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(rest: bytes[...], sizes: sizes) }
}
