import Foundation
import Testing
import TimelineModel

struct JSONReaderTests {
    private struct Wrapped: Decodable {
        var value: JSONValue
    }

    private func read(_ json: String) -> JSONValue? {
        try? TimelineJSON.decode(JSONValue.self, from: Data(json.utf8))
    }

    @Test(
        "JSON of any kind reads as the general decoder reads it",
        arguments: [
            "0", "-0", "1.0", "1e3", "-2.5", "9223372036854775807", "9223372036854775808", "1e308", "true", "null",
            "\"\"", "\"a\\u0041\\ud83d\\ude00\\n\\/\\\"\"", "\"é\u{1F600}\"", "[]", "[1,[2,{}]]",
            "{\"a\":{\"b\":null}}",
            " { \"a\" : [ true , false ] } ", "[1", "{\"a\"}", "{a:1}", "01", "1.", ".5", "+1", "1e", "NaN",
            "\"\\ud800\"", "\"\\x\"", "\"\u{1}\"", "nul", "1e999", "{} {}", "", "--1", "00",
        ])
    func agreement(_ json: String) {
        let general = try? TimelineJSON.decode(Wrapped.self, from: Data("{\"value\":\(json)}".utf8))
        #expect(read(json) == general?.value)
    }

    @Test("A comma that nothing follows is refused, which the general decoder does not do")
    func trailingCommas() {
        #expect(read("[1,]") == nil)
        #expect(read("{\"a\":1,}") == nil)
    }

    @Test("Of members of one name the last one counts")
    func repeatedNames() {
        #expect(read("{\"a\":1,\"a\":2}") == .object(["a": .integer(2)]))
    }

    @Test("What is nested deeper than 64 is refused, in time that does not grow with the depth")
    func depth() {
        func nested(_ depth: Int, _ inside: String) -> String {
            String(repeating: "[", count: depth) + inside + String(repeating: "]", count: depth)
        }
        #expect(read(nested(64, "1")) != nil)
        #expect(read(nested(65, "1")) == nil)
        #expect(read(nested(100_000, "")) == nil)
        let many = [String](repeating: "[]", count: 200_000).joined(separator: ",")
        #expect(read(nested(60, many)) != nil)
        let inside = "{\"value\":" + nested(80, "1") + "}"
        #expect((try? TimelineJSON.decode(Wrapped.self, from: Data(inside.utf8))) == nil)
    }

    @Test("Bytes that are no UTF-8 are refused, a byte order mark is not")
    func encodings() {
        #expect((try? TimelineJSON.decode(JSONValue.self, from: Data([0x22, 0xFF, 0x22]))) == nil)
        #expect((try? TimelineJSON.decode(JSONValue.self, from: Data([0xEF, 0xBB, 0xBF, 0x31]))) == .integer(1))
    }
}
