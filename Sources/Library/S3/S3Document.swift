/// An answer of S3 in XML: elements with text or other elements in them. Namespaces and attributes do not matter.
package struct S3Document {
    package let name: String
    package let text: String
    package let children: [S3Document]

    /// - Throws: ``S3Failure`` when it is no XML, or not as S3 writes it.
    package init(_ bytes: some Sequence<UInt8>) throws {
        guard let root = S3DocumentReader.root(Array(bytes)) else {
            throw S3Failure(malformed: "the answer is no XML")
        }
        self = root
    }

    init(name: String, text: String, children: [S3Document]) {
        self.name = name
        self.text = text
        self.children = children
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
}
