import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A recording that a command line named, by itself or by its folder.
struct InputFile: Hashable, Sendable {
    /// Where it lies; `-` is standard input.
    var path: String
    /// Its place below the folder that was named, or its last component: what its results are called by.
    var name: String

    init(_ path: String, name: String? = nil) {
        self.path = path
        self.name = name ?? (path == "-" ? "stdin" : Self.lastComponent(path))
    }

    /// The last component of the path, as it may be shown.
    var shownName: String { path == "-" ? "standard input" : Self.lastComponent(path) }

    private static func lastComponent(_ path: String) -> String {
        path.split(separator: "/").last.map(String.init) ?? path
    }
}

/// What a command line names: files, folders with recordings, and patterns that no shell expanded.
enum InputFiles {
    /// Endings that files with sound have. Others are heard when they are named themselves.
    private static let endings: Set = [
        "3g2", "3gp", "aac", "ac3", "aif", "aifc", "aiff", "amr", "ape", "au", "avi", "caf", "dts", "eac3", "flac",
        "flv",
        "m2ts", "m4a", "m4b", "m4v", "mka", "mkv", "mov", "mp2", "mp3", "mp4", "mpeg", "mpg", "mts", "mxf", "oga",
        "ogg",
        "ogv", "opus", "rf64", "tta", "w64", "wav", "webm", "wma", "wmv", "wv",
    ]

    /// The recordings behind arguments, each once, in the order of the arguments; those of a folder and of a pattern by name.
    ///
    /// A folder stands for the recordings in it and in the folders below, hidden ones left out. A pattern (`*`, `?`, `[a-z]`) counts
    /// where no file has that name.
    ///
    /// - Throws: ``CommandError`` `noInput` for a folder without recordings and a pattern that nothing matches.
    static func expand(_ arguments: [String]) throws -> [InputFile] {
        var seen: Set<String> = []
        return try arguments.flatMap { try recordings(behind: $0) }.filter { seen.insert($0.path).inserted }
    }

    private static func recordings(behind argument: String) throws -> [InputFile] {
        if argument == "-" { return [InputFile("-")] }
        if OutputFile.isDirectory(argument) { return try recordings(in: argument) }
        guard argument.contains(where: { "*?[".contains($0) }), !FileManager.default.fileExists(atPath: argument) else {
            return [InputFile(argument)]
        }
        let matches = matches(of: argument)
        if matches.isEmpty {
            throw CommandError(status: .noInput, message: "nothing is called '\(shown(argument))'")
        }
        // A folder that matches may hold none.
        return matches.flatMap { match in
            OutputFile.isDirectory(match) ? (try? recordings(in: match)) ?? [] : [InputFile(match)]
        }
    }

    private static func recordings(in folder: String) throws -> [InputFile] {
        var root = folder
        while root.count > 1, root.hasSuffix("/") { root.removeLast() }
        // The walk does not follow links, but what was named may be one.
        let url = URL(filePath: root, directoryHint: .isDirectory).resolvingSymlinksInPath()
        let keys: [URLResourceKey] = [.isRegularFileKey]
        guard
            let walk = FileManager.default.enumerator(
                at: url, includingPropertiesForKeys: keys, options: [.skipsHiddenFiles])
        else { throw CommandError(status: .noInput, message: "'\(shown(root))' cannot be read") }
        var names: [String] = []
        let whole = url.standardizedFileURL.path
        let prefix = whole.hasSuffix("/") ? whole : whole + "/"
        for case let file as URL in walk where endings.contains(file.pathExtension.lowercased()) {
            guard (try? file.resourceValues(forKeys: Set(keys)))?.isRegularFile == true else { continue }
            let path = file.standardizedFileURL.path
            if path.hasPrefix(prefix) { names.append(String(path.dropFirst(prefix.count))) }
        }
        if names.isEmpty {
            throw CommandError(status: .noInput, message: "there are no recordings in '\(shown(root))'")
        }
        let folder = root.hasSuffix("/") ? root : root + "/"
        return names.sorted().map { InputFile(folder + $0, name: $0) }
    }

    private static func matches(of pattern: String) -> [String] {
        var found = glob_t()
        defer { globfree(&found) }
        guard glob(pattern, 0, nil, &found) == 0 else { return [] }
        return (0..<Int(found.gl_pathc)).compactMap { found.gl_pathv[$0].map { String(cString: $0) } }
    }

    private static func shown(_ path: String) -> String { InputFile(path).shownName }
}
