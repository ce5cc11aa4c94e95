/// What is drawn, from the top down, and how it looks.
struct SVGCanvas {
    static let margin = 20

    let width: Int
    /// Where the next thing is drawn.
    private(set) var y = 0
    private var body = ""

    init(width: Int) { self.width = width }

    mutating func advance(by pixels: Int) { y += pixels }
    mutating func advance(to place: Int) { y = max(y, place) }

    /// Draws text as it is; nothing in it is markup.
    ///
    /// - Parameters:
    ///   - style: names of classes.
    ///   - atMost: pixels that there are for it; longer text is cut.
    mutating func text(_ text: String, x: Int, baseline: Int, _ style: String, atMost: Int? = nil) {
        let shown = atMost.map { DisplayWidth.truncated(text, to: max(1, $0 / 7), unicode: true) } ?? text
        body += "<text x=\"\(x)\" y=\"\(baseline)\" class=\"\(style)\">\(MarkupText.escaped(shown))</text>\n"
    }

    /// Draws a line of text below what is there.
    mutating func line(_ text: String, _ style: String) {
        y += 18
        self.text(text, x: Self.margin, baseline: y, style)
    }

    mutating func rectangle(
        x: Double, y: Int, width: Double, height: Int, _ style: String, opacity: Double = 1, tip: String? = nil
    ) {
        let shade = opacity < 1 ? " opacity=\"\(fixed(opacity, 2))\"" : ""
        let open =
            "<rect x=\"\(fixed(x, 1))\" y=\"\(y)\" width=\"\(fixed(max(width, 0.5), 1))\" height=\"\(height)\" class=\"\(style)\"\(shade)"
        body += tip.map { "\(open)><title>\(MarkupText.escaped($0))</title></rect>\n" } ?? open + "/>\n"
    }

    /// Draws a path.
    ///
    /// - Parameter data: commands of SVG's path data.
    mutating func path(_ data: String, _ style: String) {
        body += "<path d=\"\(data)\" class=\"\(style)\"/>\n"
    }

    func document(title: String, description: String) -> String {
        let height = y + Self.margin
        return """
            <svg xmlns="http://www.w3.org/2000/svg" width="\(width)" height="\(height)" viewBox="0 0 \(width) \(height)" \
            role="img" aria-labelledby="t d">
            <title id="t">\(MarkupText.escaped(title))</title>
            <desc id="d">\(MarkupText.escaped(PlainText.clean(description)))</desc>
            <style>\(Self.style)</style>
            <rect width="100%" height="100%" class="ground"/>
            \(body)</svg>

            """
    }

    /// Colours that are told apart without hue too, on light ground and on dark.
    private static let style = """
        text{font:12px system-ui,sans-serif;fill:#1d2733}
        .title{font-size:17px;font-weight:600}.end{text-anchor:end}.middle{text-anchor:middle}
        .faint{fill:#5b6876}.warning{fill:#a33c00;font-weight:600}.word{font-size:11px;fill:#fff}
        .ground{fill:#fff}.rail{fill:#eef1f4}.grid{stroke:#dde3e9;fill:none}.axis{stroke:#5b6876;fill:none}
        .speech{fill:#1b6fb8}.speech2{fill:#5b3fa0}.speech3{fill:#0b7285}.music{fill:#2b8a3e}.other{fill:#b35c00}.silence{fill:#a9b4c0}
        .loudness{fill:#7c8ea3}.beat{stroke:#8a97a5;fill:none}.downbeat{stroke:#1d2733;stroke-width:1.5;fill:none}
        @media (prefers-color-scheme:dark){text{fill:#e8edf2}.faint{fill:#9fb0c0}.warning{fill:#ffb088}.word{fill:#0e141b}
        .ground{fill:#0e141b}.rail{fill:#18222d}.grid{stroke:#243140}.axis{stroke:#9fb0c0}
        .speech{fill:#6db3f2}.speech2{fill:#b39ddb}.speech3{fill:#4dd0e1}.music{fill:#69c27a}.other{fill:#f0a350}.silence{fill:#4a5866}
        .loudness{fill:#61758a}.beat{stroke:#5d6b7a}.downbeat{stroke:#e8edf2}}
        """
}
