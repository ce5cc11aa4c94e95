#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A call of the operating system that failed. Holds no path.
package struct FileError: Error, Sendable, Hashable, CustomStringConvertible {
    /// Name of the call: `open`.
    package let call: String
    /// `errno` after the call.
    package let number: Int32

    package init(_ call: String, number: Int32 = errno) {
        self.call = call
        self.number = number
    }

    /// Whether there is nothing of the name that was given.
    package var isMissing: Bool { number == ENOENT || number == ENOTDIR }

    /// Whether the disk, or what this user may have of it, is full.
    package var isFull: Bool { number == ENOSPC || number == EDQUOT }

    /// `write: No space left on device`.
    package var description: String { "\(call): \(String(cString: strerror(number)))" }
}

/// Makes a call that answers -1 on failure, again for as long as signals interrupt it.
///
/// - Returns: what the call answered, never negative.
func retrying<Answer: SignedInteger>(_ name: String, _ call: () -> Answer) throws(FileError) -> Answer {
    while true {
        let answer = call()
        if answer >= 0 { return answer }
        let number = errno
        guard number == EINTR else { throw FileError(name, number: number) }
    }
}
