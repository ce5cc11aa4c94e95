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

/// Where ffmpeg and ffprobe are.
///
/// `CUELINE_FFMPEG` and `CUELINE_FFPROBE` name the programs; without them `PATH` is searched. Looking starts no process.
public struct MediaTools: Sendable, Hashable {
    /// A program that may or may not be there.
    public struct Tool: Sendable, Hashable {
        /// `ffmpeg` or `ffprobe`.
        public let name: String
        /// Where the program is; null when it is missing.
        public let path: String?
        /// Why it is missing.
        public let error: String?
    }

    public let ffmpeg: Tool
    public let ffprobe: Tool
    /// What they are kept from.
    public let confinement: Confinement

    /// Looks for both programs by the variables of this process.
    public init() {
        self.init(environment: ProcessInfo.processInfo.environment)
    }

    /// Looks for both programs.
    ///
    /// - Parameter environment: The variables to go by.
    public init(environment: [String: String]) {
        let confinement = Confinement(environment: environment)
        self.confinement = confinement
        func find(_ name: String, variable: String) -> Tool {
            guard !confinement.isRequired || confinement.launcher != nil else {
                return Tool(
                    name: name, path: nil,
                    error: "\(name) may not run, for \(confinement.reason ?? "it is not confined")")
            }
            return Self.find(name, variable: variable, environment: environment)
        }
        ffmpeg = find("ffmpeg", variable: "CUELINE_FFMPEG")
        ffprobe = find("ffprobe", variable: "CUELINE_FFPROBE")
    }

    /// Whether both programs are there.
    public var areAvailable: Bool { ffmpeg.path != nil && ffprobe.path != nil }

    private static func find(_ name: String, variable: String, environment: [String: String]) -> Tool {
        if let named = environment[variable], !named.isEmpty {
            guard isExecutableFile(named) else {
                return Tool(name: name, path: nil, error: "\(variable) does not name a program")
            }
            return Tool(name: name, path: named, error: nil)
        }
        let folders = environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin"
        for folder in folders.split(separator: ":") where folder.hasPrefix("/") {
            let candidate = "\(folder)/\(name)"
            if isExecutableFile(candidate) {
                return Tool(name: name, path: candidate, error: nil)
            }
        }
        return Tool(name: name, path: nil, error: "\(name) was not found")
    }

    static func isExecutableFile(_ path: String) -> Bool {
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return false }
        return access(path, X_OK) == 0
    }
}
