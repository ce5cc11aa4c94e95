import Foundation
import Library
import Testing

@Suite("Timestamps") struct TimestampTests {
    @Test("a moment is ISO 8601 in UTC with milliseconds")
    func text() {
        #expect(Timestamp(millisecondsSince1970: 0).text == "1970-01-01T00:00:00.000Z")
        #expect(Timestamp(millisecondsSince1970: 1_700_000_237_570).text == "2023-11-14T22:17:17.570Z")
        #expect(Timestamp(millisecondsSince1970: 1_700_000_237_999).text == "2023-11-14T22:17:17.999Z")
    }

    @Test("every millisecond comes back from its text")
    func roundTrip() throws {
        let moments = (0..<2000).map { Timestamp(millisecondsSince1970: 1_764_000_000_000 + Int64($0) * 7919) }
        let data = try JSONEncoder().encode(moments)
        #expect(try JSONDecoder().decode([Timestamp].self, from: data) == moments)
    }

    @Test("what is no moment is refused", arguments: ["", "yesterday", "2023-11-14", "2023-13-14T22:17:17.570Z"])
    func refusals(_ text: String) throws {
        let data = try JSONEncoder().encode([text])
        #expect(throws: (any Error).self) { try JSONDecoder().decode([Timestamp].self, from: data) }
    }
}
