import TimelineModel

/// JSON written by hand: the system's encoder knows no exact decimals.
extension String {
    /// Appends text as a JSON string with its quotes.
    mutating func appendJSON(_ text: String) {
        append("\"")
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\":
                append("\\")
                unicodeScalars.append(scalar)
            case "\u{0}"..<"\u{20}", "\u{7F}"..<"\u{A0}", "\u{2028}", "\u{2029}":
                let digits = String(scalar.value, radix: 16)
                append("\\u" + String(repeating: "0", count: 4 - digits.count) + digits)
            default: unicodeScalars.append(scalar)
            }
        }
        append("\"")
    }

    /// Appends a confidence, rounded to three decimals, or `null`.
    mutating func appendJSON(confidence: Double?) {
        append(confidence.flatMap { $0.isFinite ? "\($0.roundedConfidence)" : nil } ?? "null")
    }
}
