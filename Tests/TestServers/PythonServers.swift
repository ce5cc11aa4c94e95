import Foundation

/// The Python environment that `scripts/bootstrap --with servers` makes, in the cache.
enum PythonServers {
    /// The path of one of its programs.
    static func program(_ name: String) throws -> String {
        let environment = ProcessInfo.processInfo.environment
        let requirements = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "requirements.txt")
        let variable = { (name: String) in environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        let cache =
            variable("CUELINE_CACHE") ?? (variable("XDG_CACHE_HOME") ?? (variable("HOME") ?? "") + "/.cache")
            + "/cueline"
        let servers = cache + "/servers"
        let wanted = FileManager.default.contents(atPath: requirements.path)
        for folder in (try? FileManager.default.contentsOfDirectory(atPath: servers)) ?? [] {
            let path = servers + "/" + folder
            let program = path + "/bin/" + name
            if let wanted, FileManager.default.contents(atPath: path + "/.installed") == wanted,
                FileManager.default.isExecutableFile(atPath: program)
            {
                return program
            }
        }
        throw LocalServer.Failure(description: "\(name) is not installed: run scripts/bootstrap --with servers")
    }
}
