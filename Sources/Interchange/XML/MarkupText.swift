/// Text in which nothing is markup.
enum MarkupText {
    /// The text with `&`, `<` and `>` as entities: it can open no tag and hold no arrow.
    ///
    /// - Parameter quotes: whether double quotes are entities too, as the values of attributes need.
    static func escaped(_ text: String, quotes: Bool = false) -> String {
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result.append(contentsOf: "&amp;".unicodeScalars)
            case "<": result.append(contentsOf: "&lt;".unicodeScalars)
            case ">": result.append(contentsOf: "&gt;".unicodeScalars)
            case "\"" where quotes: result.append(contentsOf: "&quot;".unicodeScalars)
            // XML knows no way to say them.
            case "\u{FFFE}", "\u{FFFF}": continue
            default: result.append(scalar)
            }
        }
        return String(result)
    }
}
