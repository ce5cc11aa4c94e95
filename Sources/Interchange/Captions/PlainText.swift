/// Text from transcripts and names, made safe to show.
package enum PlainText {
    /// One line without anything that a terminal or a player would obey: white space of every sort becomes single
    /// spaces; control characters, private use and invisible formatting (directional overrides, zero-width characters)
    /// vanish, except the joiners that scripts need.
    package static func clean(_ text: String) -> String {
        if isClean(text) { return text }
        var result = String.UnicodeScalarView()
        var pendingSpace = false
        for scalar in text.unicodeScalars {
            if scalar.properties.isWhitespace {
                pendingSpace = true
                continue
            }
            guard isVisible(scalar) else { continue }
            if pendingSpace && !result.isEmpty { result.append(" ") }
            pendingSpace = false
            result.append(scalar)
        }
        return String(result)
    }

    /// Whether the text is ASCII that needs no change: by far the most of it is.
    private static func isClean(_ text: String) -> Bool {
        let space = UInt8(ascii: " ")
        var last = space
        for byte in text.utf8 {
            guard (0x21...0x7E).contains(byte) || (byte == space && last != space) else { return false }
            last = byte
        }
        return text.isEmpty || last != space
    }

    private static func isVisible(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .privateUse, .surrogate, .lineSeparator, .paragraphSeparator: false
        case .format: scalar.value == 0x200C || scalar.value == 0x200D
        default: true
        }
    }
}
