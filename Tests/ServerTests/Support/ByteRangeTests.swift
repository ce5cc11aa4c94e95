import Server
import Testing

@Suite("Byte ranges")
struct ByteRangeTests {
    @Test(
        "A single range is the part that it names",
        arguments: [
            ("bytes=0-", 0..<10), ("bytes=0-0", 0..<1), ("bytes=3-5", 3..<6), ("bytes=9-9", 9..<10),
            ("bytes=5-", 5..<10), ("bytes=5-100", 5..<10), ("bytes=-3", 7..<10), ("bytes=-10", 0..<10),
            ("bytes=-11", 0..<10), ("BYTES=1-2", 1..<3), ("bytes= 1-2\t", 1..<3), ("bytes=,1-2, ", 1..<3),
            ("bytes=0001-0002", 1..<3), ("bytes=4-99999999999999999999", 4..<10),
            ("bytes=-99999999999999999999", 0..<10), ("bytes=2-9223372036854775807", 2..<10),
        ] as [(String, Range<Int64>)])
    func part(header: String, range: Range<Int64>) {
        #expect(ByteRange.parse(header, length: 10) == .part(range))
    }

    @Test(
        "What is no single range of bytes asks for everything",
        arguments: [
            "", "bytes", "bytes=", "bytes=-", "bytes=5-2", "bytes=a-b", "bytes=1-b", "bytes=1", "bytes=1-2-3",
            "bytes=1-2,4-5", "bytes=,", "items=0-1", "bytes =0-1", "bytes=+1-2", "bytes=--1", "bytes=1 - 2",
            "bytes=0x1-2", "bytes=１-2", "=0-1", "bytes=0-1=", "bytes:0-1", "\u{0}",
        ])
    func ignored(header: String) {
        #expect(ByteRange.parse(header, length: 10) == .whole)
    }

    @Test(
        "Bytes that are not there cannot be had",
        arguments: [
            ("bytes=10-", 10), ("bytes=10-11", 10), ("bytes=-0", 10), ("bytes=99999999999999999999-", 10),
            ("bytes=0-", 0), ("bytes=0-0", 0), ("bytes=0-", -1), ("bytes=-0", 0),
            ("bytes=9223372036854775807-9223372036854775807", Int64.max),
        ] as [(String, Int64)])
    func unsatisfiable(header: String, length: Int64) {
        #expect(ByteRange.parse(header, length: length) == .unsatisfiable)
    }

    @Test("The end of nothing is nothing")
    func suffixOfNothing() {
        #expect(ByteRange.parse("bytes=-5", length: 0) == .whole)
    }

    @Test("The largest length is no trouble")
    func largest() {
        #expect(ByteRange.parse("bytes=0-9223372036854775807", length: .max) == .part(0..<Int64.max))
        #expect(ByteRange.parse("bytes=-1", length: .max) == .part(Int64.max - 1..<Int64.max))
    }

    @Test("Nothing traps, and a part is never empty or outside")
    func random() {
        var generator = SystemRandomNumberGenerator()
        let alphabet = Array("bytes=0123456789-, \tz".unicodeScalars)
        for _ in 0..<10_000 {
            var header = Bool.random() ? "bytes=" : ""
            for _ in 0..<Int.random(in: 0...24, using: &generator) {
                if let scalar = alphabet.randomElement(using: &generator) { header.unicodeScalars.append(scalar) }
            }
            let length = Int64.random(in: 0...200, using: &generator)
            if case .part(let range) = ByteRange.parse(header, length: length) {
                #expect(!range.isEmpty && range.lowerBound >= 0 && range.upperBound <= length)
            }
        }
    }
}
