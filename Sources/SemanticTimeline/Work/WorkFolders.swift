import Analysis
import Crypto
import Files
import Foundation
import Library
import TimelineModel

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

    private static let checkpointPrefix = "checkpoint-"
    /// Milliseconds for which an analysis that was killed may be taken up again.
    private static let checkpointAge: Int64 = 3 * 86_400_000

    /// The folder of a request's checkpoints: the same one whenever the same is to be heard for the same tenant and env.
    static func checkpointName(_ prepared: PreparedRequest) -> String {
        var fields = IdentityFields()
        fields.append("tenant", prepared.request.tenantID)
        fields.append("env", prepared.request.env)
        for (stage, key) in prepared.stageKeys.keys.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            fields.append(stage.rawValue, key)
        }
        return checkpointPrefix + hexadecimal(SHA256.hash(data: fields.bytes))
    }

    /// Removes a checkpoint, unless another analysis uses it.
    static func removeCheckpoint(_ folder: String) {
        guard FileSystem.isFolder(folder), let lock = try? OpenFile(path: folder + "/lock", for: .writing),
            (try? lock.lock(.exclusive, waiting: false)) == true
        else { return }
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// When the state was put down; nil where there is none.
    static func stateDate(_ folder: String) -> Timestamp? {
        FileStamp(path: folder + "/state").map { Timestamp(millisecondsSince1970: $0.modifiedNs / 1_000_000) }
    }

    /// Removes one that nobody came back to for long, or that never came to a state.
    private static func removeOldCheckpoint(_ folder: String) {
        let age = stateDate(folder).map { Timestamp.now.millisecondsSince1970 - $0.millisecondsSince1970 }
        if age ?? .max > checkpointAge { removeCheckpoint(folder) }
    }

    /// Removes what nobody came back to for three days. Safe while analyses run.
    package static func removeOldCheckpoints(in folder: String) {
        for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        where name.hasPrefix(checkpointPrefix) { removeOldCheckpoint(folder + "/" + name) }
    }

    /// Removes the folders of processes that no longer run, and what nobody came back to for three days.
    package static func removeAbandoned(in folder: String) {
        removeOldCheckpoints(in: folder)
        for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] {
            guard name.hasPrefix("work-"), let pid = Int32(name.dropFirst(5).prefix { $0 != "_" }) else { continue }
            if pid != getpid(), kill(pid, 0) == 0 || errno != ESRCH { continue }
            try? FileManager.default.removeItem(atPath: folder + "/" + name)
        }
    }
}
