import ArgumentParser
import Foundation
import TimelineModel

/// `cueline slice`: the part of a timeline that a clip shows.
struct Slice: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Cut a timeline to a clip's window.",
        discussion: "The window is half open: adjacent windows share no event time and no beat.")

    @Argument(help: ArgumentHelp("A timeline's JSON, or - for standard input.", valueName: "timeline"))
    var timeline: String

    @Option(help: ArgumentHelp("Start of the window in milliseconds.", valueName: "A"))
    var inMs: Double

    @Option(help: ArgumentHelp("End of the window in milliseconds.", valueName: "B"))
    var outMs: Double

    @Option(help: ArgumentHelp("How fast the clip plays.", valueName: "S"))
    var speed = 1.0

    @Option(help: ArgumentHelp("source: milliseconds of the source; timeline: divided by the speed.", valueName: "T"))
    var timeBase: ClipTime = .source

    @Option(name: .shortAndLong, help: ArgumentHelp("Where to write.", valueName: "OUT"))
    var output: String?

    @Option(help: ArgumentHelp("json, vtt, srt or text; default: json, and text on a terminal.", valueName: "F"))
    var format: TimelineFormat?

    func run() async throws {
        try await reportingFailures {
            let summary = try TimelineFile.read(timeline)
                .slice(inMs: inMs, outMs: outMs, speed: speed, timeBase: timeBase == .source ? .source : .timeline)
            let environment = ProcessInfo.processInfo.environment
            let picture = TimelinePicture(name: AnalyzeRun.shownName(timeline), environment: environment)
            if let output {
                try OutputFile.write((format ?? .json).text(summary, picture: picture.plain), to: output)
            } else {
                let format = format ?? (Console.outputIsTerminal ? .text : .json)
                try Console.printOutput(format.text(summary, picture: picture))
            }
        }
    }
}

/// The clocks that `--time-base` knows.
enum ClipTime: String, ExpressibleByArgument, CaseIterable {
    case source
    case timeline
}

/// Reading a timeline that a command wrote before.
enum TimelineFile {
    static func read(_ path: String) throws -> AudioSemanticTimelineSummary {
        let data: Data
        do {
            data =
                path == "-"
                ? try FileHandle.standardInput.readToEnd() ?? Data() : try Data(contentsOf: URL(filePath: path))
        } catch {
            throw CommandError(status: .noInput, message: "\(AnalyzeRun.shownName(path)) cannot be read")
        }
        do {
            return try TimelineJSON.decode(from: data)
        } catch {
            throw CommandError(status: .notMedia, message: "\(AnalyzeRun.shownName(path)) is not a timeline's JSON")
        }
    }
}
