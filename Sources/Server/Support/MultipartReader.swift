package import NIOCore

/// Reads `multipart/form-data` (RFC 7578; RFC 2046, section 5.1) from a stream of buffers while it arrives.
///
/// No more is held than one buffer of the stream, the headers of one part and a delimiter. Chunks share the memory of
/// the buffers that they come from.
///
///     let boundary = try MultipartReader<RequestBody>.boundary(of: contentType)
///     var reader = MultipartReader(request.body, boundary: boundary)
///     while let part = try await reader.nextPart() {
///         while let chunk = try await reader.nextChunk() {
///             …
///         }
///     }
///
/// A line is a delimiter when it is two hyphens and the boundary, perhaps with blanks after it; a line that begins with
/// the closing delimiter closes the form, whatever follows. Anything else that looks like one is data. What comes
/// before the first delimiter is skipped, what comes after the closing one is left unread.
package struct MultipartReader<Base: AsyncSequence> where Base.Element == ByteBuffer {
    private enum State {
        case preamble
        case headers
        case data
        case closed
        case failed(any Error)
    }

    private var iterator: Base.AsyncIterator
    /// What is not yet read of the buffer that came last.
    private var buffer = ByteBuffer()
    private var state = State.preamble
    private var partCount = 0
    private let delimiter: MultipartDelimiter
    /// Bytes of the delimiter that were read, and that are data unless the others follow.
    private var matched = 2
    /// How many of these are the CRLF of the line before, and no data in either case. A delimiter may stand at the very
    /// start of the body and of a part.
    private var matchedBefore = 2
    /// What was read after a whole delimiter, likewise.
    private var trailer: [UInt8] = []

    /// Reads the form in a body.
    ///
    /// - Parameter boundary: as ``boundary(of:)`` gives it.
    package init(_ base: Base, boundary: String) {
        iterator = base.makeAsyncIterator()
        delimiter = MultipartDelimiter(boundary: boundary)
    }

    /// Goes to the next part, past what is unread of the present one.
    ///
    /// - Returns: What its headers say; nil after the last part.
    /// - Throws: ``MultipartError``, and what the body throws; after that every call throws the same.
    package mutating func nextPart() async throws -> MultipartPart? {
        while true {
            switch state {
            case .preamble, .data:
                while try await nextPiece() != nil {}
            case .headers:
                partCount += 1
                guard partCount <= MultipartLimits.parts else {
                    throw fail(MultipartError(.tooManyParts, "the form has more than \(MultipartLimits.parts) parts"))
                }
                let block = try await readHeaderBlock()
                do {
                    let part = try MultipartPart(headerBlock: block)
                    (state, matched, matchedBefore) = (.data, 2, 2)
                    return part
                } catch {
                    throw fail(error)
                }
            case .closed: return nil
            case .failed(let error): throw error
            }
        }
    }

    /// The next bytes of the present part, at least one; nil at its end, and while there is no part.
    ///
    /// - Throws: as ``nextPart()``.
    package mutating func nextChunk() async throws -> ByteBuffer? {
        switch state {
        case .data: try await nextPiece()
        case .preamble, .headers, .closed: nil
        case .failed(let error): throw error
        }
    }

    /// What is unread of the present part, in one piece.
    ///
    /// - Parameter limit: Most bytes of it.
    /// - Throws: as ``nextPart()``, and ``MultipartError`` `fieldTooLong`, after which the next part may be read.
    package mutating func collect(upTo limit: Int) async throws -> ByteBuffer {
        var collected = ByteBuffer()
        while var chunk = try await nextChunk() {
            guard chunk.readableBytes <= limit - collected.readableBytes else {
                throw MultipartError(.fieldTooLong, "a field of the form is longer than \(limit) bytes")
            }
            if collected.readableBytes == 0 { collected = chunk } else { collected.writeBuffer(&chunk) }
        }
        return collected
    }
}

