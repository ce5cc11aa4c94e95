import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The folders of analyses: `work-PID_…`, so that those of processes that are gone can be told from those in use.
package enum WorkFolders {
    /// A name for a new one.
    package static func name() -> String { "work-\(getpid())_\(UUID().uuidString)" }

    /// Removes the folders of processes that no longer run.
    package static func removeAbandoned(in folder: String) {
        for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] {
            guard name.hasPrefix("work-"), let pid = Int32(name.dropFirst(5).prefix { $0 != "_" }) else { continue }
            if pid != getpid(), kill(pid, 0) == 0 || errno != ESRCH { continue }
            try? FileManager.default.removeItem(atPath: folder + "/" + name)
        }
    }
}
