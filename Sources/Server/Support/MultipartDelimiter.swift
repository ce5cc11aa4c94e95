#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// What stands before each part of a form and after the last one: CRLF, two hyphens and the boundary.
///
/// No boundary has a CR (``MultipartReader`` sees to that), hence no two places where a delimiter may begin overlap.
struct MultipartDelimiter: Sendable {
    /// What a line is that begins with the boundary.
    enum Line: Sendable, Hashable {
        /// More bytes are needed to tell.
        case undecided
        case delimiter
        case closing
        case data
    }

    /// Most blanks between a boundary and the end of its line.
    static let maximumPadding = 64

    /// The delimiter's bytes; never empty.
    let bytes: [UInt8]

    init(boundary: String) {
        bytes = Array("\r\n--".utf8) + boundary.utf8
    }

    /// Finds the first place where the delimiter stands, or where the buffer ends before that can be told.
    ///
    /// - Returns: How many bytes of data come before it, and how many bytes of the delimiter stand there; 0 when all is
    ///   data.
    func search(_ buffer: UnsafeRawBufferPointer) -> (data: Int, matched: Int) {
        bytes.withUnsafeBytes { delimiter in
            guard let start = buffer.baseAddress, let pattern = delimiter.baseAddress else { return (buffer.count, 0) }
            var position = 0
            while position < buffer.count, let hit = memchr(start + position, 0x0D, buffer.count - position) {
                position = start.distance(to: UnsafeRawPointer(hit))
                let length = min(buffer.count - position, delimiter.count)
                if memcmp(hit, pattern, length) == 0, Self.line(buffer[(position + length)...]) != .data {
                    return (position, length)
                }
                position += 1
            }
            return (buffer.count, 0)
        }
    }

    /// Tells what a line is, by the bytes after the boundary. The last byte that is looked at decides.
    static func line(_ bytes: some Sequence<UInt8>) -> Line {
        var last: UInt8?
        var count = 0
        for byte in bytes {
            let mayEnd = last?.isBlank ?? true
            switch byte {
            case 0x0A where last == 0x0D: return .delimiter
            case UInt8(ascii: "-") where last == byte: return .closing
            case UInt8(ascii: "-") where last == nil, 0x0D where mayEnd: break
            case 0x20 where mayEnd, 0x09 where mayEnd:
                guard count < maximumPadding else { return .data }
            default: return .data
            }
            last = byte
            count += 1
        }
        return .undecided
    }
}
