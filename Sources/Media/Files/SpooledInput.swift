import Files

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif
#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A stream, such as standard input, kept in a private file for as long as a closure needs it: ffmpeg must seek.
public enum SpooledInput {
    /// Copies a stream to a file that only this user can read, and removes it afterwards, whatever happens.
    ///
    /// - Parameters:
    ///   - descriptor: Where to read; standard input by default. It is not closed.
    ///   - byteLimit: Most bytes that are taken; more is an error.
    ///   - body: Is given the file's path. The file is gone when it returns.
    /// - Throws: `MediaError` (`limitExceeded`; `notMedia` for an empty stream; `inputOutput`, say when the disk is
    ///   full); what `body` throws; `CancellationError`, also while waiting for the stream.
    public static func withSpooledFile<Value>(
        from descriptor: Int32 = 0, byteLimit: Int64 = 64 << 30, _ body: (String) async throws -> Value
    ) async throws -> Value {
        let folder = try await BlockingWork.run { _ in try makePrivateFolder() }
        let path = folder + "/input"
        defer {
            unlink(path)
            rmdir(folder)
        }
        try await BlockingWork.run { isCancelled in
            try copy(from: descriptor, to: path, byteLimit: byteLimit, isCancelled: isCancelled)
        }
        return try await body(path)
    }

    private static func makePrivateFolder() throws -> String {
        let parent = ProcessInfo.processInfo.environment["TMPDIR"].flatMap { $0.isEmpty ? nil : $0 } ?? "/tmp"
        var template = Array("\(parent)/cueline-XXXXXX".utf8CString)
        let made = template.withUnsafeMutableBufferPointer { bytes in bytes.baseAddress.flatMap { mkdtemp($0) } != nil }
        guard made else {
            throw MediaError(
                .inputOutput, "a temporary folder cannot be made", underlying: InputFile.reason(errno))
        }
        return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private static func copy(
        from source: Int32, to path: String, byteLimit: Int64, isCancelled: @Sendable () -> Bool
    ) throws {
        let target = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard target >= 0 else { throw failure("a temporary file cannot be made") }
        defer { close(target) }
        var block = [UInt8](repeating: 0, count: 1 << 18)
        var total: Int64 = 0
        while !isCancelled() {
            // Wake up now and then, so that a silent stream can be cancelled.
            var wait = pollfd(fd: source, events: Int16(POLLIN), revents: 0)
            let ready = poll(&wait, 1, 100)
            if ready == 0 || ready < 0 && errno == EINTR { continue }
            let count = block.withUnsafeMutableBytes { read(source, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR || errno == EAGAIN { continue }
            guard count >= 0 else { throw failure("reading the input failed") }
            if count == 0 { break }
            total += Int64(count)
            guard total <= byteLimit else {
                throw MediaError(.limitExceeded, "the input is larger than the limit")
            }
            try write(block[..<count], to: target)
        }
        guard total > 0 || isCancelled() else { throw MediaError(.notMedia, "the input is empty") }
    }

    private static func write(_ bytes: ArraySlice<UInt8>, to target: Int32) throws {
        var rest = bytes
        while !rest.isEmpty {
            let written = rest.withUnsafeBytes { posixWrite(target, $0.baseAddress, $0.count) }
            if written < 0, errno == EINTR { continue }
            guard written > 0 else { throw failure("writing a temporary file failed") }
            rest = rest.dropFirst(written)
        }
    }

    private static func failure(_ message: String) -> MediaError {
        MediaError(.inputOutput, message, underlying: InputFile.reason(errno))
    }
}

/// `write(2)`, under a name that the method above does not hide.
private let posixWrite: @Sendable (Int32, UnsafeRawPointer?, Int) -> Int = { write($0, $1, $2) }
