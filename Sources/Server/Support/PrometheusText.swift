/// The words of Prometheus' text format, version 0.0.4.
enum PrometheusText {
    /// A metric's name, `[a-zA-Z_:][a-zA-Z0-9_:]*`; whatever else is in it becomes `_`.
    static func name(_ label: String) -> String {
        identifier(label, mayHaveColons: true)
    }

    /// Labels that may stand together, sorted by name.
    ///
    /// Of two dimensions that get the same name the first one stays. A histogram has a label `le` of its own.
    static func labels(
        _ dimensions: [PrometheusKey.Dimension], isHistogram: Bool
    ) -> [(name: String, value: String)] {
        var labels: [String: String] = [:]
        for dimension in dimensions {
            var name = identifier(dimension.name, mayHaveColons: false)
            if isHistogram, name == "le" { name = "exported_le" }
            if labels[name] == nil { labels[name] = dimension.value }
        }
        return labels.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    /// Labels in the text format, without the braces.
    static func join(_ labels: [(name: String, value: String)]) -> String {
        labels.map { "\($0.name)=\"\(escaped($0.value))\"" }.joined(separator: ",")
    }

    /// A number; whole ones without a fraction.
    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        if value.magnitude < 1e15, let whole = Int64(exactly: value) { return String(whole) }
        return value.description
    }

    /// Appends the line of one value.
    static func appendSample(_ name: String, _ labels: String, _ value: String, to text: inout String) {
        text += name
        if !labels.isEmpty {
            text += "{"
            text += labels
            text += "}"
        }
        text += " "
        text += value
        text += "\n"
    }

    private static func identifier(_ text: String, mayHaveColons: Bool) -> String {
        var name = ""
        for character in text.unicodeScalars {
            switch character {
            case "a"..."z", "A"..."Z", "_": name.unicodeScalars.append(character)
            case "0"..."9":
                if name.isEmpty { name = "_" }
                name.unicodeScalars.append(character)
            case ":" where mayHaveColons: name.unicodeScalars.append(character)
            default: name += "_"
            }
        }
        return name.isEmpty ? "_" : name
    }

    private static func escaped(_ value: String) -> String {
        guard value.utf8.contains(where: { $0 == 0x22 || $0 == 0x5C || $0 == 0x0A }) else { return value }
        var text = ""
        for character in value.unicodeScalars {
            switch character {
            case "\\": text += "\\\\"
            case "\"": text += "\\\""
            case "\n": text += "\\n"
            default: text.unicodeScalars.append(character)
            }
        }
        return text
    }
}
