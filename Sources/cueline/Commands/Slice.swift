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

    @Option(help: OutputFormat.help)
    var format: OutputFormat?

    func run() async throws {
        try await reportingFailures {
            let summary = try JSONFile.timeline(timeline)
                .slice(inMs: inMs, outMs: outMs, speed: speed, timeBase: timeBase == .source ? .source : .timeline)
            let environment = ProcessInfo.processInfo.environment
            let picture = TimelinePicture(name: AnalyzeRun.shownName(timeline), environment: environment)
            if let output {
                try OutputFile.write((format ?? .json).bytes(summary, picture: picture.plain), to: output)
            } else {
                let format = format ?? (Console.outputIsTerminal ? .text : .json)
                try Console.printOutput(format.bytes(summary, picture: picture))
            }
        }
    }
}

/// The clocks that `--time-base` knows.
enum ClipTime: String, ExpressibleByArgument, CaseIterable {
    case source
    case timeline
}
