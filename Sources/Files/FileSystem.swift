#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Names in folders. Everything here blocks.
package enum FileSystem {
    /// Makes a folder for this user only, and those above it that are missing; nothing when it is there.
    package static func makeFolder(_ path: String) throws(FileError) {
        guard !path.isEmpty, !path.utf8.contains(0) else { throw FileError("mkdir", number: ENOENT) }
        if mkdir(path, 0o700) == 0 { return }
        switch errno {
        case EEXIST where isFolder(path): return
        case ENOENT:
            guard let parent = parent(of: path) else { throw FileError("mkdir", number: ENOENT) }
            try makeFolder(parent)
            guard mkdir(path, 0o700) == 0 || errno == EEXIST && isFolder(path) else { throw FileError("mkdir") }
        case EEXIST: throw FileError("mkdir", number: ENOTDIR)
        case let number: throw FileError("mkdir", number: number)
        }
    }

    /// The folder that holds what a path names; nil for a root and for a bare name.
    package static func parent(of path: String) -> String? {
        var rest = path[...]
        while rest.hasSuffix("/"), rest.count > 1 { rest.removeLast() }
        guard let slash = rest.lastIndex(of: "/"), rest != "/" else { return nil }
        return slash == rest.startIndex ? "/" : String(rest[..<slash])
    }

    package static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// Waits until the names in a folder are on the disk.
    package static func synchronizeFolder(_ path: String) throws(FileError) {
        do {
            try OpenFile(path: path, for: .reading).synchronize()
        } catch {
            // Some file systems cannot, and need not.
            guard error.number == EINVAL else { throw error }
        }
    }

    /// Gives a file another name on the same file system, in one step, in place of what had that name.
    package static func rename(_ path: String, to other: String) throws(FileError) {
        _ = try retrying("rename") { renameat(AT_FDCWD, path, AT_FDCWD, other) }
    }

    /// Removes a file's name.
    ///
    /// - Returns: false when there was none.
    @discardableResult
    package static func remove(_ path: String) throws(FileError) -> Bool {
        do {
            _ = try retrying("unlink") { unlink(path) }
            return true
        } catch {
            guard error.isMissing else { throw error }
            return false
        }
    }

    /// The names in a folder, in no order; none when there is no such folder.
    package static func names(in folder: String) throws(FileError) -> [String] {
        guard let stream = opendir(folder) else {
            let error = FileError("opendir")
            if error.isMissing { return [] }
            throw error
        }
        defer { closedir(stream) }
        var names: [String] = []
        while true {
            errno = 0
            guard let entry = readdir(stream) else {
                guard errno == 0 else { throw FileError("readdir") }
                return names
            }
            guard let offset = MemoryLayout<dirent>.offset(of: \.d_name) else { continue }
            let bytes = (UnsafeRawPointer(entry) + offset).assumingMemoryBound(to: CChar.self)
            guard let name = String(validatingCString: bytes), name != ".", name != ".." else { continue }
            names.append(name)
        }
    }

    /// A path that does not depend on the working folder, without symbolic links; nil when nothing is there.
    package static func realPath(_ path: String) -> String? {
        guard !path.utf8.contains(0), let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return String(cString: resolved)
    }
}
