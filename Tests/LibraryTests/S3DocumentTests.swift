import Library
import Testing

struct S3DocumentTests {
    private func read(_ xml: String) throws -> S3Document { try S3Document(xml.utf8) }

    @Test("Elements, entities, sections and comments are read; attributes and namespaces do not matter")
    func reading() throws {
        let document = try read(
            """
            <?xml version="1.0"?>\n<!-- a --><s:List xmlns:s='http://x' a="&">
            <Key>a&amp;b&#x41;&#66;<![CDATA[<c>]]><!-- d --></Key><Key/><IsTruncated>false</IsTruncated></s:List>\n
            """)
        #expect(document.name == "List")
        #expect(document.text("Key") == "a&bAB<c>")
        #expect(document.children.map(\.name) == ["Key", "Key", "IsTruncated"])
    }

    @Test("The code of an error is what looks like one")
    func codes() throws {
        #expect(try read("<Error><Code>NoSuchKey</Code></Error>").errorCode == "NoSuchKey")
        #expect(try read("<Error><Code>no such key</Code></Error>").errorCode == nil)
    }

    @Test(
        "What S3 does not write is refused",
        arguments: [
            "", "text", "<a>", "<a></b>", "<a><b></a></b>", "<a>&unknown;</a>", "<a>&#0;</a>", "<a b></a>", "<a/><b/>",
            "<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>", "<a b='c></a>", "<a><![CDATA[x</a>", "<?x", "< a></a>",
        ])
    func refusal(_ xml: String) {
        #expect(throws: S3Failure.self) { try read(xml) }
    }

    @Test("What is too deep or no UTF-8 is refused")
    func bounds() {
        let deep = String(repeating: "<a>", count: 17) + String(repeating: "</a>", count: 17)
        #expect(throws: S3Failure.self) { try read(deep) }
        #expect(throws: S3Failure.self) { try S3Document([0x3C, 0xFF, 0x2F, 0x3E]) }
        #expect(throws: Never.self) { try read("<?x?><a/>") }
    }
}
