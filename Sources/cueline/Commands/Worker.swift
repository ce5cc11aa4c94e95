import Analysis
import ArgumentParser
import Foundation
import Library
import Logging
import SemanticTimeline
import Server

/// `cueline worker`: does the jobs of a shared library.
struct Worker: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Do the jobs of a library that many machines share.",
        discussion: """
            Takes jobs from the queue in PostgreSQL and hears each in a process of its own, on as many machines as you \
            like. SIGTERM or Ctrl-C give back what was begun: another worker takes it up. A worker that is killed, or cut \
            off from the database, loses its jobs when their leases run out; nothing is done twice that shows.
            """)

    @OptionGroup var place: SharedLibraryOptions

    @Option(help: ArgumentHelp("Jobs at once; default: one for two processors.", valueName: "N"))
    var slots: Int?

    @Option(
        help: ArgumentHelp(
            "Threads that hear in each job; default: the processors, divided among the slots.", valueName: "N"))
    var jobs: Int?

    @Option(help: ArgumentHelp("Seconds without a word after which its jobs are another's.", valueName: "N"))
    var lease = 30

    @Option(
        help: ArgumentHelp("What this worker is called in the queue; default: host and process.", valueName: "NAME"))
    var name: String?

    @Option(help: ArgumentHelp("A Whisper model's name, or the path of a ggml file.", valueName: "M"))
    var model: String?

    @Option(
        help: ArgumentHelp(
            "Jobs of one tenant that stand in line or run at once; the rest wait behind. The same everywhere.",
            valueName: "N"))
    var admittedPerTenant = 256

    @Option(help: ArgumentHelp("Serve /health, /ready and /metrics on this port.", valueName: "P"))
    var port: Int?

    @Option(help: ArgumentHelp("Address for --port.", valueName: "H"))
    var host = "127.0.0.1"

    @Option(help: ArgumentHelp("trace, debug, info, notice, warning, error or critical.", valueName: "L"))
    var logLevel = "info"

    func validate() throws {
        if let slots, !(1...256).contains(slots) { throw ValidationError("--slots must be between 1 and 256.") }
        if let jobs, !(1...1024).contains(jobs) { throw ValidationError("--jobs must be between 1 and 1024.") }
        guard (1...1_000_000).contains(admittedPerTenant) else {
            throw ValidationError("--admitted-per-tenant must be between 1 and 1000000.")
        }
        guard (1...3600).contains(lease) else { throw ValidationError("--lease must be between 1 and 3600.") }
        if let port, !(0...65535).contains(port) { throw ValidationError("--port must be between 0 and 65535.") }
        guard Logger.Level(rawValue: logLevel) != nil else { throw ValidationError("--log-level is not known.") }
        guard place.database != nil else {
            throw ValidationError("a worker needs --database and --blobs; a library in a folder has its server.")
        }
    }

    func run() async throws {
        try await reportingFailures {
            var configuration = try AnalysisConfiguration(environment: ProcessInfo.processInfo.environment)
            if let model { configuration.whisperModel = model }
            let processors = ProcessInfo.processInfo.activeProcessorCount
            let slots = slots ?? max(1, processors / 2)
            var arguments = ["--jobs", "\(jobs ?? max(1, processors / slots))"]
            if let model { arguments += ["--model", model] }
            var options = place.workerOptions(slots: slots)
            options.lease = .seconds(lease)
            if let name { options.name = name }
            let library = try await place.open()
            var semantics = try place.serviceOptions(of: library)
            semantics.queueLimits.admittedPerTenant = admittedPerTenant
            let logger = ServiceLog.logger(level: Logger.Level(rawValue: logLevel) ?? .info)
            logger.warnIfUnconfined(environment: ProcessInfo.processInfo.environment)
            let worker = try CuelineWorker(
                library: library, analyzer: Analyzer(configuration: configuration), semantics: semantics,
                program: Program.path, arguments: arguments,
                options: options,
                listeningOn: port.map { (host, $0) },
                logger: logger)
            let name = options.name
            try await worker.run { port in
                let place = port.map { ", metrics on port \($0)" } ?? ""
                Console.printError("cueline: \(name) is working, \(slots) at once\(place)\n")
            }
        }
    }
}
