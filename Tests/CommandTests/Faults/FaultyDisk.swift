import Foundation
import Subprocess
import SystemPackage

/// A disk that fails at a chosen call: `Tests/Faults/faults.c` in front of a program.
final class FaultyDisk: Sendable {
    enum Fault: String, Sendable, CaseIterable {
        /// The process dies before the call.
        case kill
        /// Half of a write is done, then the process dies.
        case torn
        /// From this call on there is no room.
        case full
        /// This one call fails with an input/output error.
        case eio
        /// From this call on nothing may be written.
        case readonly
    }

    /// Whether the layer can be built here.
    static let isPossible: Bool = {
        #if os(Linux)
            Installed.find("cc") != nil || Installed.find("clang") != nil
        #else
            false
        #endif
    }()

    private let library: String
    private let counter: String

    /// Builds the layer.
    ///
    /// - Parameter folder: for its files.
    init(in folder: String) async throws {
        library = folder + "/faults.so"
        counter = folder + "/calls"
        let source = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Faults/faults.c").path
        let result = try await Subprocess.run(
            .name(Installed.find("cc") != nil ? "cc" : "clang"),
            arguments: ["-shared", "-fPIC", "-O1", "-o", library, source, "-ldl"], output: .discarded,
            error: .string(limit: 1 << 16))
        guard result.terminationStatus.isSuccess else { throw ServerFailure(message: result.standardError) }
    }

    /// The variables that put the layer in front of a program.
    ///
    /// - Parameters:
    ///   - number: of the call that fails first, from 1; 0 for none yet.
    ///   - root: only calls on what lies below it count.
    func environment(_ fault: Fault, at number: Int, below root: String) throws -> [String: String] {
        try set(first: number, calls: 0)
        return [
            "LD_PRELOAD": library, "CUELINE_FAULT": fault.rawValue, "CUELINE_FAULT_FILE": counter,
            "CUELINE_FAULT_ROOT": root,
        ]
    }

    /// Lets the disk of running programs fail from a call on, or heals it.
    func fail(at number: Int) throws { try set(first: number, calls: nil) }

    /// How many calls there were.
    func calls() throws -> Int {
        let bytes = [UInt8](try Data(contentsOf: URL(filePath: counter)))
        return bytes.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
    }

    private func set(first: Int, calls: Int?) throws {
        if !FileManager.default.fileExists(atPath: counter) {
            try Data(count: 16).write(to: URL(filePath: counter))
        }
        // In place: it is mapped by programs that run.
        let file = try FileHandle(forUpdating: URL(filePath: counter))
        defer { try? file.close() }
        if let calls { try file.write(contentsOf: Data(HostileMedia.little(calls, 8))) }
        try file.seek(toOffset: 8)
        try file.write(contentsOf: Data(HostileMedia.little(first, 8)))
    }
}
