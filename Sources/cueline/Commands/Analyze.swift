import Analysis
import ArgumentParser
import CMemory
import Foundation
import Media
import TimelineModel

/// `cueline analyze`: from files to timelines.
struct Analyze: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Hear recordings and write their semantic timelines.",
        discussion: """
            On a terminal a readable timeline is shown; into a pipe, or to -o, goes the summary JSON. With several \
            files, a folder or a pattern, -o names a folder; each timeline is named after its file, with .json (or the format's ending) added, \
            and a table sums them up. A folder stands for the recordings in it and below it; a pattern in quotation marks, \
            such as 'takes/*.wav', for the files that it matches. Several are heard at once where --jobs allows. \
            Progress goes to standard error, only on a terminal.

            Exit status: 0 done, 1 the work failed, 64 usage, 65 not media, 66 no such input, 69 a needed part is \
            missing, 130 interrupted.
            """)

    @Argument(
        help: ArgumentHelp(
            "Audio or video files, folders with them, patterns, or - for standard input.", valueName: "file"))
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
        if force, library == nil { throw ValidationError("--force goes with --library.") }
        if library != nil, options.stream != 0 { throw ValidationError("--library keeps the first audio stream only.") }
    }

    func run() async throws {
        cmemory_share_small_blocks()
        let environment = ProcessInfo.processInfo.environment
        try await reportingFailures {
            var configuration = try options.configuration(environment: environment)
            let inputs = try InputFiles.expand(files)
            // Whole recordings beside each other need each other least; the rest of the workers share the chunks of each.
            let atOnce = max(1, min(configuration.jobs, inputs.count, AnalyzeRun.mostAtOnce))
            configuration.jobs = max(1, configuration.jobs / atOnce)
            let analyzer = Analyzer(configuration: configuration)
            let run = AnalyzeRun(
                command: self, inputs: inputs, atOnce: atOnce, analyzer: analyzer,
                library: try library.map { try LocalLibrary($0, analyzer: analyzer, atOnce: atOnce) },
                environment: environment)
            try run.prepare()
            let failure = try await withInterruption { try await run.all() }
            if let failure { throw failure.code }
        }
    }
}
