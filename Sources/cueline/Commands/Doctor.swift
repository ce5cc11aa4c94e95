import Analysis
import ArgumentParser
import Foundation
import Media
import TimelineModel

/// `cueline doctor`: what is installed, what is missing, and the command that mends it.
struct Doctor: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check programs, libraries and models.",
        discussion: "Exit status 0 when everything is there and whole, 69 when a part is missing or damaged.")

    @Flag(help: "As JSON.")
    var json = false

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
            let findings = try await withInterruption { try await Self.findings(configuration) }
            if json {
                let text = String(decoding: try TimelineJSON.encode(findings, pretty: true), as: UTF8.self)
                try Console.printOutput(text + "\n")
            } else {
                try Console.printOutput(Self.table(findings, color: Console.usesColor(environment: environment)))
            }
            if findings.contains(where: { !$0.ok }) { throw ExitStatus.unavailable.code }
        }
    }

    private static let bootstrap = "scripts/bootstrap"

    static func findings(_ configuration: AnalysisConfiguration) async throws -> [Finding] {
        let analyzer = Analyzer(configuration: configuration)
        let report = try await analyzer.dependencies()
        var findings = ["ffmpeg", "ffprobe", "whisper", "vad", "speakers", "librosa"].compactMap { name -> Finding? in
            guard let part = report.dependencies[name] else { return nil }
            return Finding(
                name: name == "librosa" ? "signal code" : name, ok: part.available,
                detail: part.error ?? part.version ?? "", remedy: part.available ? nil : bootstrap)
        }
        let catalog = ModelCatalog(configuration: configuration)
        for model in catalog.models {
            try Task.checkCancellation()
            findings.append(try await check(model))
        }
        findings.append(
            Finding(
                name: "backend", ok: true,
                detail: "\(configuration.backend.rawValue), fallback \(configuration.fallback.rawValue), "
                    + "model \(configuration.whisperModel), seed \(configuration.seed)"))
        return findings
    }

    /// Compares a model's bytes with the manifest.
    private static func check(_ model: ModelFile) async throws -> Finding {
        let digest = try await ContentDigest.sha256(ofFileAt: model.path)
        let short = "sha256 \(digest.prefix(16))…"
        guard let listing = model.listing else {
            return Finding(name: model.name, ok: true, detail: "\(short), not in the manifest")
        }
        guard listing.sha256 == digest else {
            return Finding(name: model.name, ok: false, detail: "damaged: \(short)", remedy: bootstrap + " --check")
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
