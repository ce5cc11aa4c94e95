import Analysis
import ArgumentParser
import Foundation
import Media
import TimelineModel

/// `cueline doctor`: what is installed, what is missing, and the command that mends it.
struct Doctor: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check programs, libraries and models.",
        discussion: """
            Exit status 0 when everything is there and whole, 69 when a part is missing or damaged.

            With --library every record and every stored byte of a library is compared with its sum. --repair then builds \
            the database's indexes anew and forgets what can be made anew (outputs of stages, timelines, blobs of them); what \
            was sent by somebody stays, for a backup to replace.
            """)

    @Flag(help: "As JSON.")
    var json = false

    @Option(help: ArgumentHelp("A library's folder to look through.", valueName: "DIR"), completion: .directory)
    var library: String?

    @Flag(help: "Mend what can be mended of the library.")
    var repair = false

    func validate() throws {
        guard !repair || library != nil else { throw ValidationError("--repair needs --library.") }
    }

    /// One finding.
    struct Finding: Codable {
        var name: String
        var ok: Bool
        var detail: String
        /// What to do where it is not ok.
        var remedy: String?
    }

    func run() async throws {
        try await reportingFailures {
            let environment = ProcessInfo.processInfo.environment
            let configuration = try AnalysisConfiguration(environment: environment)
            let (library, repair) = (library, repair)
            let findings = try await withInterruption {
                var findings = try await Self.findings(configuration)
                if let library { findings += try await LibraryCheck(path: library, repairs: repair).findings() }
                return findings
            }
            if json {
                let text = String(decoding: try TimelineJSON.encode(findings, pretty: true), as: UTF8.self)
                try Console.printOutput(text + "\n")
            } else {
                try Console.printOutput(Self.table(findings, color: Console.usesColor(environment: environment)))
            }
            if findings.contains(where: { !$0.ok }) { throw ExitStatus.unavailable.code }
        }
    }

    private static var canConfine: Bool {
        #if os(Linux)
            true
        #else
            false
        #endif
    }

    /// The commands that bring what is missing, to a program that was built here or to one that was installed.
    private enum Remedy {
        static let bootstrap = "scripts/bootstrap"
        static let install = "make install, in Cueline's sources"

        static func of(_ part: String, installed: Bool) -> String {
            guard installed else { return bootstrap }
            return part == "ffmpeg" || part == "ffprobe" ? "apt-get install ffmpeg" : install
        }
    }

    static func findings(_ configuration: AnalysisConfiguration) async throws -> [Finding] {
        let analyzer = Analyzer(configuration: configuration)
        let report = try await analyzer.dependencies()
        let isInstalled = configuration.isOfInstalledProgram
        var findings = ["ffmpeg", "ffprobe", "whisper", "vad", "speakers", "librosa"].compactMap { name -> Finding? in
            guard let part = report.dependencies[name] else { return nil }
            return Finding(
                name: name == "librosa" ? "signal code" : name, ok: part.available,
                detail: part.error ?? part.version ?? "",
                remedy: part.available ? nil : Remedy.of(name, installed: isInstalled))
        }
        let tools = MediaTools(environment: ProcessInfo.processInfo.environment)
        let confinement = try await tools.confinement.report()
        findings.append(
            Finding(
                name: confinement.name, ok: confinement.available || !Self.canConfine,
                detail: confinement.error.map { "ffmpeg is not confined: \($0)" } ?? confinement.version ?? "",
                remedy: tools.confinement.launcher != nil || !Self.canConfine
                    ? nil : isInstalled ? Remedy.install : "make build"))
        let catalog = ModelCatalog(configuration: configuration)
        for model in catalog.models {
            try Task.checkCancellation()
            let isShared = isInstalled && catalog.folder == configuration.installedModelsFolder
            findings.append(try await check(model, remedy: isShared ? Remedy.install : Remedy.bootstrap + " --check"))
        }
        findings.append(
            Finding(
                name: "backend", ok: true,
                detail: "\(configuration.backend.rawValue), fallback \(configuration.fallback.rawValue), "
                    + "model \(configuration.whisperModel), seed \(configuration.seed)"))
        return findings
    }

    /// Compares a model's bytes with the manifest.
    private static func check(_ model: ModelFile, remedy: String) async throws -> Finding {
        let digest = try await ContentDigest.sha256(ofFileAt: model.path)
        let short = "sha256 \(digest.prefix(16))…"
        guard let listing = model.listing else {
            return Finding(name: model.name, ok: true, detail: "\(short), not in the manifest")
        }
        guard listing.sha256 == digest else {
            return Finding(name: model.name, ok: false, detail: "damaged: \(short)", remedy: remedy)
        }
        let facts = [listing.version, listing.licence, listing.language].compactMap { $0 }
        return Finding(name: model.name, ok: true, detail: (facts + [short]).joined(separator: ", "))
    }

    static func table(_ findings: [Finding], color: Bool) -> String {
        var text = ""
        for finding in findings {
            let mark = finding.ok ? "ok     " : "MISSING"
            let code = finding.ok ? "32" : "31"
            let shown = color ? "\u{1B}[\(code)m\(mark)\u{1B}[0m" : mark
            text += "\(shown)  \(finding.name.padded(to: 22)) \(finding.detail)\n"
        }
        let remedies = Set(findings.compactMap(\.remedy)).sorted()
        if !remedies.isEmpty { text += "\nTo mend it, run: \(remedies.joined(separator: "; "))\n" }
        return text
    }
}
