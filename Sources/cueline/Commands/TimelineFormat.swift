import ArgumentParser
import Interchange
import TimelineModel

/// The forms in which a command gives a timeline.
enum TimelineFormat: String, ExpressibleByArgument, CaseIterable, Sendable {
    case json
    case vtt
    case srt
    case text

    var fileExtension: String { self == .text ? "txt" : rawValue }

    /// The timeline in this form, ending in a newline.
    func text(_ summary: AudioSemanticTimelineSummary, picture: TimelinePicture) throws -> String {
        switch self {
        case .json: String(decoding: try TimelineJSON.encode(summary), as: UTF8.self) + "\n"
        case .vtt: WebVTT().text(of: summary)
        case .srt: SRT().text(of: summary)
        case .text: picture.draw(summary)
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
