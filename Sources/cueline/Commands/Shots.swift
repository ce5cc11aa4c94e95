import Analysis
public import ArgumentParser
import Foundation
import Library
import SemanticTimeline
public import TimelineModel
public import VideoOrigin

/// `cueline shots`: a sequence of sound as a list of video shots.
struct Shots: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Turn a sequence of sound into a list of video shots.",
        discussion: """
            Source windows start where speech starts and cuts fall on beats, as the timelines in the library have them; \
            the list is kept there as an artifact. SEQUENCE is a JSON file with an audio sequence, or with a whole \
            request as the service takes it. On a terminal the shots are listed; into a pipe, or to -o, goes the file.
            """)

    @Argument(help: ArgumentHelp("The sequence's JSON, or - for standard input.", valueName: "sequence"))
    var sequence: String

    @Option(help: ArgumentHelp("The library with the assets and their timelines.", valueName: "DIR"))
    var library: String

    @Option(help: ArgumentHelp("What shots are moved by; default window.", valueName: "A"))
    var alignment: ShotAlignment?

    @Option(help: ArgumentHelp("What to write; default json, and a table on a terminal.", valueName: "F"))
    var format: ShotListFormat?

    @Option(help: ArgumentHelp("Puts shots on frames: 25, 30000/1001, …", valueName: "R"))
    var frameRate: FrameRate?

    @Flag(help: "Drop-frame time code; for 30000/1001 and 60000/1001.")
    var dropFrame = false

    @Flag(name: .customLong("no-beats"), help: "Do not move shots to beats.")
    var withoutBeats = false

    @Option(help: ArgumentHelp("Do not move a shot further than this.", valueName: "N"))
    var maxShiftMs: Double?

    @Option(help: ArgumentHelp("How far a beat may be; default 120.", valueName: "N"))
    var beatToleranceMs: Double?

    @Flag(help: "An asset without a timeline is an error.")
    var requireSemantics = false

    @Option(name: .shortAndLong, help: ArgumentHelp("Where to write.", valueName: "OUT"))
    var output: String?

    @Option(help: ArgumentHelp("Tenant; default: the sequence's, else local.", valueName: "ID"))
    var tenant: String?

    @Option(help: ArgumentHelp("Environment; default: the sequence's, else dev.", valueName: "ID"))
    var env: String?

    func run() async throws {
        let environment = ProcessInfo.processInfo.environment
        try await reportingFailures {
            guard OutputFile.isDirectory(library) else {
                throw CommandError(status: .noInput, message: "there is no library of that name")
            }
            let (request, identifiers) = try request()
            let scope = Scope(tenantID: identifiers.tenantID, env: identifiers.env)
            let analyzer = Analyzer(configuration: try AnalysisConfiguration(environment: environment))
            let origin = VideoOriginService(service: try LocalLibrary(library, analyzer: analyzer).service)
            let list = try await withInterruption { try await origin.shotList(request, in: scope) }
            if output == nil, format == nil, Console.outputIsTerminal {
                try Console.printOutput(ShotListing.text(list.result))
                return
            }
            var bytes = try await origin.export(list, as: format ?? .json, options: ShotListExportOptions(), in: scope)
            if bytes.last != UInt8(ascii: "\n") { bytes.append(UInt8(ascii: "\n")) }
            if let output { try OutputFile.write(bytes, to: output) } else { try Console.printOutput(bytes) }
        }
    }

    /// The request in the file with what the options say, and whose it is.
    private func request() throws -> (ShotListRequest, Identifiers) {
        let found: JSONValue = try JSONFile.read(sequence, as: "an audio sequence's JSON")
        guard var members = found.members else {
            throw CommandError(
                status: .notMedia, message: "\(AnalyzeRun.shownName(sequence)) is not an audio sequence's JSON")
        }
        if members["sequence"] == nil, members["tracks"] != nil { members = ["sequence": found] }
        if let alignment { members["alignment"] = .string(alignment.rawValue) }
        if let frameRate { members["frame_rate"] = .string(frameRate.description) }
        if dropFrame { members["drop_frame"] = .bool(true) }
        if withoutBeats { members["snap_to_beats"] = .bool(false) }
        if let maxShiftMs { members["max_shift_ms"] = .number(maxShiftMs) }
        if let beatToleranceMs { members["beat_tolerance_ms"] = .number(beatToleranceMs) }
        if requireSemantics { members["require_semantics"] = .bool(true) }
        let request = try ShotListRequest(json: members)
        let identifiers = try Identifiers(
            tenantID: tenant ?? members["tenant_id"]?.text ?? request.sequence.tenantID ?? "local",
            env: env ?? members["env"]?.text ?? request.sequence.env ?? "dev", assetID: "none")
        return (request, identifiers)
    }
}

extension ShotAlignment: ExpressibleByArgument {}
extension ShotListFormat: ExpressibleByArgument {}
extension FrameRate: ExpressibleByArgument {
    public init?(argument: String) { self.init(argument) }
}
