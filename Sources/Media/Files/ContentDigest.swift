import Crypto
package import Files

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// SHA-256 of files (FIPS 180-4).
public enum ContentDigest {
    /// Hashes a file in blocks of 1 MiB, off the cooperative pool.
    ///
    /// - Returns: 64 lower-case hexadecimal digits.
    /// - Throws: `MediaError` (`noSuchFile`, `notReadable`, `isDirectory`, `notRegularFile`, `notMedia` for an empty
    ///   file, `inputOutput`); `CancellationError`.
    public static func sha256(ofFileAt path: String) async throws -> String {
        try await content(ofFileAt: path).sha256
    }

    /// The digest of a file, with the stamp of the file that was read.
    ///
    /// - Throws: as ``sha256(ofFileAt:)``; `MediaError` `changed` when it was written to meanwhile.
    package static func content(ofFileAt path: String) async throws -> (sha256: String, stamp: FileStamp) {
        let file = try InputFile(path: path)
        return try await BlockingWork.run { isCancelled in
            let descriptor = open(file.path, O_RDONLY | O_CLOEXEC)
            guard descriptor >= 0 else {
                throw MediaError(.notReadable, "\(file.name) cannot be read", underlying: InputFile.reason(errno))
            }
            defer { close(descriptor) }
            var hash = SHA256()
            var block = [UInt8](repeating: 0, count: 1 << 20)
            while !isCancelled() {
                let count = block.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
                if count < 0, errno == EINTR { continue }
                guard count >= 0 else {
                    throw MediaError(
                        .inputOutput, "reading \(file.name) failed", underlying: InputFile.reason(errno))
                }
                if count == 0 { break }
                block.withUnsafeBytes { hash.update(bufferPointer: UnsafeRawBufferPointer(rebasing: $0[..<count])) }
            }
            guard FileStamp(descriptor: descriptor) == file.stamp else { throw file.changed }
            return (hexadecimal(hash.finalize()), file.stamp)
        }
    }
}
