/// Where a transcript does not say whether white space separates two words: what their scripts do.
enum WordSpacing {
    /// Marks that stand close to the word before them.
    private static let closing: Set<Character> = [
        ",", ".", ";", ":", "!", "?", "%", ")", "]", "}", "…", "”", "’", "»",
    ]

    /// Whether white space goes between two words. No text at all needs none.
    static func separates(_ left: String, _ right: String) -> Bool {
        guard let last = left.unicodeScalars.last, let first = right.unicodeScalars.first else { return false }
        if isWideMark(last) || isWideMark(first) { return false }
        if isUnspaced(last), isUnspaced(first) { return false }
        return !right.allSatisfy(closing.contains)
    }

    /// Scripts that are written without spaces: Thai, Lao, Tibetan, Burmese, Khmer, Chinese and Japanese. Korean has
    /// them.
    private static func isUnspaced(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x0E00...0x109F, 0x1780...0x17FF, 0x2E80...0x312F, 0x31F0...0x31FF, 0x3400...0x4DBF, 0x4E00...0x9FFF,
            0xF900...0xFAFF, 0xFF66...0xFF9D, 0x20000...0x3FFFF:
            true
        default: false
        }
    }

    /// Punctuation as wide as a Chinese character, which brings its own space.
    private static func isWideMark(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x3000...0x3004, 0x3008...0x3020, 0xFF01...0xFF0F, 0xFF1A...0xFF20, 0xFF3B...0xFF40, 0xFF5B...0xFF65: true
        default: false
        }
    }
}