extension MultipartReader {
    /// The boundary that a content type names.
    ///
    /// - Throws: ``MultipartError`` `malformed` unless it is `multipart/form-data` with a boundary of 1 to 70 printable
    ///   ASCII characters, the last of which is no space.
    package static func boundary(of contentType: String) throws -> String {
        guard let header = HeaderParameters(contentType.utf8), header.value == "multipart/form-data" else {
            throw MultipartError(.malformed, "the content type is not multipart/form-data")
        }
        guard let boundary = header["boundary"], (1...70).contains(boundary.utf8.count), boundary.last != " ",
            boundary.utf8.allSatisfy({ (0x20...0x7E).contains($0) })
        else { throw MultipartError(.malformed, "the content type names no usable boundary") }
        return boundary
    }
}

extension MultipartReader {
    /// The next bytes before a delimiter; nil when a delimiter was read instead, which leads to the next state.
    private mutating func nextPiece() async throws -> ByteBuffer? {
        while true {
            if buffer.readableBytes == 0 { try await refill() }
            if matched == 0 {
                let found = buffer.withUnsafeReadableBytes { delimiter.search($0) }
                let piece = buffer.readSlice(length: found.data)
                buffer.moveReaderIndex(forwardBy: found.matched)
                matched = found.matched
                if let piece, piece.readableBytes > 0 { return piece }
                continue
            }
            switch readCandidate() {
            case .undecided: continue
            case .delimiter:
                dropCandidate()
                state = .headers
                return nil
            case .closing:
                dropCandidate()
                state = .closed
                return nil
            case .data:
                let piece = ByteBuffer(bytes: delimiter.bytes[matchedBefore..<matched] + trailer)
                dropCandidate()
                if piece.readableBytes > 0 { return piece }
            }
        }
    }

    /// Reads on where the bytes so far may be a delimiter. Of data, the first byte that does not fit is not yet taken.
    private mutating func readCandidate() -> MultipartDelimiter.Line {
        while let byte = buffer.getInteger(at: buffer.readerIndex, as: UInt8.self) {
            if matched < delimiter.bytes.count {
                guard byte == delimiter.bytes[matched] else { return .data }
                matched += 1
                buffer.moveReaderIndex(forwardBy: 1)
                continue
            }
            let line = MultipartDelimiter.line(trailer + CollectionOfOne(byte))
            guard line != .data else { return .data }
            buffer.moveReaderIndex(forwardBy: 1)
            guard line == .undecided else { return line }
            trailer.append(byte)
        }
        return .undecided
    }

    private mutating func dropCandidate() {
        matched = 0
        matchedBefore = 0
        trailer.removeAll(keepingCapacity: true)
    }

    /// The lines up to the empty one, their ends included.
    private mutating func readHeaderBlock() async throws -> [UInt8] {
        let (empty, end) = (Array("\r\n".utf8), Array("\r\n\r\n".utf8))
        var block: [UInt8] = []
        while true {
            if buffer.readableBytes == 0 { try await refill() }
            while let byte = buffer.readInteger(as: UInt8.self) {
                guard block.count < MultipartLimits.headerBytes else {
                    throw fail(MultipartError(.headersTooLong, "the headers of a part are too long"))
                }
                block.append(byte)
                if byte == 0x0A, block == empty || block.suffix(4) == end[...] { return block }
            }
        }
    }

    /// Waits for bytes to read.
    private mutating func refill() async throws {
        while buffer.readableBytes == 0 {
            buffer = ByteBuffer()
            do {
                guard let next = try await iterator.next(isolation: #isolation) else {
                    throw MultipartError(.incomplete, "the form ends before its closing boundary")
                }
                buffer = next
            } catch {
                throw fail(error)
            }
        }
    }

    private mutating func fail(_ error: any Error) -> any Error {
        state = .failed(error)
        return error
    }
}

/// What ``MultipartReader`` takes at most.
private enum MultipartLimits {
    static let parts = 64
    /// Bytes of one part's headers.
    static let headerBytes = 16 << 10
}
