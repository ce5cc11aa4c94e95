/// Writes indented XML 1.0 elements; values are escaped, but must be free of what XML forbids (``ExchangeText``).
struct XMLWriter {
    private(set) var text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
    private var depth = 0

    /// - Parameter rootElement: of the document type declaration.
    init(rootElement: String) { text += "<!DOCTYPE \(rootElement)>\n" }

    /// Attributes that are nil are not written.
    typealias Attributes = KeyValuePairs<String, String?>

    mutating func element(
        _ name: String, _ attributes: Attributes = [:], content: (inout XMLWriter) -> Void = { _ in }
    ) {
        indent()
        text += "<" + name
        for case (let key, let value?) in attributes {
            text += " \(key)=\"" + MarkupText.escaped(value, quotes: true) + "\""
        }
        text += ">\n"
        let empty = text.utf8.count
        depth += 1
        content(&self)
        depth -= 1
        if text.utf8.count == empty {
            text.removeLast(2)
            text += "/>\n"
        } else {
            indent()
            text += "</\(name)>\n"
        }
    }

    private mutating func indent() {
        for _ in 0..<depth { text += "    " }
    }
}
