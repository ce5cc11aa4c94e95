import ArgumentParser
import Interchange
import TimelineModel

/// The forms in which a command gives a timeline.
enum OutputFormat: ExpressibleByArgument, Hashable, Sendable {
    /// A picture for the terminal.
    case text
    /// A file for other programs.
    case file(TimelineFormat)

    init?(argument: String) {
        if argument == "text" {
            self = .text
        } else if let format = TimelineFormat(rawValue: argument) {
            self = .file(format)
        } else {
            return nil
        }
    }

    static var allValueStrings: [String] { TimelineFormat.allCases.map(\.rawValue) + ["text"] }

    static let json = OutputFormat.file(.json)

    /// What is said of `--format` in help.
    static let help: ArgumentHelp = "How to write it; default: json, and text on a terminal."

    var fileExtension: String {
        switch self {
        case .text: "txt"
        case .file(let format): format.fileExtension
        }
    }

    /// The timeline in this form.
    ///
    /// - Parameters:
    ///   - mediaURL: where an editor finds the recording; nil where nobody knows.
    ///   - frameRate: for editors; nil counts milliseconds.
    func bytes(
        _ summary: AudioSemanticTimelineSummary, picture: TimelinePicture, mediaURL: String? = nil,
        frameRate: FrameRate? = nil
    ) throws -> [UInt8] {
        switch self {
        case .text: Array(picture.draw(summary).utf8)
        case .file(let format): try format.bytes(of: summary, mediaURL: mediaURL, frameRate: frameRate)
        }
    }
}

/// How a timeline is drawn for the terminal that the program runs in.
struct TimelinePicture: Sendable {
    private var options: TerminalTimeline.Options

    init(name: String, environment: [String: String]) {
        options = TerminalTimeline.Options(
            width: Console.width(environment: environment), color: Console.usesColor(environment: environment),
            unicode: Console.usesUnicode(environment: environment), title: name)
    }

    /// The same without colour, for a file.
    var plain: TimelinePicture {
        var picture = self
        picture.options.color = false
        return picture
    }

    func draw(_ summary: AudioSemanticTimelineSummary) -> String {
        TerminalTimeline(summary, options: options).render()
    }
}
