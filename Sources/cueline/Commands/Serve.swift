import Analysis
import ArgumentParser
import Foundation
import Library
import Logging
import SemanticTimeline
import Server

/// `cueline serve`: the service over HTTP.
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Serve a library and its semantic timelines over HTTP.",
        discussion: """
            Everything is kept in the library's folder: a SQLite database and content-addressed files. Each analysis \
            runs in a process of its own. SIGTERM or Ctrl-C stop the server; analyses that were running go on at the \
            next start.

            With --database and --blobs many servers and workers share a library: jobs wait in PostgreSQL, and any of \
            them does them. --analyses 0 leaves them to `cueline worker`.

            Without CUELINE_AUTH_KEY (at least 32 bytes, the key of HS256 tokens) or a file of keys callers name their \
            tenant themselves, so only this machine is listened to unless --insecure says otherwise. /openapi.json \
            describes the routes.
            """)

    @Option(help: ArgumentHelp("Address to listen on.", valueName: "H"))
    var host = "127.0.0.1"

    @Option(help: ArgumentHelp("Port to listen on; 0 takes a free one.", valueName: "P"))
    var port = 8080

    @OptionGroup var place: SharedLibraryOptions

    @Option(help: ArgumentHelp("Analyses at once; default: one for two processors.", valueName: "N"))
    var analyses: Int?

    @Option(help: ArgumentHelp("Analyses that may wait, of all tenants; not with --database.", valueName: "N"))
    var maxWaiting = 256

    @Option(
        help: ArgumentHelp(
            "Analyses of one tenant that may wait; default: 64, with --database 100000.", valueName: "N"))
    var maxWaitingPerTenant: Int?

    @Option(
        help: ArgumentHelp(
            "With --database: jobs of one tenant that stand in line or run at once; the rest wait behind.",
            valueName: "N"))
    var admittedPerTenant = 256

    @Option(help: ArgumentHelp("Largest upload in MiB.", valueName: "N"))
    var maxUploadMib = 8192

    @Option(help: ArgumentHelp("MiB of answers and indexes that are kept in memory.", valueName: "N"))
    var cacheMib = 128

    @OptionGroup var auth: AuthOptions

    @Option(help: ArgumentHelp("The longest that a token may be good, in seconds; default: any time.", valueName: "N"))
    var maxTokenSeconds: Int?

    @Option(
        help: ArgumentHelp(
            "An origin, such as https://app.example, whose pages may read answers (CORS); may be repeated.",
            valueName: "ORIGIN"))
    var allowOrigin: [String] = []

    @Option(help: ArgumentHelp("Connections at once.", valueName: "N"))
    var maxConnections = 8192

    @Option(
        help: ArgumentHelp(
            "Seconds in which a connection's first request, and 4 KiB of a body, must come.", valueName: "N"))
    var requestTimeout = 20

    @Option(help: ArgumentHelp("Seconds that a shutdown waits for requests.", valueName: "N"))
    var shutdownTimeout = 20

    @Option(help: ArgumentHelp("A Whisper model's name, or the path of a ggml file.", valueName: "M"))
    var model: String?

    @Option(help: ArgumentHelp("trace, debug, info, notice, warning, error or critical.", valueName: "L"))
    var logLevel = "info"

    @Flag(help: "Listen on any address without a key: whoever reaches the port may act as any tenant.")
    var insecure = false

    func validate() throws {
        guard (0...65535).contains(port) else { throw ValidationError("--port must be between 0 and 65535.") }
        let fewest = place.database == nil ? 1 : 0
        if let analyses, !(fewest...256).contains(analyses) {
            throw ValidationError("--analyses must be between \(fewest) and 256.")
        }
        guard (0...1_000_000).contains(maxWaiting), (0...1_000_000).contains(maxWaitingPerTenant ?? 0),
            (1...1_000_000).contains(admittedPerTenant)
        else {
            throw ValidationError("--max-waiting and --admitted-per-tenant must be at most 1000000.")
        }
        guard (1...1_048_576).contains(maxUploadMib) else {
            throw ValidationError("--max-upload-mib must be between 1 and 1048576.")
        }
        guard (0...1_048_576).contains(cacheMib) else {
            throw ValidationError("--cache-mib must be between 0 and 1048576.")
        }
        guard (0...3600).contains(shutdownTimeout) else {
            throw ValidationError("--shutdown-timeout must be between 0 and 3600.")
        }
        if let wrong = allowOrigin.first(where: { !CrossOrigin.isOrigin($0) }) {
            throw ValidationError("--allow-origin \(wrong) is no origin; https://app.example is one.")
        }
        guard (1...1_000_000).contains(maxConnections), (1...3600).contains(requestTimeout) else {
            throw ValidationError("--max-connections and --request-timeout are out of range.")
        }
        guard maxTokenSeconds ?? 1 > 0 else { throw ValidationError("--max-token-seconds must be positive.") }
        guard Logger.Level(rawValue: logLevel) != nil else { throw ValidationError("--log-level is not known.") }
    }

    func run() async throws {
        let environment = ProcessInfo.processInfo.environment
        try await reportingFailures {
            let isLoopback = ["127.0.0.1", "::1", "localhost"].contains(host)
            guard auth.key != nil || auth.keysFile != nil || isLoopback || insecure else {
                throw CommandError(
                    status: .usage,
                    message: "without CUELINE_AUTH_KEY only loopback is listened to; --insecure says otherwise")
            }
            try await serve(environment: environment)
        }
    }

    private func serve(environment: [String: String]) async throws {
        var configuration = try AnalysisConfiguration(environment: environment)
        if let model { configuration.whisperModel = model }
        let processors = ProcessInfo.processInfo.activeProcessorCount
        let atOnce = analyses ?? max(1, processors / 2)
        var level = Logger.Level.info
        if let named = Logger.Level(rawValue: logLevel) { level = named }
        let logger = ServiceLog.logger(level: level)
        logger.warnIfUnconfined(environment: environment)

        let options = serverOptions()
        let library = try await place.open()
        var semantics = try place.serviceOptions(of: library)
        semantics.analysesAtOnce = max(1, atOnce)
        semantics.waiting = maxWaiting
        semantics.cacheBytes = cacheMib << 20
        semantics.waitingPerTenant = maxWaitingPerTenant ?? 64
        semantics.queueLimits = QueueLimits(
            openPerTenant: maxWaitingPerTenant ?? QueueLimits().openPerTenant, admittedPerTenant: admittedPerTenant)
        var workers = ["--jobs", "\(max(1, processors / max(1, atOnce)))"]
        if let model { workers += ["--model", model] }
        let server = try await CuelineServer(
            options: options, library: library, analyzer: Analyzer(configuration: configuration),
            semantics: semantics, program: Program.path, workers: workers,
            worker: atOnce > 0 ? place.workerOptions(slots: atOnce) : nil, logger: logger)
        let host = host
        try await server.run { port in
            Console.printError("cueline: listening on http://\(host.contains(":") ? "[\(host)]" : host):\(port)\n")
        }
    }
    private func serverOptions() -> ServerOptions {
        var options = ServerOptions()
        options.host = host
        options.port = port
        options.authKey = auth.key
        options.authKeysFile = auth.keysFile
        options.tokenRules = auth.rules
        options.tokenRules.longestSeconds = maxTokenSeconds
        options.allowedOrigins = Set(allowOrigin)
        options.maximumUploadBytes = Int64(maxUploadMib) << 20
        options.shutdownTimeout = .seconds(shutdownTimeout)
        options.connections.requestTimeout = .seconds(requestTimeout)
        // Half of the files that may be open are for the library and for children's pipes.
        options.connections.connections = min(maxConnections, OpenFiles.raiseLimit() / 2)
        return options
    }
}
