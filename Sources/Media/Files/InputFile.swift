import Files

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A regular file that is about to be read.
struct InputFile: Sendable, Hashable {
    let path: String
    /// Which file it was, and when it last changed.
    let stamp: FileStamp

    var sizeBytes: Int64 { stamp.size }

    /// Checks that a path names a readable regular file, or a symbolic link to one.
    ///
    /// Pipes and devices are refused: they may never end, or may change what they give on the second reading.
    init(path: String) throws(MediaError) {
        let name = Self.lastComponent(of: path)
        guard !path.isEmpty, !path.utf8.contains(0) else {
            throw MediaError(.noSuchFile, "there is no file of that name")
        }
        var status = stat()
        guard stat(path, &status) == 0 else {
            let number = errno
            if number == ENOENT || number == ENOTDIR || number == ENAMETOOLONG {
                throw MediaError(.noSuchFile, "there is no file \(name)", underlying: Self.reason(number))
            }
            throw MediaError(.notReadable, "\(name) cannot be read", underlying: Self.reason(number))
        }
        let kind = status.st_mode & S_IFMT
        if kind == S_IFDIR {
            throw MediaError(.isDirectory, "\(name) is a folder")
        }
        guard kind == S_IFREG else {
            throw MediaError(.notRegularFile, "\(name) is not a regular file")
        }
        guard access(path, R_OK) == 0 else {
            throw MediaError(.notReadable, "\(name) may not be read", underlying: Self.reason(errno))
        }
        guard status.st_size > 0 else {
            throw MediaError(.notMedia, "\(name) is empty")
        }
        self.path = path
        stamp = FileStamp(status)
    }

    /// The file's name without its folders, in quotes, control characters replaced.
    var name: String { Self.lastComponent(of: path) }

    /// The path as ffmpeg must be given it: never an option, a protocol or a pattern.
    var argument: String { "file:" + path }

    var changed: MediaError { MediaError(.changed, "\(name) changed while it was read") }

    private static func lastComponent(of path: String) -> String {
        let last = path.split(separator: "/").last ?? "/"
        let printable = last.unicodeScalars.map { scalar in
            scalar.value < 0x20 || scalar.value == 0x7F ? "\u{FFFD}" : String(scalar)
        }
        return "'\(printable.joined())'"
    }

    static func reason(_ number: Int32) -> String {
        String(cString: strerror(number))
    }
}
