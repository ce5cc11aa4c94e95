#if canImport(Glibc)
    package import Glibc
#elseif canImport(Musl)
    package import Musl
#elseif canImport(Darwin)
    package import Darwin
#endif

/// What changes when a file's bytes do: as long as its stamp is the same, a file need not be read again.
package struct FileStamp: Hashable, Sendable {
    package let device: UInt64
    package let inode: UInt64
    /// In bytes.
    package let size: Int64
    /// When its bytes last changed, in nanoseconds since 1970.
    package let modifiedNs: Int64
    /// When its bytes or its attributes last changed, in nanoseconds since 1970; nobody can set it.
    package let changedNs: Int64

    /// The stamp of what a path leads to, through symbolic links; nil when that cannot be told.
    package init?(path: String) {
        var status = stat()
        guard !path.utf8.contains(0), stat(path, &status) == 0 else { return nil }
        self.init(status)
    }

    /// The stamp of an open file.
    package init?(descriptor: Int32) {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return nil }
        self.init(status)
    }

    package init(device: UInt64, inode: UInt64, size: Int64, modifiedNs: Int64, changedNs: Int64) {
        self.device = device
        self.inode = inode
        self.size = size
        self.modifiedNs = modifiedNs
        self.changedNs = changedNs
    }

    /// The stamp in what stat(2) told.
    package init(_ status: stat) {
        device = UInt64(truncatingIfNeeded: status.st_dev)
        inode = UInt64(truncatingIfNeeded: status.st_ino)
        size = Int64(status.st_size)
        #if canImport(Darwin)
            modifiedNs = Self.nanoseconds(status.st_mtimespec)
            changedNs = Self.nanoseconds(status.st_ctimespec)
        #else
            modifiedNs = Self.nanoseconds(status.st_mtim)
            changedNs = Self.nanoseconds(status.st_ctim)
        #endif
    }

    /// Wraps round in the year 2262, as it may: stamps are only compared.
    private static func nanoseconds(_ time: timespec) -> Int64 {
        Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
    }

    /// One line that differs whenever the stamp does.
    package var text: String { "\(device):\(inode):\(size):\(modifiedNs):\(changedNs)" }
}
