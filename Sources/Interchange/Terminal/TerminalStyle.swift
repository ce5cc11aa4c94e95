/// How a piece of text looks on a terminal that can show colours.
enum TerminalStyle: Hashable {
    case plain
    case bold
    case faint
    case speech
    case music
    case other
    case silence
    case loudness
    case downbeat
    case warning

    /// Parameters of the "select graphic rendition" sequence (ECMA-48, 8.3.117), colours from the 256-colour table.
    var parameters: String? {
        switch self {
        case .plain: nil
        case .bold: "1"
        case .faint: "2"
        case .speech: "38;5;39"
        case .music: "38;5;170"
        case .other: "38;5;178"
        case .silence: "38;5;245"
        case .loudness: "38;5;71"
        case .downbeat: "1;38;5;209"
        case .warning: "1;38;5;203"
        }
    }
}

/// A line of text in pieces of one style each.
struct StyledLine: Hashable {
    struct Piece: Hashable {
        var text: String
        var style: TerminalStyle
    }

    private(set) var pieces: [Piece] = []

    init(_ text: String = "", _ style: TerminalStyle = .plain) { append(text, style) }

    /// Columns that the line takes.
    var width: Int { pieces.reduce(0) { $0 + DisplayWidth.of($1.text) } }

    mutating func append(_ text: String, _ style: TerminalStyle = .plain) {
        if text.isEmpty { return }
        if let last = pieces.last, last.style == style {
            pieces[pieces.count - 1].text += text
        } else {
            pieces.append(Piece(text: text, style: style))
        }
    }

    var plainText: String { rendered(color: false) }

    func rendered(color: Bool) -> String {
        var pieces = pieces
        // Trailing spaces are only noise in a file.
        while let last = pieces.last {
            let trimmed = last.text.reversed().drop { $0 == " " }
            if trimmed.isEmpty {
                pieces.removeLast()
                continue
            }
            pieces[pieces.count - 1].text = String(trimmed.reversed())
            break
        }
        return pieces.map { piece in
            guard color, let parameters = piece.style.parameters else { return piece.text }
            return "\u{1B}[\(parameters)m\(piece.text)\u{1B}[0m"
        }.joined()
    }
}
