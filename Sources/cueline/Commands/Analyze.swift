import Analysis
import ArgumentParser
import Foundation
import Media
import TimelineModel

/// `cueline analyze`: from files to timelines.
struct Analyze: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Hear recordings and write their semantic timelines.",
        discussion: """
            On a terminal a readable timeline is shown; into a pipe, or to -o, goes the summary JSON. With several \
            files, -o names a folder; each timeline is named after its file, with .json (or the format's ending) added. \
            Progress goes to standard error, only on a terminal.

            Exit status: 0 done, 1 the work failed, 64 usage, 65 not media, 66 no such input, 69 a needed part is \
            missing, 130 interrupted.
            """)

    @Argument(help: ArgumentHelp("Audio or video files, or - for standard input.", valueName: "file"))
    var files: [String]

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("Where to write: a file, or a folder for several.", valueName: "OUT"))
    var output: String?

    @Option(help: OutputFormat.help)
    var format: OutputFormat?

    @Option(
        help: ArgumentHelp(
            "Keep assets, timelines and what stages found in this library, and reuse them.", valueName: "DIR"))
    var library: String?

    @Flag(help: "With --library: hear the recordings again whatever is kept.")
    var force = false

    @Flag(name: .shortAndLong, help: "No progress, and no timeline on the terminal when -o is given.")
    var quiet = false

    @OptionGroup var options: AnalysisOptions

    func validate() throws {
        if files.isEmpty { throw ValidationError("Name at least one file.") }
        if files.filter({ $0 == "-" }).count > 1 { throw ValidationError("Standard input can be read once.") }
        if options.asset != nil, files.count > 1 { throw ValidationError("--asset names one file's asset.") }
        if force, library == nil { throw ValidationError("--force goes with --library.") }
        if library != nil, options.stream != 0 { throw ValidationError("--library keeps the first audio stream only.") }
    }

    func run() async throws {
        let environment = ProcessInfo.processInfo.environment
        try await reportingFailures {
            let configuration = try options.configuration(environment: environment)
            let analyzer = Analyzer(configuration: configuration)
            let run = AnalyzeRun(
                command: self, analyzer: analyzer,
                library: try library.map { try LocalLibrary($0, analyzer: analyzer) },
                environment: environment)
            try run.prepare()
            let failure = try await withInterruption { try await run.all() }
            if let failure { throw failure.code }
        }
    }
}

/// The work of one `analyze` command.
struct AnalyzeRun: Sendable {
    let command: Analyze
    let analyzer: Analyzer
    /// Where timelines are kept; nil hears each file anew.
    let library: LocalLibrary?
    let environment: [String: String]

    private var writesIntoFolder: Bool {
        guard let output = command.output else { return false }
        return command.files.count > 1 || output.hasSuffix("/") || OutputFile.isDirectory(output)
    }

    func prepare() throws {
        if let output = command.output, writesIntoFolder { try OutputFile.makeDirectory(output) }
    }

    /// Analyses one file after another.
    ///
    /// - Returns: the status of the first failure; the other files are done all the same.
    func all() async throws -> ExitStatus? {
        var firstFailure: ExitStatus?
        for file in command.files {
            do {
                try await one(file)
            } catch is CancellationError {
                throw CancellationError()
            } catch {
                let failure = Failure(error)
                Console.printError("cueline: \(Self.shownName(file)): \(failure.message)\n")
                firstFailure = firstFailure ?? failure.status
            }
        }
        return firstFailure
    }

    private func one(_ file: String) async throws {
        let line = ProgressLine(
            name: Self.shownName(file), isShown: Console.errorIsTerminal && !command.quiet,
            width: Console.width(environment: environment))
        defer { line.clear() }
        let summary: AudioSemanticTimelineSummary
        if file == "-" {
            summary = try await SpooledInput.withSpooledFile { path in
                try await analyze(path, line)
            }
        } else {
            summary = try await analyze(file, line)
        }
        try Task.checkCancellation()
        line.clear()
        try write(summary, of: file)
    }

    private func analyze(_ path: String, _ line: ProgressLine) async throws -> AudioSemanticTimelineSummary {
        if let library {
            return try await library.analyze(
                path, request: command.options.request, force: command.force, onProgress: { line.update($0) })
        }
        return try await analyzer.analyze(path, request: command.options.request) { line.update($0) }.summary
    }

    private func write(_ summary: AudioSemanticTimelineSummary, of file: String) throws {
        let picture = TimelinePicture(name: Self.shownName(file), environment: environment)
        let mediaURL = file == "-" ? nil : Export.url(file)
        if let output = command.output {
            let format = command.format ?? .json
            let bytes = try format.bytes(summary, picture: picture.plain, mediaURL: mediaURL)
            let path = writesIntoFolder ? output + "/" + Self.outputName(file, format) : output
            try OutputFile.write(bytes, to: path)
            if Console.outputIsTerminal, !command.quiet {
                try Console.printOutput(picture.draw(summary))
            }
        } else {
            let format = command.format ?? (Console.outputIsTerminal ? .text : .json)
            try Console.printOutput(format.bytes(summary, picture: picture, mediaURL: mediaURL))
        }
        if summary.meta.backendType == "stub", !Console.outputIsTerminal || command.format != nil {
            Console.printError(
                "cueline: \(Self.shownName(file)): STUB timeline, nothing was heard: "
                    + "\(summary.meta.fallbackReason ?? "")\n")
        }
    }

    /// The last component of a path, as it may be shown.
    static func shownName(_ file: String) -> String {
        file == "-" ? "standard input" : file.split(separator: "/").last.map(String.init) ?? file
    }

    /// The name of a file's timeline in a folder: `talk.mp3.json`.
    static func outputName(_ file: String, _ format: OutputFormat) -> String {
        let name = file == "-" ? "stdin" : file.split(separator: "/").last.map(String.init) ?? "timeline"
        return name + "." + format.fileExtension
    }
}
