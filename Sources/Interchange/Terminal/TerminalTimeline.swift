public import TimelineModel

/// A timeline as text that a person reads on a terminal: what was heard, a picture of it, and a list of its events.
///
/// No line is wider than the terminal, and nothing from transcripts or names can move its cursor.
public struct TerminalTimeline: Sendable {
    /// How the text is laid out.
    public struct Options: Sendable, Hashable {
        public static let widths = 40...200

        /// Columns, clamped to ``widths``.
        public var width: Int
        /// Whether to colour by escape sequences.
        public var color: Bool
        /// Whether block characters may be used; ASCII otherwise (but for the words themselves).
        public var unicode: Bool
        /// What to call the recording, such as its file name; the asset's identifier by default.
        public var title: String?

        public init(width: Int = 80, color: Bool = false, unicode: Bool = true, title: String? = nil) {
            self.width = width
            self.color = color
            self.unicode = unicode
            self.title = title
        }
    }

    public let summary: AudioSemanticTimelineSummary
    public let options: Options

    public init(_ summary: AudioSemanticTimelineSummary, options: Options = Options()) {
        self.summary = summary.sanitised()
        self.options = options
    }

    /// The text, each line ended by a line break.
    public func render() -> String {
        let width = min(max(options.width, Options.widths.lowerBound), Options.widths.upperBound)
        let glyphs = options.unicode ? TerminalGlyphs.unicode : .ascii
        let header = TerminalHeader(
            summary: summary, title: options.title, width: width, glyphs: glyphs, unicode: options.unicode)
        let picture = TerminalPicture(summary: summary, width: width, glyphs: glyphs)
        let list = TerminalEventList(summary: summary, width: width, glyphs: glyphs)
        let blocks = [header.lines, header.notices, picture.lines, list.lines].filter { !$0.isEmpty }
        return blocks.map { block in
            block.map { $0.rendered(color: options.color) + "\n" }.joined()
        }.joined(separator: "\n")
    }
}
