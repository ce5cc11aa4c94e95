public import TimelineModel

/// A timeline as a picture in SVG 1.1, for reports, pull requests and pages: a ruler, loudness, a lane for each kind of
/// event with voices and words, beats and bars.
///
/// It names no other file, runs nothing, is light or dark as its reader prefers, and says in words what it shows. However many events there are, it
/// holds no more than the picture's columns can show.
public struct TimelineSVG: Sendable {
    /// How the picture is drawn.
    public struct Options: Sendable, Hashable {
        public static let widths = 480...8000

        /// In pixels, clamped to ``widths``.
        public var width: Int
        /// What to call the recording, such as its file name; the asset's identifier by default.
        public var title: String?

        public init(width: Int = 1200, title: String? = nil) {
            self.width = width
            self.title = title
        }
    }

    private let summary: AudioSemanticTimelineSummary
    private let options: Options

    public init(_ summary: AudioSemanticTimelineSummary, options: Options = Options()) {
        self.summary = summary.sanitised()
        self.options = options
    }

    /// The picture, UTF-8.
    public func render() -> String {
        let width = min(max(options.width, Options.widths.lowerBound), Options.widths.upperBound)
        let title = PlainText.clean(options.title ?? summary.assetID)
        var canvas = SVGCanvas(width: width)
        canvas.text(title, x: SVGCanvas.margin, baseline: 30, "title", atMost: width - 2 * SVGCanvas.margin - 90)
        canvas.text(
            TerminalClock.short(summary.durationMs), x: width - SVGCanvas.margin, baseline: 30, "title end")
        let header = TerminalHeader(
            summary: summary, title: nil, width: max(60, width / 7), glyphs: .unicode, unicode: true)
        canvas.advance(to: 40)
        for line in header.lines.dropFirst() { canvas.line(line.plainText, "faint") }
        for line in header.notices { canvas.line(line.plainText, "warning") }
        canvas.advance(by: 10)
        if summary.durationMs > 0 {
            SVGLanes(summary: summary, scale: SVGScale(durationMs: summary.durationMs, width: width)).draw(on: &canvas)
        }
        return canvas.document(title: title, description: Self.description(of: summary))
    }

    /// What a reader hears who does not see.
    static func description(of summary: AudioSemanticTimelineSummary) -> String {
        let counts = [EventKind.speech, .music, .other, .silence].map { kind in
            let events = summary.events.filter { $0.kind == kind }
            let sum = events.reduce(0.0) { $0 + max(0, Double($1.endMs) - Double($1.startMs)) }
            return "\(kind.rawValue) \(TerminalClock.short(Int(min(sum, 9e15)))) in \(events.count) parts"
        }
        let beats = summary.beats.isEmpty ? "no beats" : "\(summary.beats.count) beats"
        return "\(TerminalClock.short(summary.durationMs)) of sound: " + (counts + [beats]).joined(separator: ", ")
            + "."
    }
}

/// Where times lie in a picture.
struct SVGScale {
    let durationMs: Int
    /// Of the lanes' left edge.
    let left = 84
    let columns: Int

    init(durationMs: Int, width: Int) {
        self.durationMs = min(max(durationMs, 1), 1 << 53)
        columns = max(width - left - SVGCanvas.margin, 1)
    }

    /// The place of a time, in pixels from the lanes' left edge.
    func place(_ milliseconds: Int) -> Double {
        let clamped = min(max(milliseconds, 0), durationMs)
        return Double(clamped) / Double(durationMs) * Double(columns)
    }

    /// How much of each column some spans cover, 0…1.
    func coverage(of spans: some Sequence<(start: Int, end: Int)>) -> [Double] {
        var filled = [Double](repeating: 0, count: columns)
        for span in spans {
            let (start, end) = (place(span.start), place(span.end))
            guard end > start else { continue }
            let first = min(Int(start), columns - 1)
            let last = min(Int(end.rounded(.up)) - 1, columns - 1)
            for column in first...max(first, last) {
                filled[column] += max(0, min(end, Double(column + 1)) - max(start, Double(column)))
            }
        }
        return filled
    }
}
