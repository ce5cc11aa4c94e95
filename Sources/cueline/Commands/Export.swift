import ArgumentParser
import Foundation
import Interchange
import TimelineModel

/// `cueline export`: a timeline in a form that other programs read.
struct Export: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write a timeline for other programs: captions, labels, chapters, editors.",
        discussion: """
            vtt, srt: captions. otio: OpenTimelineIO. audacity: labels. rttm: who speaks when. jams: annotations for \
            music research. podcast, chapters: Podcasting 2.0. midi: a tempo map with a click. csv: a table. json: the \
            timeline itself.
            """)

    @Argument(help: ArgumentHelp("A timeline's JSON, or - for standard input.", valueName: "timeline"))
    var timeline: String

    @Option(help: ArgumentHelp("What to write.", valueName: "F"))
    var format: OutputFormat

    @Option(name: .shortAndLong, help: ArgumentHelp("Where to write; default: standard output.", valueName: "OUT"))
    var output: String?

    @Option(help: ArgumentHelp("Where an editor finds the recording: a path or a URL, for otio.", valueName: "FILE"))
    var media: String?

    @Option(help: ArgumentHelp("Frames a second, for otio: 25, 30000/1001, …; default: milliseconds.", valueName: "R"))
    var frameRate: FrameRate?

    func run() async throws {
        try await reportingFailures {
            let summary = try JSONFile.timeline(timeline)
            let picture = TimelinePicture(
                name: AnalyzeRun.shownName(timeline), environment: ProcessInfo.processInfo.environment)
            let bytes = try format.bytes(
                summary, picture: output == nil ? picture : picture.plain, mediaURL: media.map(Self.url),
                frameRate: frameRate)
            if let output {
                try OutputFile.write(bytes, to: output)
            } else {
                try Console.printOutput(bytes)
            }
        }
    }

    /// What has a scheme is a URL; anything else is a path.
    static func url(_ media: String) -> String {
        let scheme = media.prefix { $0 != ":" && $0 != "/" }
        if scheme.count > 1, scheme.count < media.count, media.dropFirst(scheme.count).first == ":" { return media }
        return URL(filePath: media).absoluteURL.absoluteString
    }
}
