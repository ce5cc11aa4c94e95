/// How many columns text takes on a terminal.
package enum DisplayWidth {
    package static func of(_ text: some StringProtocol) -> Int {
        text.reduce(0) { $0 + of($1) }
    }

    /// 2 for characters of East Asian scripts and emoji (the ranges that Unicode's East Asian Width calls wide, in
    /// outline), 1 for all others: never less than a terminal takes.
    package static func of(_ character: Character) -> Int {
        guard let scalar = character.unicodeScalars.first, scalar.value >= 0x1100 else { return 1 }
        if character.unicodeScalars.contains(where: { $0.value == 0xFE0F }) { return 2 }
        switch scalar.value {
        case 0x1100...0x115F, 0x231A...0x231B, 0x2329...0x232A, 0x23E9...0x23F3, 0x2614...0x2615, 0x2648...0x2653,
            0x26A1, 0x26BD...0x26BE, 0x26C4...0x26C5, 0x26D4, 0x26EA, 0x26F2...0x26F5, 0x26FA, 0x26FD, 0x2705,
            0x270A...0x270B, 0x2728, 0x274C, 0x274E, 0x2753...0x2757, 0x2795...0x2797, 0x27B0, 0x27BF,
            0x2B1B...0x2B1C, 0x2B50, 0x2B55, 0x2E80...0x303E, 0x3041...0xA4CF, 0xA960...0xA97F, 0xAC00...0xD7A3,
            0xF900...0xFAFF, 0xFE10...0xFE19, 0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6,
            0x16FE0...0x1B2FF, 0x1F000...0x1FAFF, 0x20000...0x3FFFD:
            return 2
        default:
            return 1
        }
    }

    /// The beginning of a text that fits, ending in an ellipsis where something was cut off.
    package static func truncated(_ text: String, to width: Int, unicode: Bool) -> String {
        if of(text) <= width { return text }
        let mark = unicode ? "…" : "~"
        var result = ""
        var used = 1
        for character in text {
            used += of(character)
            if used > width { break }
            result.append(character)
        }
        return width > 0 ? result + mark : ""
    }

    /// Greedy line breaking at spaces; a word wider than a line is divided.
    static func wrapped(_ text: String, to width: Int) -> [String] {
        let width = max(width, 2)
        var lines: [String] = []
        var line = ""
        var used = 0
        func breakLine() {
            lines.append(line)
            line = ""
            used = 0
        }
        for word in text.split(separator: " ") {
            let length = of(word)
            if used > 0 && used + 1 + length > width && !(length > width && used + 3 < width) { breakLine() }
            if used > 0 {
                line += " "
                used += 1
            }
            for character in word {
                let columns = of(character)
                if used + columns > width { breakLine() }
                line.append(character)
                used += columns
            }
        }
        if used > 0 { breakLine() }
        return lines
    }
}
