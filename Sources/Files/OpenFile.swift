#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// An open file; it is closed with the last reference to it. Everything here blocks.
package final class OpenFile: Sendable {
    package enum Access: Sendable {
        /// Reads a file that exists, and does not wait for one that is a pipe.
        case reading
        /// Makes a file that did not exist.
        case creating
        /// Opens a file for writing, making it when there is none.
        case writing

        fileprivate var flags: Int32 {
            switch self {
            case .reading: O_RDONLY | O_NONBLOCK
            case .creating: O_RDWR | O_CREAT | O_EXCL
            case .writing: O_RDWR | O_CREAT
            }
        }
    }

    /// How others may hold the file's lock meanwhile.
    package enum LockMode: Sendable {
        case shared
        case exclusive
    }

    private let descriptor: Int32

    /// New files are readable and writable for this user only.
    package init(path: String, for access: Access) throws(FileError) {
        guard !path.utf8.contains(0) else { throw FileError("open", number: ENOENT) }
        descriptor = try retrying("open") { open(path, access.flags | O_CLOEXEC, 0o600) }
    }

    deinit {
        _ = close(descriptor)
    }

    package var stamp: FileStamp? { FileStamp(descriptor: descriptor) }

    /// Where the file that is open really lies, on systems that tell: what its name says by now does not matter.
    package var realPath: String? {
        #if os(Linux)
            FileSystem.realPath("/proc/self/fd/\(descriptor)")
        #else
            nil
        #endif
    }

    /// Whether the file still has a name in some folder.
    package var hasName: Bool {
        var status = stat()
        return fstat(descriptor, &status) == 0 && status.st_nlink > 0
    }

    package var isRegularFile: Bool {
        var status = stat()
        return fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    }

    /// Up to `count` bytes from an offset on; fewer only at the end of the file.
    package func read(at offset: Int64, count: Int) throws(FileError) -> [UInt8] {
        var block = [UInt8](repeating: 0, count: max(count, 0))
        let filled = try read(into: &block, at: offset)
        block.removeLast(block.count - filled)
        return block
    }

    /// Fills a block with the bytes from an offset on.
    ///
    /// - Returns: how many there were: fewer than the block holds only at the end of the file.
    package func read(into block: inout [UInt8], at offset: Int64) throws(FileError) -> Int {
        var filled = 0
        while filled < block.count {
            let part = try block.withUnsafeMutableBytes { bytes in
                let rest = UnsafeMutableRawBufferPointer(rebasing: bytes[filled...])
                return Result { () throws(FileError) in
                    try retrying("read") {
                        pread(descriptor, rest.baseAddress, rest.count, off_t(offset) + off_t(filled))
                    }
                }
            }.get()
            if part == 0 { break }
            filled += part
        }
        return filled
    }

    /// Writes all bytes at an offset.
    package func write(_ bytes: [UInt8], at offset: Int64) throws(FileError) {
        var done = 0
        while done < bytes.count {
            done += try bytes.withUnsafeBytes { bytes in
                let rest = UnsafeRawBufferPointer(rebasing: bytes[done...])
                return Result { () throws(FileError) in
                    try retrying("write") {
                        pwrite(descriptor, rest.baseAddress, rest.count, off_t(offset) + off_t(done))
                    }
                }
            }.get()
        }
    }

    /// Waits until the bytes are on the disk, and all that finding them again takes.
    package func synchronize() throws(FileError) {
        _ = try retrying("fsync") { fsync(descriptor) }
    }

    /// Waits until the bytes are on the disk.
    package func synchronizeBytes() throws(FileError) {
        #if os(Linux)
            _ = try retrying("fdatasync") { fdatasync(descriptor) }
        #else
            try synchronize()
        #endif
    }

    /// Makes now the time of the file's last change.
    package func touch() throws(FileError) {
        _ = try retrying("futimens") { futimens(descriptor, nil) }
    }

    /// Takes the file's lock, which goes with the file's closing; others may hold it in this process or in another.
    ///
    /// - Parameter waiting: whether to wait for others to let go.
    /// - Returns: false when others hold it and it was not to be waited for.
    package func lock(_ mode: LockMode, waiting: Bool) throws(FileError) -> Bool {
        let operation = (mode == .shared ? LOCK_SH : LOCK_EX) | (waiting ? 0 : LOCK_NB)
        do {
            _ = try retrying("flock") { flock(descriptor, operation) }
            return true
        } catch {
            guard error.number == EWOULDBLOCK else { throw error }
            return false
        }
    }
}
