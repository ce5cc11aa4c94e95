#if canImport(FoundationXML)
    import Foundation
    import FoundationXML
#else
    import Foundation
#endif

/// An answer of S3 in XML: elements with text or other elements in them. Namespaces and attributes do not matter.
package struct S3Document {
    package let name: String
    package private(set) var text = ""
    package private(set) var children: [S3Document] = []

    /// - Throws: ``S3Failure`` when it is no XML.
    package init(_ bytes: some Sequence<UInt8>) throws {
        let parser = XMLParser(data: Data(bytes))
        let builder = Builder()
        parser.delegate = builder
        guard parser.parse(), let root = builder.root else { throw S3Failure(malformed: "the answer is no XML") }
        self = root
    }

    private init(name: String) {
        self.name = name
    }

    package subscript(name: String) -> S3Document? { children.first { $0.name == name } }

    package func text(_ name: String) -> String? { self[name]?.text }

    /// S3's code in an answer that tells of an error; nil for what no code looks like.
    package var errorCode: String? {
        guard name == "Error", let code = text("Code"), (1...64).contains(code.utf8.count),
            code.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber) })
        else { return nil }
        return code
    }

    private final class Builder: NSObject, XMLParserDelegate {
        var root: S3Document?
        private var open: [S3Document] = []

        func parser(
            _ parser: XMLParser, didStartElement elementName: String, namespaceURI: String?,
            qualifiedName qName: String?, attributes attributeDict: [String: String]
        ) {
            // No answer of S3 is deeper than five.
            guard open.count < 16 else { return parser.abortParsing() }
            open.append(S3Document(name: elementName))
        }

        func parser(_ parser: XMLParser, foundCharacters string: String) {
            guard !open.isEmpty else { return }
            open[open.count - 1].text += string
        }

        func parser(
            _ parser: XMLParser, didEndElement elementName: String, namespaceURI: String?, qualifiedName qName: String?
        ) {
            guard let element = open.popLast() else { return }
            if open.isEmpty {
                root = element
            } else {
                open[open.count - 1].children.append(element)
            }
        }
    }
}
