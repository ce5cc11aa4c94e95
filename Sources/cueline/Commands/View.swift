import ArgumentParser
import Foundation
import Interchange
import Media
import TimelineModel

/// `cueline view`: a timeline as a page over its sound, as a picture, or on the terminal.
struct View: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show a timeline: a page with the sound, a picture, or on the terminal.",
        discussion: """
            -o page.html writes one page that needs nothing else: with --audio it plays, words follow and lead to their place. -o \
            picture.svg and picture.png are for reports. Without -o the timeline is drawn on the terminal.
            """)

    @Argument(help: ArgumentHelp("A timeline's JSON, or - for standard input.", valueName: "timeline"))
    var timeline: String

    @Option(help: ArgumentHelp("The recording, to be heard in the page.", valueName: "FILE"), completion: .file())
    var audio: String?

    @Option(help: ArgumentHelp("Which of its audio streams, from 0.", valueName: "N"))
    var stream = 0

    @Option(
        help: ArgumentHelp("A shot list's JSON, to show beside its sources.", valueName: "FILE"), completion: .file())
    var shots: String?

    @Option(name: .shortAndLong, help: ArgumentHelp("Where to write: .html, .svg or .png.", valueName: "OUT"))
    var output: String?

    @Option(help: ArgumentHelp("Width of a picture in pixels.", valueName: "N"))
    var width = 1200

    @Option(help: ArgumentHelp("What to call the recording; default: the name of its file.", valueName: "TEXT"))
    var title: String?

    private enum Form: String {
        case html, svg, png
    }

    private var form: Form? {
        output.flatMap { $0.split(separator: ".").last }.flatMap { Form(rawValue: $0.lowercased()) }
    }

    func validate() throws {
        guard output == nil || form != nil else { throw ValidationError("-o must end in .html, .svg or .png.") }
        guard TimelineSVG.Options.widths.contains(width) else {
            throw ValidationError("--width must be between 480 and 8000.")
        }
        guard form == .html || (audio == nil && shots == nil) else {
            throw ValidationError("--audio and --shots are for a page: -o page.html.")
        }
    }

    func run() async throws {
        try await reportingFailures {
            let summary = try JSONFile.timeline(timeline)
            let name = title ?? AnalyzeRun.shownName(audio ?? timeline)
            guard let output, let form else {
                let environment = ProcessInfo.processInfo.environment
                let picture = TimelinePicture(name: name, environment: environment)
                return try Console.printOutput(Array(picture.draw(summary).utf8))
            }
            let svg = { TimelineSVG(summary, options: TimelineSVG.Options(width: width, title: name)).render() }
            switch form {
            case .svg: try OutputFile.write(Array(svg().utf8), to: output)
            case .png: try OutputFile.write(try await PictureProgram.png(of: svg()), to: output)
            case .html:
                let page: TimelinePage = try await withInterruption { try await self.page(of: summary, name: name) }
                try OutputFile.write(try page.html(), to: output)
            }
        }
    }

    private func page(of summary: AudioSemanticTimelineSummary, name: String) async throws -> TimelinePage {
        var page = TimelinePage(summary)
        page.title = name
        if let shots { page.shots = try Self.shots(in: shots, of: summary) }
        guard let audio else { return page }
        let digest = try await ContentDigest.sha256(ofFileAt: audio)
        if digest != summary.meta.contentSHA256 {
            Console.printError("cueline: \(AnalyzeRun.shownName(audio)) is not the recording that was analysed\n")
        }
        let line = StatusLine(isShown: Console.errorIsTerminal)
        defer { line.clear() }
        page.waveform = try await WaveformReader.waveform(
            of: audio, stream: stream, durationMs: summary.durationMs
        ) { line.show("drawing the sound", share: $0) }
        let sound = try await OpusEncoder().encode(audio, stream: stream) { line.show("encoding the sound", share: $0) }
        page.sound = .bytes(sound, mediaType: OpusEncoder.mediaType)
        return page
    }

    /// The shots of a list that show this recording.
    private static func shots(
        in path: String, of summary: AudioSemanticTimelineSummary
    ) throws -> [TimelinePage.Shot] {
        let list: ShotList = try JSONFile.read(path, as: "a shot list's JSON")
        return list.shots.filter { $0.sourceAssetID == summary.assetID }.map { shot in
            TimelinePage.Shot(
                startMs: shot.sourceStartMs, endMs: shot.sourceEndMs,
                label: "at \((shot.targetStartMs / 10).rounded() / 100) s")
        }
    }

    private struct ShotList: Decodable {
        struct Shot: Decodable {
            var sourceAssetID: String
            var sourceStartMs: Double
            var sourceEndMs: Double
            var targetStartMs: Double

            private enum CodingKeys: String, CodingKey {
                case sourceAssetID = "source_asset_id"
                case sourceStartMs = "source_start_ms"
                case sourceEndMs = "source_end_ms"
                case targetStartMs = "target_start_ms"
            }
        }

        var shots: [Shot]
    }
}
