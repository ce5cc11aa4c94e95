import Files

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// How ffmpeg and ffprobe are kept from everything but the file that they read: they are started by `cueline-confine`, which
/// takes away sockets, other files, writing and capabilities where the kernel can, and bounds what a run may cost.
///
/// `CUELINE_CONFINE` says what is wanted: nothing takes the launcher that lies beside this program (or in `../libexec/cueline`), if
/// there is one; a path names it; `require` does without decoding rather than without it; `off` is for those who confine the whole
/// service themselves. `CUELINE_CONFINE_READ` names folders, with colons between them, that an ffmpeg outside of the usual places needs.
public struct Confinement: Sendable, Hashable {
    /// Where the launcher is; null when programs run as they are.
    public let launcher: String?
    /// Why programs run as they are, or may not run.
    public let reason: String?
    /// Whether nothing may run without the launcher, or with less than all that it takes away.
    public let isRequired: Bool
    /// What programs may read beside their input, themselves and the system's libraries.
    public let folders: [String]

    init(environment: [String: String]) {
        let wanted = environment["CUELINE_CONFINE"] ?? ""
        isRequired = wanted == "require"
        folders = (environment["CUELINE_CONFINE_READ"] ?? "").split(separator: ":").map(String.init)
            .filter { $0.hasPrefix("/") }
        switch wanted {
        case "off":
            (launcher, reason) = (nil, "CUELINE_CONFINE=off")
        case "", "require":
            launcher = Self.besideThisProgram
            reason = launcher == nil ? "cueline-confine was not found beside the program" : nil
        default:
            launcher = MediaTools.isExecutableFile(wanted) ? wanted : nil
            reason = launcher == nil ? "CUELINE_CONFINE does not name a program" : nil
        }
    }

    private static let besideThisProgram: String? = {
        guard let folder = ThisProgram.folder else { return nil }
        return ["\(folder)/cueline-confine", "\(folder)/../libexec/cueline/cueline-confine"]
            .first { MediaTools.isExecutableFile($0) }
    }()

    /// The command line that runs a program.
    ///
    /// - Parameters:
    ///   - input: the one file that it may read.
    func command(
        _ program: String, _ arguments: [String], reading input: InputFile?, within bounds: ToolRun.Bounds
    ) -> (program: String, arguments: [String]) {
        guard let launcher else { return (program, arguments) }
        var options = ["--cpu", "\(bounds.cpuSeconds)", "--memory", "\(bounds.memoryBytes)"]
        if isRequired { options.append("--require") }
        options += folders.flatMap { ["--read", $0] }
        if let input {
            options += ["--input", input.path, "--inode", "\(input.stamp.device):\(input.stamp.inode)"]
        }
        return (launcher, options + ["--", program] + arguments)
    }

    /// What this machine's kernel can take from programs, such as `files, calls, limits`; sockets are among the calls.
    ///
    /// - Returns: `available` false where programs run as they are, or where sockets or files stay open to them.
    /// - Throws: `CancellationError` only.
    public func report() async throws -> MediaTools.Status {
        let name = "confinement"
        guard let launcher else {
            return MediaTools.Status(name: name, available: false, version: nil, error: reason)
        }
        do {
            let answer = try await ToolRun.collect(
                Confinement.unconfined, launcher, ["--report"], reading: nil, within: .report)
            let facts = String(decoding: answer.output, as: UTF8.self).split(separator: "\n").map {
                $0.split(separator: " ")
            }
            let held = facts.filter { $0.last == "yes" }.compactMap(\.first).joined(separator: ", ")
            let open = facts.filter { $0.last == "no" }.compactMap(\.first).joined(separator: ", ")
            let isWhole = answer.succeeded && open.isEmpty && !held.isEmpty
            return MediaTools.Status(
                name: name, available: isWhole, version: held.isEmpty ? nil : held,
                error: isWhole ? nil : "this kernel does not confine: \(open)")
        } catch let error as MediaError {
            return MediaTools.Status(name: name, available: false, version: nil, error: error.message)
        }
    }

    private static let unconfined = Confinement(environment: ["CUELINE_CONFINE": "off"])
}
